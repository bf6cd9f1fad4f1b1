//! Names of models.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::ModelError;

/// Short names and their hub repositories. The first 19 are those of the Python originals.
pub const ALIASES: [(&str, &str); 80] = [
    ("llama3.2_3b_it", "meta-llama/Llama-3.2-3B-Instruct"),
    ("llama3.2_1b_it", "meta-llama/Llama-3.2-1B-Instruct"),
    ("llama3.1_8b_it", "meta-llama/Llama-3.1-8B-Instruct"),
    ("llama3.2_3b", "meta-llama/Llama-3.2-3B"),
    ("llama3.2_1b", "meta-llama/Llama-3.2-1B"),
    ("llama3.1_8b", "meta-llama/Llama-3.1-8B"),
    ("llama3.1_70b", "meta-llama/Llama-3.1-70B"),
    (
        "deepseek_r1_distill_llama_8b",
        "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
    ),
    (
        "deepseek_r1_distill_qwen_32b",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
    ),
    (
        "deepseek_r1_distill_qwen_14b",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
    ),
    ("qwen2.5_3b", "Qwen/Qwen2.5-3B"),
    ("qwen2.5_3b_it", "Qwen/Qwen2.5-3B-Instruct"),
    ("qwen2.5_7b", "Qwen/Qwen2.5-7B"),
    ("qwen2.5_7b_it", "Qwen/Qwen2.5-7B-Instruct"),
    ("qwen2.5_14b", "Qwen/Qwen2.5-14B"),
    ("qwen2.5_14b_it", "Qwen/Qwen2.5-14B-Instruct"),
    ("qwen3_1.7b", "Qwen/Qwen3-1.7B"),
    ("qwen3_4b", "Qwen/Qwen3-4B"),
    ("qwen3_8b", "Qwen/Qwen3-8B"),
    // Further families and sizes, spelled alike; where a maker publishes eight-bit weights, the others.
    ("qwen3_0.6b", "Qwen/Qwen3-0.6B"),
    ("qwen3_4b_it", "Qwen/Qwen3-4B-Instruct-2507"),
    ("qwen3_14b", "Qwen/Qwen3-14B"),
    ("qwen3_32b", "Qwen/Qwen3-32B"),
    ("qwen3_30b_a3b", "Qwen/Qwen3-30B-A3B"),
    ("qwen3_30b_a3b_it", "Qwen/Qwen3-30B-A3B-Instruct-2507"),
    ("gpt_oss_20b", "openai/gpt-oss-20b"),
    ("gpt_oss_120b", "openai/gpt-oss-120b"),
    ("mistral_7b", "mistralai/Mistral-7B-v0.3"),
    ("mistral_7b_it", "mistralai/Mistral-7B-Instruct-v0.3"),
    ("mistral_nemo_12b", "mistralai/Mistral-Nemo-Base-2407"),
    (
        "mistral_nemo_12b_it",
        "mistralai/Mistral-Nemo-Instruct-2407",
    ),
    ("mistral_small_24b", "mistralai/Mistral-Small-24B-Base-2501"),
    (
        "mistral_small_24b_it",
        "mistralai/Mistral-Small-24B-Instruct-2501",
    ),
    ("ministral3_3b", "mistralai/Ministral-3-3B-Base-2512"),
    (
        "ministral3_3b_it",
        "mistralai/Ministral-3-3B-Instruct-2512-BF16",
    ),
    ("ministral3_8b", "mistralai/Ministral-3-8B-Base-2512"),
    (
        "ministral3_8b_it",
        "mistralai/Ministral-3-8B-Instruct-2512-BF16",
    ),
    ("ministral3_14b", "mistralai/Ministral-3-14B-Base-2512"),
    (
        "ministral3_14b_it",
        "mistralai/Ministral-3-14B-Instruct-2512-BF16",
    ),
    ("smollm2_1.7b", "HuggingFaceTB/SmolLM2-1.7B"),
    ("smollm2_1.7b_it", "HuggingFaceTB/SmolLM2-1.7B-Instruct"),
    ("smollm3_3b", "HuggingFaceTB/SmolLM3-3B-Base"),
    ("smollm3_3b_it", "HuggingFaceTB/SmolLM3-3B"),
    ("granite3.3_2b", "ibm-granite/granite-3.3-2b-base"),
    ("granite3.3_2b_it", "ibm-granite/granite-3.3-2b-instruct"),
    ("granite3.3_8b", "ibm-granite/granite-3.3-8b-base"),
    ("granite3.3_8b_it", "ibm-granite/granite-3.3-8b-instruct"),
    ("exaone4_1.2b", "LGAI-EXAONE/EXAONE-4.0-1.2B"),
    ("exaone4_32b", "LGAI-EXAONE/EXAONE-4.0-32B"),
    ("olmo2_1b", "allenai/OLMo-2-0425-1B"),
    ("olmo2_1b_it", "allenai/OLMo-2-0425-1B-Instruct"),
    ("olmo2_7b", "allenai/OLMo-2-1124-7B"),
    ("olmo2_7b_it", "allenai/OLMo-2-1124-7B-Instruct"),
    ("olmo2_13b", "allenai/OLMo-2-1124-13B"),
    ("olmo2_13b_it", "allenai/OLMo-2-1124-13B-Instruct"),
    ("olmo2_32b", "allenai/OLMo-2-0325-32B"),
    ("olmo2_32b_it", "allenai/OLMo-2-0325-32B-Instruct"),
    ("olmo3_7b", "allenai/Olmo-3-1025-7B"),
    ("olmo3_7b_it", "allenai/Olmo-3-7B-Instruct"),
    ("olmo3_32b", "allenai/Olmo-3-1125-32B"),
    ("phi3_mini_it", "microsoft/Phi-3-mini-4k-instruct"),
    ("phi3.5_mini_it", "microsoft/Phi-3.5-mini-instruct"),
    ("phi4_mini_it", "microsoft/Phi-4-mini-instruct"),
    ("phi4_14b", "microsoft/phi-4"),
    ("gemma2_2b", "google/gemma-2-2b"),
    ("gemma2_2b_it", "google/gemma-2-2b-it"),
    ("gemma2_9b", "google/gemma-2-9b"),
    ("gemma2_9b_it", "google/gemma-2-9b-it"),
    ("gemma2_27b", "google/gemma-2-27b"),
    ("gemma2_27b_it", "google/gemma-2-27b-it"),
    ("gemma3_270m", "google/gemma-3-270m"),
    ("gemma3_270m_it", "google/gemma-3-270m-it"),
    ("gemma3_1b", "google/gemma-3-1b-pt"),
    ("gemma3_1b_it", "google/gemma-3-1b-it"),
    ("gemma3_4b", "google/gemma-3-4b-pt"),
    ("gemma3_4b_it", "google/gemma-3-4b-it"),
    ("gemma3_12b", "google/gemma-3-12b-pt"),
    ("gemma3_12b_it", "google/gemma-3-12b-it"),
    ("gemma3_27b", "google/gemma-3-27b-pt"),
    ("gemma3_27b_it", "google/gemma-3-27b-it"),
];

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum ModelRef {
    /// The demo model inside the program.
    #[default]
    Embedded,
    /// A repository on the hub, `owner/name`.
    Hub(String),
    /// A folder laid out like a hub repository.
    Dir(PathBuf),
    /// A GGUF file.
    Gguf(PathBuf),
}

