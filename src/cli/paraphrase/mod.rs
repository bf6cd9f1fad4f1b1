//! `lamascope paraphrase`: other wordings of questions, written by the model.
//!
//! ```text
//! question, or facts and templates ─► Paraphrase ─► Found ─► table or JSON
//!                                                     └────► a set for --set, a table for --data
//! ```

mod files;
mod found;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use sha2::{Digest, Sha256};

use self::found::{Found, Rewritten};
use super::args::{OUTPUT, PromptArgs, positive};
use super::plain::{count, stdout, write_json};
use super::prepare::{load_data, note};
use super::progress::Loading;
use super::session::Session;
use super::{CliError, interrupt};
use crate::data::{Dataset, Fact, Relation, Style, Template, TemplateId};
use crate::engine::{Cancel, Draws, Event};
use crate::evaluate::paraphrase::{Asked, Paraphrase};
use crate::model::ModelRef;
use crate::results::check_free;
use crate::sets;

/// Tokens of a variant where nothing is said.
const TOKENS: usize = 40;

/// Write other wordings of a question, or of the templates of a relation, with the model
#[derive(Debug, Args)]
#[command(after_long_help = EXPLAINED)]
pub struct ParaphraseArgs {
    /// One question, in place of those of the data
    #[arg(value_name = "QUESTION", conflicts_with_all = ["relation", "fact", "uuids", "max_samples"])]
    question: Option<String>,
    /// A text that every variant must hold as it stands; may be given several times [default: the fact's subject; of a
    /// question without one its names and numbers]
    #[arg(long, value_name = "TEXT")]
    keep: Vec<String>,
    /// An accepted answer to QUESTION, for the table of --out; may be given several times
    #[arg(long, value_name = "TEXT", requires = "question")]
    answer: Vec<String>,
    /// How many texts are drawn for each question
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    samples: usize,
    /// How many variants of each question are taken, those first that were drawn most often
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = positive, allow_negative_numbers = true)]
    variants: usize,
    /// Divides the logits: above 1 texts differ more
    #[arg(long, default_value_t = 1.5, value_name = "T", value_parser = temperature, allow_negative_numbers = true)]
    temperature: f32,
    /// Draw from the most probable tokens whose probabilities sum to this
    #[arg(long, default_value_t = 0.9, value_name = "P", value_parser = share, allow_negative_numbers = true)]
    top_p: f32,

    /// Save the chosen templates and their variants as a set for --set
    #[arg(long, value_name = "NAME", value_parser = set_name, conflicts_with = "question", help_heading = OUTPUT)]
    save: Option<String>,
    /// Write a table for --data: the questions with their variants (.jsonl .csv)
    #[arg(long, value_name = "F", help_heading = OUTPUT)]
    out: Option<PathBuf>,
    /// Replace an existing file or set
    #[arg(long, help_heading = OUTPUT)]
    overwrite: bool,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// Print neither progress nor notes
    #[arg(long, short, help_heading = OUTPUT)]
    quiet: bool,
    #[command(flatten)]
    ask: PromptArgs,
}

const EXPLAINED: &str = "\
The model reads a few examples of rewriting (or those of --shots FILE) and the question; --seed draws the texts. Of a \
relation every chosen template is rewritten in the question about its first selected fact, or about those of --fact, and \
the subject becomes [X] again. Of questions that stand with their facts the first chosen wording is.
dropped: texts that are the question again, lost [MASK], the subject or a name, give an answer away, or run on. A text \
that was drawn several times counts once. What is kept is not proven to mean the same: read it.
A model of a billion parameters or more, tuned for chats and asked with --chat turns, writes usable ones. The demo model \
only learned to fill in [MASK].";

fn temperature(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().ok();
    let number = number.filter(|number| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a number above 0".to_owned())
}

fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok();
    let share = share.filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "expected a share above 0, at most 1".to_owned())
}

fn set_name(text: &str) -> Result<String, sets::SetError> {
    sets::check_name(text).map(str::to_owned)
}

/// The questions to rewrite, in data that know them.
struct Work {
    data: Arc<Dataset>,
    /// Facts of the files that are written.
    facts: Vec<usize>,
    /// Per relation the chosen templates.
    templates: Vec<Vec<usize>>,
    /// Fact and template of each question.
    places: Vec<(usize, usize)>,
    asked: Vec<Asked>,
}

