//! Everything that decides a run's rows, kept in the file that holds them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::journal::Head;
use super::{Error, Shard};
use crate::data::{Source, Style, TemplateId};
use crate::engine::{About, Blend, Method};
use crate::evaluate::{Confidence, Plan, Samples, relation_order};
use crate::layout::{Options, Preset};
use crate::model::ModelRef;
use crate::prompt::{Chat, Shots};

/// What stands in place of a file of confidences where they are drawn.
pub const SAMPLED: &str = "sampled";

/// The key in a file's schema metadata.
pub(super) const KEY: &str = "lamascope";

/// What was run: enough to repeat it, and to tell whether two files belong together.
///
/// Nothing here depends on batch size, threads or interruptions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Of this program.
    pub version: String,
    pub model: String,
    /// `cpu`, `cuda:0`, …
    pub device: String,
    pub dtype: String,
    /// `cached` or `dense`.
    pub path: String,
    pub method: String,
    /// Methods with a layout only: the preset by which [`Options::setting`] names the options.
    pub preset: Option<Preset>,
    /// Methods with a layout only: every layout option in effect.
    pub options: Option<Options>,
    /// Methods that mix rows inside the model only: where and how much, in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blend: Option<Blend>,
    pub max_new_tokens: usize,
    pub extract: String,
    /// The file that confidences were read from; [`SAMPLED`] where they were drawn.
    pub confidence: Option<String>,
    /// How they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Samples>,
    /// What the model's files and the confidences hold, as far as it is compared: large files by size, header and a
    /// sample. Empty where an earlier version wrote the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// As given: `embedded`, `hub` or a path.
    pub data: String,
    /// `myriadlama`, `webqa` or `choice`.
    pub dataset: String,
    pub selection: Selected,
    /// Draws the shots where no file gives them.
    pub seed: u64,
    pub shots: Shots,
    #[serde(default, skip_serializing_if = "Chat::is_off")]
    pub chat: Chat,
    /// Tokens that each question may think for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<usize>,
    /// Selected facts that were drawn as shots and so are not evaluated.
    pub left_out: usize,
    /// How many of the selected facts have rows, where the run was stopped before its end and saved all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<usize>,
    /// Uuids of the facts without an answer, since the model's logits were not finite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_answer: Vec<String>,
    /// Part of the run that this file holds; all of it where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// Which facts and templates a run asked, before sharding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selected {
    /// Ids as the data write them; all where empty.
    pub relations: Vec<String>,
    /// The file of `--uuids`, or the uuids of `--fact`.
    pub uuids: Option<String>,
    /// In words, as they were chosen.
    pub templates: String,
    /// Ids of the templates that were really asked, per relation: `m1,m2`. Empty where an earlier version wrote the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asked: BTreeMap<String, String>,
    pub max_samples: Option<usize>,
    /// How many facts that makes.
    pub facts: usize,
    /// SHA-256 over the selected facts' ids, questions and answers.
    pub sha256: String,
}

/// What a run was asked for beside its plan, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// As given: `embedded`, `hub` or a path.
    pub data: String,
    /// Ids as the data write them; all where empty.
    pub relations: Vec<String>,
    /// The file of `--uuids`, or the uuids of `--fact`.
    pub uuids: Option<String>,
    pub templates: String,
    pub max_samples: Option<usize>,
    /// `cached` or `dense`.
    pub path: String,
    /// The file that confidences were read from.
    pub confidence: Option<String>,
    pub seed: u64,
    /// Selected facts that were drawn as shots.
    pub left_out: usize,
}

impl Configuration {
    /// Of a whole run of `plan`, all of its facts, on the model that is loaded.
    pub fn new(about: &About, plan: &Plan, asked: Asked) -> Self {
        let layout = plan.method.has_layout().then(|| plan.options.clone());
        let mut files = about.files.clone();
        if let Confidence::Given(confidences) = &plan.confidence
            && plan.method.is_weighted(&plan.options)
        {
            let sha256 = format!("sha256 {}", confidences.sha256());
            files.insert("--confidence".to_owned(), sha256);
        }
        Configuration {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: about.model.clone(),
            device: about.device.clone(),
            dtype: about.dtype.clone(),
            path: asked.path,
            method: plan.method.to_string(),
            preset: layout.as_ref().map(|options| options.setting().preset),
            options: layout,
            blend: plan.method.blended().map(|_| Blend {
                from_layer: Some(plan.blend.first_layer(about.layers)),
                ..plan.blend
            }),
            max_new_tokens: plan.max_new_tokens,
            extract: plan.extract.to_string(),
            confidence: asked.confidence,
            sampled: plan.samples(),
            files,
            data: asked.data,
            dataset: plan.data.style.to_string(),
            selection: Selected {
                relations: asked.relations,
                uuids: asked.uuids,
                templates: asked.templates,
                asked: asked_templates(plan),
                max_samples: asked.max_samples,
                facts: plan.facts.len(),
                sha256: fingerprint(plan),
            },
            seed: asked.seed,
            shots: plan.shots.clone(),
            chat: plan.chat,
            thinking: plan.thinking,
            left_out: asked.left_out,
            finished: None,
            no_answer: Vec::new(),
            shard: None,
        }
    }

    /// Whether every row has a confidence of its own: answers were drawn beside it, not to weight templates.
    pub(super) fn has_confidences(&self) -> bool {
        let options = self.options.clone().unwrap_or_default();
        let weighted = self
            .method
            .parse()
            .map(|of: Method| of.is_weighted(&options));
        self.sampled.is_some() && weighted == Ok(false)
    }