impl FromStr for ModelRef {
    type Err = ModelError;

    /// An alias wins over a folder of its name, a folder over a repository.
    fn from_str(name: &str) -> Result<Self, ModelError> {
        let path = Path::new(name);
        if name == "embedded" {
            Ok(ModelRef::Embedded)
        } else if let Some((_, repository)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
            Ok(ModelRef::Hub((*repository).to_owned()))
        } else if path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("gguf"))
        {
            Ok(ModelRef::Gguf(path.to_owned()))
        } else if path.is_dir() {
            Ok(ModelRef::Dir(path.to_owned()))
        } else if is_repository(name) {
            Ok(ModelRef::Hub(name.to_owned()))
        } else if name.contains(['/', '\\']) {
            // Surely meant as a path; that it is not there will be said when it is opened.
            Ok(ModelRef::Dir(path.to_owned()))
        } else {
            Err(ModelError::Name {
                name: name.to_owned(),
                nearest: nearest(name),
            })
        }
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelRef::Embedded => f.pad("embedded"),
            ModelRef::Hub(repository) => f.pad(repository),
            ModelRef::Dir(path) | ModelRef::Gguf(path) => f.pad(&path.to_string_lossy()),
        }
    }
}

/// `owner/name` in the letters that the hub allows.
fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    name.split_once('/')
        .is_some_and(|(owner, model)| part(owner) && part(model))
}

/// The three aliases nearest to a name, for an error message.
fn nearest(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let mut ranked: Vec<(usize, &str)> = ALIASES
        .iter()
        .map(|(alias, _)| (distance(&name, alias), *alias))
        .filter(|(distance, alias)| *distance * 2 < alias.len())
        .collect();
    ranked.sort();
    let names: Vec<&str> = ranked.iter().take(3).map(|(_, alias)| *alias).collect();
    if names.is_empty() {
        " (llama3.2_3b_it, qwen3_1.7b, …)".to_owned()
    } else {
        format!(" (nearest: {})", names.join(", "))
    }
}

/// Levenshtein's edit distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
