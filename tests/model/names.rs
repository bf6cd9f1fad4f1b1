//! What `--model` may be.

use lamascope::model::{ALIASES, ModelRef};
use tempfile::TempDir;

use crate::support::*;

#[test]
fn names_of_models() {
    let named = |name: &str| name.parse::<ModelRef>();
    let hub = |repository: &str| ModelRef::Hub(repository.to_owned());
    assert_eq!(named("embedded").unwrap(), ModelRef::Embedded);
    assert_eq!(
        named("llama3.2_3b_it").unwrap(),
        hub("meta-llama/Llama-3.2-3B-Instruct")
    );
    assert_eq!(
        named("deepseek_r1_distill_llama_8b").unwrap(),
        hub("deepseek-ai/DeepSeek-R1-Distill-Llama-8B")
    );
    assert_eq!(named("qwen2.5_3b").unwrap(), hub("Qwen/Qwen2.5-3B"));
    assert_eq!(named("qwen3_1.7b").unwrap(), hub("Qwen/Qwen3-1.7B"));
    assert_eq!(
        named("owner/Some-Model_1.5").unwrap(),
        hub("owner/Some-Model_1.5")
    );
    assert_eq!(
        named("models/tiny.Q4_K.gguf").unwrap(),
        ModelRef::Gguf("models/tiny.Q4_K.gguf".into())
    );
    assert_eq!(
        named("./no/such/folder").unwrap(),
        ModelRef::Dir("./no/such/folder".into())
    );
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(named(path).unwrap(), ModelRef::Dir(path.into()));
    assert_eq!(named(path).unwrap().to_string(), path);
    for (alias, repository) in ALIASES {
        assert_eq!(named(alias).unwrap().to_string(), repository);
        let same = |(other, of): &&(&str, &str)| *other == alias || *of == repository;
        assert_eq!(ALIASES.iter().filter(same).count(), 1, "{alias}");
    }
}

#[test]
fn a_wrong_alias_names_the_nearest() {
    let text = message("llama3.2_3bit".parse::<ModelRef>());
    assert!(text.contains("`llama3.2_3bit`"), "{text}");
    assert!(text.contains("nearest: llama3.2_3b_it, "), "{text}");
    let text = message("gpt-oss".parse::<ModelRef>());
    assert!(text.contains("nearest: gpt_oss_20b)"), "{text}");
    let text = message("bert".parse::<ModelRef>());
    assert!(
        text.contains("OWNER/NAME") && text.contains("llama3.2_3b_it"),
        "{text}"
    );
}