    /// Method and preset: `flex series`.
    pub fn words(&self) -> String {
        match self.preset {
            Some(preset) => format!("{} {preset}", self.method),
            None => self.method.clone(),
        }
    }

    /// How many facts the run was stopped without, and of how many.
    pub fn missing(&self) -> Option<(usize, usize)> {
        let all = self.selection.facts;
        self.finished.map(|done| (all.saturating_sub(done), all))
    }

    /// Of the same run, whatever came of it: without its shard and the facts that have no answer.
    pub(super) fn run(&self) -> Self {
        Configuration {
            no_answer: Vec::new(),
            ..self.whole()
        }
    }

    /// Whether the demo model answered questions of the sample that it was trained on.
    pub fn is_demo(&self) -> bool {
        self.model == ModelRef::Embedded.to_string() && self.data == Source::Embedded.to_string()
    }

    /// Whether the answers are labels of choices.
    pub fn has_choices(&self) -> bool {
        self.dataset == Style::MultipleChoice.to_string()
    }

    /// The configuration of the whole run that this is a shard of.
    pub fn whole(&self) -> Self {
        Configuration {
            shard: None,
            ..self.clone()
        }
    }

    /// The first entry in which two configurations differ: its name and both values.
    pub fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        let value = |of: &Self| serde_json::to_value(of).unwrap_or_default();
        first_difference("", &value(self), &value(other))
    }
}

impl Head for Configuration {
    const CELLS: bool = false;

    fn require(&self, other: &Self, path: &Path) -> Result<(), Error> {
        let Some((key, old, new)) = self.difference(other) else {
            return Ok(());
        };
        let path = path.to_owned();
        // Not options that can be repeated, but content under the same name.
        let content = match key.strip_prefix(FILES) {
            Some(file) => Some(file.to_owned()),
            None => (key == SELECTED).then(|| "facts, questions and answers".to_owned()),
        };
        Err(match content {
            Some(what) => Error::OtherContent {
                path,
                what,
                old,
                new,
            },
            None => Error::OtherRun {
                path,
                key,
                old,
                new,
            },
        })
    }
}

/// Entries that follow from others.
const DERIVED: [&str; 8] = [
    "asked",
    "facts",
    "files",
    "finished",
    "left_out",
    "no_answer",
    "sha256",
    "shots",
];

/// How the names of differences in content begin, and the name of one in what is asked.
const FILES: &str = "files.";
const SELECTED: &str = "selection.sha256";

fn first_difference(name: &str, a: &Value, b: &Value) -> Option<(String, String, String)> {
    if a == b {
        return None;
    }
    if let (Value::Object(a), Value::Object(b)) = (a, b) {
        // What follows from something else comes last: it is not what a user has changed.
        let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
        keys.sort_by_key(|key| DERIVED.contains(&key.as_str()));
        let inner = |key: &String| {
            let name = if name.is_empty() {
                key.clone()
            } else {
                format!("{name}.{key}")
            };
            let of =
                |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
            first_difference(&name, &of(a), &of(b))
        };
        return keys.into_iter().find_map(inner);
    }
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => shortened(&other.to_string()),
    };
    Some((name.to_owned(), word(a), word(b)))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

impl Selected {
    /// Relations that were asked through other templates than most, and those: `P30` and `m1`. In the order of
    /// [`relation_order`].
    pub fn exceptions(&self) -> Vec<(&str, &str)> {
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for templates in self.asked.values() {
            *uses.entry(templates).or_default() += 1;
        }
        // Of equally frequent ones the longest: the others lack something.
        let usual = uses.iter().max_by_key(|(ids, times)| (**times, ids.len()));
        let Some((usual, _)) = usual else {
            return Vec::new();
        };
        let mut others: Vec<(&str, &str)> = (self.asked.iter())
            .filter(|(_, templates)| templates != usual)
            .map(|(relation, templates)| (relation.as_str(), templates.as_str()))
            .collect();
        others.sort_by_key(|(relation, _)| relation_order(relation));
        others
    }
}

/// Per relation of a plan's facts, the ids of the templates that are asked.
fn asked_templates(plan: &Plan) -> BTreeMap<String, String> {
    let mut all: BTreeMap<&String, Vec<TemplateId>> = BTreeMap::new();
    for &fact in &plan.facts {
        let known = all.entry(&plan.data.relation_of(&plan.data.facts[fact]).id);
        let known = known.or_default();
        // Wordings that stand with the facts may be fewer for some.
        for id in plan.template_ids(fact) {
            if !known.contains(&id) {
                known.push(id);
            }
        }
    }
    let words = |ids: Vec<TemplateId>| {
        let ids: Vec<String> = ids.iter().map(TemplateId::to_string).collect();
        ids.join(",")
    };
    let all = all.into_iter();
    all.map(|(relation, ids)| (relation.clone(), words(ids)))
        .collect()
}

/// Fingerprint of what is asked: ids, questions and answers of the plan's facts in order.
pub fn fingerprint(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let mut put = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for &fact in &plan.facts {
        let this = &plan.data.facts[fact];
        put(&this.uuid);
        let questions = plan.task(fact).questions;
        for text in questions.iter().chain(&this.answers) {
            put(text);
        }
    }
    hex(&hash.finalize())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
