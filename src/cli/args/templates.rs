//! Which templates.

use clap::Args;

use super::{List, ORIGINALS, indices, natural, positive, template_ids};
use crate::data::{TemplateChoice, TemplateId};
use crate::sets;

/// Ways to choose templates. They exclude each other: the last one given wins.
const COUNTS: [&str; 2] = ["num_manual", "num_auto"];
const NAMED: &str = "templates";
const SET: &str = "set";
const FIRST: &str = "num_paraphrases";
const POOL: &str = "indexs";

/// Templates of each relation.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct TemplateArgs {
    /// The first N manual templates [default: all]
    #[arg(
        long, alias = "num_manual", value_name = "N", value_parser = natural::<usize>, allow_negative_numbers = true,
        overrides_with_all = [NAMED, SET, FIRST, POOL]
    )]
    num_manual: Option<usize>,
    /// The first N auto templates [default: 5]
    #[arg(
        long, alias = "num_auto", value_name = "N", value_parser = natural::<usize>, allow_negative_numbers = true,
        overrides_with_all = [NAMED, SET, FIRST, POOL]
    )]
    num_auto: Option<usize>,
    /// These templates, manual ones first; of several options that choose templates the last one wins
    #[arg(
        long, value_name = "m1,m3,a2", value_parser = template_ids, overrides_with_all = [COUNTS[0], COUNTS[1], SET, FIRST, POOL]
    )]
    templates: Option<List<TemplateId>>,
    /// The templates of a set that was saved in the explorer
    #[arg(long, value_name = "NAME", value_parser = set_name, overrides_with_all = [COUNTS[0], COUNTS[1], NAMED, FIRST, POOL])]
    pub set: Option<String>,
    /// The first N templates of the pool, manual ones first (also --num_ensemble)
    #[arg(
        long = FIRST, id = FIRST, aliases = ["num_ensemble", "num-paraphrases", "num-ensemble"], value_name = "N",
        value_parser = positive, allow_negative_numbers = true, help_heading = ORIGINALS,
        overrides_with_all = [COUNTS[0], COUNTS[1], NAMED, SET, POOL]
    )]
    num_paraphrases: Option<usize>,
    /// These templates of the pool, counted from 0
    #[arg(
        long, value_name = "0,2,5", value_parser = indices, allow_negative_numbers = true,
        help_heading = ORIGINALS, overrides_with_all = [COUNTS[0], COUNTS[1], NAMED, SET, FIRST]
    )]
    indexs: Option<List<usize>>,
}

impl TemplateArgs {
    /// Whether anything was asked for.
    pub fn is_given(&self) -> bool {
        self.set.is_some() || self.given().is_some()
    }

    /// What was asked for but for a set, where anything was.
    pub fn given(&self) -> Option<TemplateChoice> {
        if let Some(ids) = &self.templates {
            Some(TemplateChoice::Named(ids.0.clone()))
        } else if let Some(count) = self.num_paraphrases {
            Some(TemplateChoice::First(count))
        } else if let Some(indices) = &self.indexs {
            Some(TemplateChoice::Pool(indices.0.clone()))
        } else if self.num_manual.is_some() || self.num_auto.is_some() {
            Some(TemplateChoice::Counts {
                manual: self.num_manual,
                auto: self.num_auto.unwrap_or(TemplateChoice::AUTO),
            })
        } else {
            None
        }
    }

    /// The choice in words.
    pub fn describe(&self) -> String {
        if let Some(set) = &self.set {
            return format!("set {set}");
        }
        match self.given().unwrap_or_default() {
            TemplateChoice::Counts { manual, auto } => {
                let manual = manual.map_or("all".to_owned(), |count| count.to_string());
                format!("{manual} manual, {auto} auto")
            }
            TemplateChoice::Named(mut ids) => {
                ids.sort_by_key(|id| id.kind);
                List(ids).to_string()
            }
            TemplateChoice::First(count) => format!("the first {count} of the pool"),
            TemplateChoice::Pool(indices) => format!("{} of the pool", List(indices)),
        }
    }
}

fn set_name(text: &str) -> Result<String, sets::SetError> {
    sets::check_name(text).map(str::to_owned)
}
