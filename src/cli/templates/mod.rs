//! `lamascope templates`: which templates of a relation to use, and whether that is real.
//!
//! ```text
//! per-prompt answers ─► Matrix ─► Choice (judged by those answers, or by asking the model) ─► tables or JSON
//! ```

mod judge;
mod sample;
mod text;

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use self::judge::{Asks, ask};
use self::text::Lab;
use super::args::{BlendArgs, LayoutArgs, OUTPUT, PromptArgs, natural, positive, possible};
use super::plain::{stdout, write_json};
use super::prepare::{Prepared, note, prepare, unread_options};
use super::progress::{Facts, Loading};
use super::session::Session;
use super::{CliError, interrupt};
use crate::data::TemplateId;
use crate::engine::{Cancel, Method};
use crate::evaluate::select::{Choice, Counted, FromAnswers, Matrix, Wanted};
use crate::evaluate::{Plan, Row, relation_order};
use crate::layout::Options;
use crate::named::Named;
use crate::results::{Configuration, Influences, read_rows};
use crate::score::Extract;

/// Choose templates on half of the facts, and tell from the other half what the choice is worth
#[derive(Debug, Args)]
#[command(after_long_help = EXPLAINED)]
pub struct TemplatesArgs {
    /// How many templates to choose
    #[arg(long, default_value_t = 3, value_name = "K", value_parser = positive, allow_negative_numbers = true)]
    best: usize,
    /// How a set of templates gives one answer: a method of `run`, or majority, the most frequent answer of its templates
    /// [default: flex; majority with --answers]
    #[arg(long, value_name = "METHOD", value_parser = by())]
    method: Option<By>,
    /// What the prediction is: the generation's first line, or the first word of it
    #[arg(long, default_value_t, value_name = "line|word")]
    extract: Extract,
    /// Sets of each size that the search goes on with [default: 1, greedy, where sets are asked; 10 where answers are counted]
    #[arg(long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    beam: Option<usize>,
    /// Random sets that the choice is compared with, at most
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    random: usize,
    /// Draws the halves and the random sets
    #[arg(long, default_value_t = 42, value_name = "S", value_parser = natural::<u64>, allow_negative_numbers = true)]
    half_seed: u64,
    /// Choose by the answers of a `run --method per-prompt --out R.feather`, without a model: majority, per-prompt, origin
    #[arg(long, value_name = "R.feather", conflicts_with = "sample")]
    answers: Option<PathBuf>,
    /// Ask only this share of all templates and facts, and estimate every template's accuracy from it, without a choice
    #[arg(long, value_name = "0.05", value_parser = share)]
    sample: Option<f64>,
    /// Files of `run --attention` and `run --influence`: also what answers read of each template, and what it did to them
    #[arg(long, value_name = "F.feather", num_args = 1.., conflicts_with = "sample")]
    inside: Vec<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// Print neither progress nor notes
    #[arg(long, short, help_heading = OUTPUT)]
    quiet: bool,
    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    layout: LayoutArgs,
    #[command(flatten)]
    blend: BlendArgs,
}

const EXPLAINED: &str = "\
Every relation is looked at alone. Templates are chosen from the selected ones (all manual, 5 auto where nothing is said; \
--num-auto 95 takes all of the hub's).
seen, unseen  accuracy of the chosen set on the facts that the search saw, and on the others: only the second is honest
optimism      the first less the second
random        sets of as many templates drawn without looking, on the unseen facts: what no knowledge gives
gain          the chosen set less the mean random one, on the unseen facts
p             share of random sets that do as well as the chosen one, which counts as one of them
adds          what a chosen template adds to the rest of the set, or another one to the set, on the unseen facts
agrees        facts about which two templates predict the same (by lemmas), mean over the others
mass          --inside: attention of the rows that make the answer on the template's question, mean over layers and heads
left out      --inside: how much less likely the answer is without the question, in nats; Shapley: its share of what all add
--sample      fits P(right) = 1/(1 + exp(difficulty of the fact - ability of the template)) as PromptEval, arXiv 2405.17202";

/// How a set gives one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Majority,
    Method(Method),
}

impl By {
    /// How answers of single templates tell it, where they do.
    fn counted(self) -> Option<Counted> {
        match self {
            By::Majority => Some(Counted::Majority),
            By::Method(Method::PerPrompt) => Some(Counted::Mean),
            By::Method(Method::Origin) => Some(Counted::First),
            By::Method(_) => None,
        }
    }
}