pub fn paraphrase(args: &ParaphraseArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    if let Some(path) = &args.out {
        files::check(path)?;
        check_free(path, args.overwrite)?;
    }
    let work = args.work(&cancel)?;
    if args.save.is_some() && work.data.style == Style::WebQuestions {
        return Err(CliError::Usage(
            "these questions stand with their facts, a set is of templates: write a table with --out, without --save"
                .to_owned(),
        ));
    }
    let given = args.ask.selection.shots.given()?;
    let rewriting = Paraphrase {
        draws: Draws {
            samples: args.samples,
            seed: args.ask.selection.shots.seed,
            temperature: args.temperature,
            top_p: args.top_p,
        },
        chat: args.ask.chat,
        context: given.map(|shots| shots.context(Style::MyriadLama)),
        max_new_tokens: args.ask.engine.max_new_tokens.unwrap_or(TOKENS),
    };
    if args.ask.engine.model == ModelRef::default() {
        let words = "the demo model learned to fill in [MASK], not to rewrite: name a larger one with --model";
        note(&[words.to_owned()], args.quiet);
    }
    let mut session = Session::open(&args.ask.engine.settings(), cancel, args.quiet)?;
    let loading = Loading::new(args.quiet);
    let (engine, cancel) = session.engine();
    let mut done = 0;
    let all = work.asked.len();
    let mut heard = |event: &Event| {
        loading.engine(event);
        if let Event::Finished { .. } | Event::Failed { .. } = event {
            done += 1;
            loading.rewriting(done, all);
        }
    };
    let sifted = rewriting.run(engine, &work.asked, &mut heard, cancel)?;
    drop(loading);
    let rewritten = work.places.iter().zip(&work.asked).zip(sifted);
    let rewritten = rewritten.map(|((&(fact, template), asked), sifted)| Rewritten {
        fact,
        template,
        asked: asked.clone(),
        sifted: sifted.unwrap_or_default(),
    });
    let mut found = Found::of(work.data, rewritten.collect(), args.variants)?;
    let mut notes = Vec::new();
    if args.out.is_some() || args.save.is_some() {
        found.check()?;
    }
    if let Some(path) = &args.out {
        let left_out = files::write(path, args.overwrite, &found, &work.facts, &work.templates)?;
        if left_out > 0 {
            notes.push(format!(
                "{} of fewer than {} left out of {}",
                count(left_out, "question"),
                count(args.variants, "variant"),
                path.display()
            ));
        }
    }
    if let Some(name) = &args.save {
        let set = found.set(name, &work.templates)?;
        sets::save(&sets::config_folder()?, &set, args.overwrite)?;
    }
    stdout(|out| match args.json {
        true => write_json(out, &found.view()),
        false => text::write(out, &found),
    })?;
    if let Some(name) = &args.save {
        notes.push(format!("saved: ask them with --set {name}"));
    }
    if let Some(path) = &args.out {
        notes.push(format!("written: ask them with --data {}", path.display()));
    }
    note(&notes, args.quiet);
    Ok(())
}

impl ParaphraseArgs {
    fn work(&self, cancel: &Cancel) -> Result<Work, CliError> {
        if let Some(question) = &self.question {
            return self.one_question(question.trim());
        }
        let selection = &self.ask.selection;
        let mut data = Arc::new(load_data(&selection.source, cancel, self.quiet)?);
        let mut selected = selection.apply(&mut data)?;
        // Copies of a template are written alike.
        selected.templates.iter_mut().for_each(Vec::dedup);
        note(&selected.notes, self.quiet);
        let named = selection.named_facts(&data, &selected.facts)?;
        if data.style == Style::MultipleChoice {
            return Err(CliError::Failed(
                "questions with choices are not rewritten: their choices would be lost; take data without choices"
                    .to_owned(),
            ));
        }
        let of_tables = data.style == Style::WebQuestions;
        let carriers = match named {
            Some(named) => named,
            None if of_tables => selected.facts.clone(),
            None => first_of_each(&data, &selected.facts),
        };
        let mut places = Vec::new();
        for fact in carriers {
            let templates = &selected.templates[data.facts[fact].relation];
            let sources = if of_tables { 1 } else { templates.len() };
            places.extend(templates.iter().take(sources).map(|&of| (fact, of)));
        }
        let asked = |&(fact, template): &(usize, usize)| {
            let this = &data.facts[fact];
            let question = data.question(this, template);
            let mut asked = Asked::with_names(&question, &this.answers);
            if !of_tables {
                asked.keep = vec![this.subject.clone()];
            }
            self.keeping(asked)
        };
        Ok(Work {
            asked: places.iter().map(asked).collect(),
            facts: selected.facts,
            templates: selected.templates,
            places,
            data,
        })
    }

    /// Data of one question.
    fn one_question(&self, question: &str) -> Result<Work, CliError> {
        if question.is_empty() {
            return Err(CliError::Usage(
                "the question is empty: write one".to_owned(),
            ));
        }
        if self.out.is_some() && self.answer.is_empty() {
            return Err(CliError::Usage(
                "a table holds accepted answers: give one with --answer, or leave --out out"
                    .to_owned(),
            ));
        }
        let hash = Sha256::digest(question);
        let hash: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let data = Dataset {
            style: Style::WebQuestions,
            relations: vec![Relation {
                id: "webqa".to_owned(),
                label: String::new(),
                templates: vec![Template {
                    id: TemplateId::manual(1),
                    text: String::new(),
                }],
            }],
            facts: vec![Fact {
                uuid: format!("question-{hash}"),
                relation: 0,
                subject: question.to_owned(),
                answers: self.answer.clone(),
                paraphrases: vec![question.to_owned()],
                choices: Vec::new(),
            }],
        };
        Ok(Work {
            data: Arc::new(data),
            facts: vec![0],
            templates: vec![vec![0]],
            places: vec![(0, 0)],
            asked: vec![self.keeping(Asked::with_names(question, &self.answer))],
        })
    }

    /// What was asked to be kept, in place of what is usual.
    fn keeping(&self, asked: Asked) -> Asked {
        match self.keep.is_empty() {
            true => asked,
            false => Asked {
                keep: self.keep.clone(),
                ..asked
            },
        }
    }
}

/// The first of these facts in each relation.
fn first_of_each(data: &Dataset, facts: &[usize]) -> Vec<usize> {
    let mut seen = vec![false; data.relations.len()];
    let is_first = |fact: &&usize| !std::mem::replace(&mut seen[data.facts[**fact].relation], true);
    facts.iter().filter(is_first).copied().collect()
}
