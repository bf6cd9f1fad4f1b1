//! Which data, facts, templates and shots.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{natural, positive};
use crate::cli::CliError;
use crate::data::{Dataset, Selection, Source, Style, TemplateChoice, TemplateId};
use crate::prompt::Shots;

/// How many shots are drawn where nothing else is said.
const SHOTS: usize = 5;

/// Ways to choose templates. They exclude each other: the last one given wins.
const COUNTS: [&str; 2] = ["num_manual", "num_auto"];
const NAMED: &str = "templates";
const FIRST: &str = "num_paraphrases";
const POOL: &str = "indexs";

/// A selection as it stands on the command line.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArgs {
    /// embedded, hub, or a path: .parquet .arrow .arrows .feather .jsonl .csv, a folder of them, or a saved `datasets` folder
    #[arg(long, default_value = "embedded", value_name = "SOURCE")]
    pub data: Source,
    /// Only these relations
    #[arg(long, value_delimiter = ',', value_name = "P36,P17")]
    pub relation: Vec<String>,
    /// Only the facts whose uuids stand in this file, one per line
    #[arg(long, value_name = "FILE")]
    pub uuids: Option<PathBuf>,
    /// The first N facts in data order
    #[arg(long, alias = "max_samples", value_name = "N", value_parser = positive)]
    pub max_samples: Option<usize>,
    /// The first N manual templates [default: all]
    #[arg(long, alias = "num_manual", value_name = "N", value_parser = natural, overrides_with_all = [NAMED, FIRST, POOL])]
    num_manual: Option<usize>,
    /// The first N auto templates [default: 5]
    #[arg(long, alias = "num_auto", value_name = "N", value_parser = natural, overrides_with_all = [NAMED, FIRST, POOL])]
    num_auto: Option<usize>,
    /// These templates
    #[arg(long, value_delimiter = ',', value_name = "m1,m3,a2", overrides_with_all = [COUNTS[0], COUNTS[1], FIRST, POOL])]
    templates: Option<Vec<TemplateId>>,
    /// Shots from a file: {"instruction": "…", "shots": [["question", "answer"], …]}
    #[arg(long, value_name = "FILE")]
    pub shots: Option<PathBuf>,
    /// How many shots [default: 5, or all of the file's]
    #[arg(long, alias = "few_shot", value_name = "K", value_parser = natural)]
    few_shot: Option<usize>,
    /// Draws the shots where no file gives them
    #[arg(long, default_value_t = 42, value_name = "S")]
    pub seed: u64,

    /// Which embedded or hub data: myriadlama or webqa
    #[arg(long, default_value = "myriadlama", value_name = "NAME", help_heading = ORIGINALS)]
    pub dataset: Style,
    /// The first N templates of the pool, manual ones first (also --num_ensemble)
    #[arg(
        long = FIRST, id = FIRST, aliases = ["num_ensemble", "num-paraphrases", "num-ensemble"], value_name = "N",
        value_parser = positive, overrides_with_all = [COUNTS[0], COUNTS[1], NAMED, POOL], help_heading = ORIGINALS
    )]
    num_paraphrases: Option<usize>,
    /// These templates of the pool, counted from 0
    #[arg(
        long, value_delimiter = ',', value_name = "0,2,5", value_parser = natural,
        overrides_with_all = [COUNTS[0], COUNTS[1], NAMED, FIRST], help_heading = ORIGINALS
    )]
    indexs: Option<Vec<usize>>,
    /// Accepted; lemmas are always written
    #[arg(long, help_heading = ORIGINALS)]
    lemmaize: bool,
}

const ORIGINALS: &str = "As in the Python originals";

impl SelectionArgs {
    /// The choice of facts and templates; reads the file of `--uuids`.
    pub fn selection(&self) -> Result<Selection, CliError> {
        Ok(Selection {
            relations: self.relation.clone(),
            uuids: self.uuids.as_deref().map(read_uuids).transpose()?,
            templates: self.templates(),
            max_samples: self.max_samples,
        })
    }

    /// Whether any option says which templates.
    pub fn chooses_templates(&self) -> bool {
        self.num_manual.is_some()
            || self.num_auto.is_some()
            || self.templates.is_some()
            || self.num_paraphrases.is_some()
            || self.indexs.is_some()
    }

    fn templates(&self) -> TemplateChoice {
        if let Some(ids) = &self.templates {
            TemplateChoice::Named(ids.clone())
        } else if let Some(count) = self.num_paraphrases {
            TemplateChoice::First(count)
        } else if let Some(indices) = &self.indexs {
            TemplateChoice::Pool(indices.clone())
        } else {
            let TemplateChoice::Counts { manual, auto } = TemplateChoice::default() else {
                return TemplateChoice::default();
            };
            TemplateChoice::Counts {
                manual: self.num_manual.or(manual),
                auto: self.num_auto.unwrap_or(auto),
            }
        }
    }

    /// Shots from the file, or drawn; drawn ones are taken out of `facts` where they stand there. Also says how many.
    pub fn shots(&self, data: &Dataset, facts: &mut Vec<usize>) -> Result<(Shots, usize), CliError> {
        Ok(match &self.shots {
            Some(file) => (Shots::read(file, self.few_shot)?, 0),
            None => Shots::draw(data, facts, self.few_shot.unwrap_or(SHOTS), self.seed)?,
        })
    }

    /// The choice of templates in words.
    pub fn templates_in_words(&self) -> String {
        let list = |items: Vec<String>| items.join(",");
        match self.templates() {
            TemplateChoice::Counts { manual, auto } => {
                let manual = manual.map_or("all".to_owned(), |count| count.to_string());
                format!("{manual} manual, {auto} auto")
            }
            TemplateChoice::Named(ids) => list(ids.iter().map(ToString::to_string).collect()),
            TemplateChoice::First(count) => format!("the first {count} of the pool"),
            TemplateChoice::Pool(indices) => {
                let indices = list(indices.iter().map(ToString::to_string).collect());
                format!("{indices} of the pool")
            }
        }
    }
}

fn read_uuids(file: &Path) -> Result<Vec<String>, CliError> {
    let text = std::fs::read_to_string(file).map_err(|e| {
        CliError::Failed(format!("{}: cannot be read: {e}; expected one uuid per line", file.display()))
    })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}