fn by() -> impl TypedValueParser<Value = By> {
    let majority = PossibleValue::new(MAJORITY).help("The most frequent answer of the templates");
    PossibleValuesParser::new(possible(Method::WORDS).chain([majority])).map(|name| {
        match Method::from_name(&name) {
            Some(method) => By::Method(method),
            None => By::Majority,
        }
    })
}

const MAJORITY: &str = "majority";

fn share(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "expected a share above 0, at most 1".to_owned())
}

pub fn templates(args: &TemplatesArgs) -> Result<(), CliError> {
    let inside = match args.inside.is_empty() {
        true => None,
        false => Some(Influences::of_files(&args.inside)?),
    };
    let inside = inside.as_ref();
    let labs = match &args.answers {
        Some(path) => args.by_answers(path, inside)?,
        None => {
            let cancel = Cancel::new();
            interrupt::watch(&cancel);
            let options = args.layout.options()?;
            let mut prepared = prepare(&args.ask, &cancel, args.quiet)?;
            // Copies of a template make no choice.
            prepared.plan.templates.iter_mut().for_each(Vec::dedup);
            if let By::Method(method) = args.by() {
                let unread = unread_options(method, &args.layout, Some(&args.blend), false);
                prepared.notes.extend(unread);
            }
            note(&prepared.notes, args.quiet);
            let settings = args.ask.engine.settings();
            let mut session = Session::open(&settings, cancel, args.quiet)?;
            if let Some(share) = args.sample {
                let shown = sample::estimate(
                    &mut session,
                    &args.alone(&prepared),
                    share,
                    args.half_seed,
                    args.quiet,
                )?;
                return stdout(|out| match args.json {
                    true => write_json(out, &shown),
                    false => sample::write(out, &shown),
                });
            }
            args.by_model(&mut session, &prepared, &options, inside)?
        }
    };
    stdout(|out| match args.json {
        true => write_json(out, &labs),
        false => text::write(out, &labs),
    })
}

impl TemplatesArgs {
    fn by(&self) -> By {
        self.method.unwrap_or(match self.answers {
            Some(_) => By::Majority,
            None => By::Method(Method::default()),
        })
    }

    fn wanted(&self, ordered: bool) -> Wanted {
        Wanted {
            k: self.best,
            width: self.beam.unwrap_or(match self.by().counted() {
                None => 1,
                Some(_) => 10,
            }),
            seed: self.half_seed,
            random: self.random,
            ordered,
        }
    }

    /// Every chosen template alone.
    fn alone(&self, prepared: &Prepared) -> Plan {
        Plan {
            method: Method::PerPrompt,
            extract: self.extract,
            ..prepared.plan.clone()
        }
    }

    fn by_model(
        &self,
        session: &mut Session,
        prepared: &Prepared,
        options: &Options,
        inside: Option<&Influences>,
    ) -> Result<Vec<Lab>, CliError> {
        let alone = self.alone(prepared);
        session.check(&alone, None)?;
        let bar = Facts::new(
            "each template alone  ".to_owned(),
            0,
            alone.facts.len(),
            self.quiet,
        );
        let rows = ask(session, &alone, &bar)?;
        drop(bar);
        let asked = prepared.asked.clone();
        let demo = Configuration::new(session.about(), &alone, asked).is_demo();
        let mut labs = Vec::new();
        for rows in by_relation(&rows) {
            let matrix = self.matrix(rows)?;
            let choice = match self.by() {
                By::Method(method) if self.by().counted().is_none() => {
                    let plan = Plan {
                        method,
                        options: options.clone(),
                        blend: self.blend.blend(),
                        ..alone.clone()
                    };
                    let judge = Asks::new(session, plan, &matrix, Loading::new(self.quiet));
                    let wanted = self.wanted(method.has_layout());
                    Choice::search(judge, size(&matrix), wanted, kind(&matrix))?
                }
                _ => self.count(&matrix)?,
            };
            labs.push(self.lab(rows, matrix, choice, demo, inside));
        }
        Ok(labs)
    }

    fn by_answers(
        &self,
        path: &std::path::Path,
        inside: Option<&Influences>,
    ) -> Result<Vec<Lab>, CliError> {
        if self.by().counted().is_none() {
            return Err(CliError::Usage(format!(
                "--answers tells sets by --method {MAJORITY}, per-prompt or origin: give one of them, or leave --answers out"
            )));
        }
        let (configuration, mut rows) = read_rows(path)?;
        let demo = configuration.is_some_and(|configuration| configuration.is_demo());
        let asked = self.ask.selection.relations();
        rows.retain(|row| {
            let asked = asked.is_empty() || asked.contains(&row.relation);
            // Copies of a template make no choice here either.
            asked && matches!(row.templates[..], [only] if only.copy == 1)
        });
        if rows.is_empty() {
            return Err(CliError::Failed(format!(
                "{}: holds no answers of single templates of these relations: expected a file of `run --method per-prompt`",
                path.display()
            )));
        }
        rows.sort_by(|a, b| relation_order(&a.relation).cmp(&relation_order(&b.relation)));
        let mut labs = Vec::new();
        for rows in by_relation(&rows) {
            let matrix = self.matrix(rows)?;
            let choice = self.count(&matrix)?;
            labs.push(self.lab(rows, matrix, choice, demo, inside));
        }
        Ok(labs)
    }

    /// What is said of a relation.
    fn lab(
        &self,
        rows: &[Row],
        matrix: Matrix,
        choice: Choice,
        demo: bool,
        inside: Option<&Influences>,
    ) -> Lab {
        let lab = Lab::new(rows, matrix, choice, demo, self.line(rows), self.judged());
        match inside {
            Some(inside) => lab.seen_from_inside(inside),
            None => lab,
        }
    }

    fn matrix(&self, rows: &[Row]) -> Result<Matrix, CliError> {
        let matrix = Matrix::of(rows);
        let (facts, templates) = (matrix.facts.len(), matrix.templates.len());
        let relation = &rows[0].relation;
        if facts < 2 || templates <= self.best {
            return Err(CliError::Failed(format!(
                "{relation}: {facts} facts in {templates} templates leave no choice of {}: select more of them, or lower --best",
                self.best
            )));
        }
        Ok(matrix)
    }

    /// Chooses by the answers of single templates.
    fn count(&self, matrix: &Matrix) -> Result<Choice, CliError> {
        let counted = self.by().counted().unwrap_or(Counted::Majority);
        let judge = FromAnswers { matrix, counted };
        let wanted = self.wanted(counted == Counted::First);
        let found = Choice::search(judge, size(matrix), wanted, kind(matrix));
        Ok(found.unwrap_or_else(|never| match never {}))
    }

    /// `flex --preset fused`.
    fn judged(&self) -> String {
        match self.by() {
            By::Majority => MAJORITY.to_owned(),
            By::Method(Method::Flex) => format!("flex {}", self.layout.words().join(" ")),
            By::Method(method) if method.blended().is_some() => {
                let given = self.blend.words();
                let words = std::iter::once(method.to_string()).chain(given);
                words.collect::<Vec<_>>().join(" ")
            }
            By::Method(method) => method.to_string(),
        }
    }

    /// The command that uses a set of the relation's templates, but for their names.
    fn line(&self, rows: &[Row]) -> Vec<String> {
        let mut words = vec!["--relation".to_owned(), rows[0].relation.clone()];
        words.extend(self.ask.words());
        let mut put = |name: &str, value: String| words.extend([format!("--{name}"), value]);
        if self.extract != Extract::default() {
            put("extract", self.extract.to_string());
        }
        match self.by() {
            By::Majority => put("method", Method::PerPrompt.to_string()),
            By::Method(method) => put("method", method.to_string()),
        }
        if self.by() == By::Method(Method::Flex) {
            words.extend(apart(self.layout.words()));
        }
        if matches!(self.by(), By::Method(method) if method.blended().is_some()) {
            words.extend(apart(self.blend.words()));
        }
        words
    }
}

fn size(matrix: &Matrix) -> (usize, usize) {
    (matrix.templates.len(), matrix.facts.len())
}

/// Templates of one kind may change places.
fn kind(matrix: &Matrix) -> impl Fn(usize) -> usize {
    |template| matrix.templates[template].kind as usize
}

/// Rows of one relation after those of another; they follow each other.
fn by_relation(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    rows.chunk_by(|a, b| a.relation == b.relation)
}

/// `--preset fused` as two words.
fn apart(words: Vec<String>) -> impl Iterator<Item = String> {
    let each = |word: String| word.split(' ').map(str::to_owned).collect::<Vec<_>>();
    words.into_iter().flat_map(each)
}

/// `m1,m3,a2`.
fn ids(matrix: &Matrix, set: &[usize]) -> String {
    let id = |&template: &usize| -> TemplateId { matrix.templates[template] };
    let ids: Vec<String> = set.iter().map(|t| id(t).to_string()).collect();
    ids.join(",")
}
