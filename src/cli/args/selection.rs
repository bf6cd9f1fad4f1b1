//! Which facts, templates and shots of which data.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::{List, ORIGINALS, ShotArgs, TemplateArgs, named, positive, words};
use crate::cli::CliError;
use crate::data::{Columns, Dataset, Error, Selected, Selection, Source, Style};
use crate::prompt::{Shots, ShotsFrom};
use crate::sets;
use crate::text::{read_text, read_to_string};

/// Where the data comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct DataArgs {
    /// embedded, hub, or a path: .parquet .arrow .arrows .feather .jsonl .csv, a folder of them, or a saved `datasets` folder
    #[arg(long, default_value = "embedded", value_name = "SOURCE", value_parser = OsStringValueParser::new().map(Source::from))]
    data: Source,
    /// What the columns of a table of your own hold, as in question=q1+q2,answers=gold (see --help)
    ///
    /// KEY=COLUMN between commas; columns joined with + hold one wording, answer or choice each; choices.text is a field of a
    /// column; a backslash takes the character behind it as it stands. Keys: question (a text, or a list of wordings),
    /// answers (a text, a list, or with split=; several in one text), id (rows with one id are wordings of one question),
    /// relation (groups facts), kind (manual or auto, true or false), subject (a name for the fact); template and subject in
    /// place of question, for sentences with [X] and [Y]; choices, labels and first=1 for questions with choices, whose answer
    /// is a label, an index or a text.
    #[arg(long, value_name = "KEY=COL,…", value_parser = columns)]
    columns: Option<Columns>,
    /// Which embedded or hub data: myriadlama or webqa
    #[arg(long, default_value = "myriadlama", value_name = "NAME", help_heading = ORIGINALS)]
    pub dataset: Style,
}

impl DataArgs {
    /// What to load.
    ///
    /// # Errors
    /// Columns of data whose columns are known.
    pub fn source(&self) -> Result<Source, CliError> {
        let data = self.data.clone();
        match &self.columns {
            None => Ok(data),
            Some(columns) => data.with_columns(columns.clone()).map_err(CliError::Usage),
        }
    }

    /// What differs from the defaults, as option names and values.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let data = (self.data != Source::default()).then(|| ("data", self.data.to_string()));
        let columns = self.columns.as_ref();
        let columns = columns.map(|columns| ("columns", columns.to_string()));
        let style =
            (self.dataset != Style::default()).then(|| ("dataset", self.dataset.to_string()));
        data.into_iter().chain(columns).chain(style).collect()
    }
}

fn columns(text: &str) -> Result<Columns, String> {
    text.parse()
}

/// A selection as it stands on the command line.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArgs {
    #[command(flatten)]
    pub source: DataArgs,
    /// Only these relations
    #[arg(long, value_name = "P36,P17", value_parser = words)]
    relation: Option<List<String>>,
    /// Only these facts of the selection, by their uuids; shots are drawn as for all of it
    #[arg(long, value_name = "UUID,UUID", value_parser = words)]
    pub fact: Option<List<String>>,
    /// Only facts whose uuids stand in this file (- for stdin), one per line
    #[arg(long, value_name = "FILE")]
    pub uuids: Option<PathBuf>,
    /// The first N facts in data order
    #[arg(long, alias = "max_samples", value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    pub max_samples: Option<usize>,
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub shots: ShotArgs,
    /// Where shots are drawn from: all facts, the question's relation, or that in the question's own template
    #[arg(long, default_value_t, value_name = "FROM", value_parser = named::<ShotsFrom>())]
    shots_from: ShotsFrom,
    /// Ask every chosen template K times, as a control: fusing without other wording
    #[arg(long, default_value_t = 1, value_name = "K", value_parser = positive, allow_negative_numbers = true)]
    repeat: usize,
    /// Accepted; lemmas are always written
    #[arg(long, help_heading = ORIGINALS)]
    lemmaize: bool,
}

impl SelectionArgs {
    /// What of data and shots differs from the defaults.
    pub fn words_around(&self) -> Vec<(&'static str, String)> {
        let from = (self.shots_from != ShotsFrom::Random)
            .then(|| ("shots-from", self.shots_from.to_string()));
        let (data, shots) = (self.source.words(), self.shots.words());
        data.into_iter().chain(shots).chain(from).collect()
    }

    /// Shots from the file, or drawn; drawn ones are taken out of `facts` where they stand there, the second value says how
    /// many.
    pub fn draw_shots(
        &self,
        data: &Dataset,
        facts: &mut Vec<usize>,
    ) -> Result<(Shots, usize), CliError> {
        let given = self.shots.given()?;
        if given.is_some() && self.shots_from != ShotsFrom::Random {
            return Err(CliError::Usage(
                "--shots gives the shots, --shots-from draws them: leave one of them out"
                    .to_owned(),
            ));
        }
        let (count, seed) = (self.shots.count(), self.shots.seed);
        Ok(match (given, self.shots_from) {
            (Some(shots), _) => (shots, 0),
            (None, ShotsFrom::Random) => Shots::draw(data, facts, count, seed)?,
            (None, from) => {
                let own_template = from == ShotsFrom::Template;
                Shots::draw_near(data, facts, count, seed, own_template)?
            }
        })
    }

    /// Ids of the chosen relations; all where empty.
    pub fn relations(&self) -> Vec<String> {
        self.relation.clone().unwrap_or_default().0
    }

    /// The choice of facts and templates; reads the file of `--uuids`. What a set says comes on top in
    /// [`SelectionArgs::apply`].
    pub fn selection(&self) -> Result<Selection, CliError> {
        Ok(Selection {
            relations: self.relations(),
            uuids: self.uuids.as_deref().map(read_uuids).transpose()?,
            templates: self.templates.given().unwrap_or_default(),
            max_samples: self.max_samples,
        })
    }

    /// The facts of `--fact` among those that are selected, in their order.
    ///
    /// # Errors
    /// One that is not selected.
    pub fn named_facts(
        &self,
        data: &Dataset,
        selected: &[usize],
    ) -> Result<Option<Vec<usize>>, CliError> {
        let Some(List(uuids)) = &self.fact else {
            return Ok(None);
        };
        let uuid = |fact: usize| &data.facts[fact].uuid;
        for asked in uuids {
            if !selected.iter().any(|&fact| uuid(fact) == asked) {
                return Err(CliError::Failed(format!(
                    "no fact with uuid `{asked}` is selected: take one from the uuid column of a result file"
                )));
            }
        }
        let named = |fact: &usize| uuids.contains(uuid(*fact));
        Ok(Some(selected.iter().copied().filter(named).collect()))
    }

    /// Finds the chosen facts and templates in the data; the own wordings of a set become templates of theirs.
    pub fn apply(&self, data: &mut Arc<Dataset>) -> Result<Selected, CliError> {
        let mut selected = self.once(data)?;
        for templates in &mut selected.templates {
            let copies = |&template: &usize| std::iter::repeat_n(template, self.repeat);
            *templates = templates.iter().flat_map(copies).collect();
        }
        Ok(selected)
    }

    /// The chosen templates in words.
    pub fn describe_templates(&self) -> String {
        let templates = self.templates.describe();
        match self.repeat {
            1 => templates,
            times => format!("{templates}, {times} times each"),
        }
    }

    /// The selection with every template once.
    fn once(&self, data: &mut Arc<Dataset>) -> Result<Selected, CliError> {
        let selection = self.selection()?;
        let Some(name) = &self.templates.set else {
            return Ok(selection.apply(data)?);
        };
        let set = sets::load(&sets::config_folder()?, name)?;
        set.add_wordings(Arc::make_mut(data))
            .map_err(|error| CliError::Failed(format!("set `{name}`: {error}")))?;
        // The limit counts facts that have templates, so it comes last.
        let mut selected = Selection {
            max_samples: None,
            ..selection
        }
        .apply(data)?;
        selected.templates = set.resolve(data);
        selected
            .facts
            .retain(|&fact| !selected.templates[data.facts[fact].relation].is_empty());
        selected
            .facts
            .truncate(self.max_samples.unwrap_or(usize::MAX));
        selected.notes.clear();
        if selected.facts.is_empty() {
            let what =
                format!("set `{name}` names no template of a selected relation: choose another");
            return Err(Error::Selection(what).into());
        }
        Ok(selected)
    }
}

fn read_uuids(file: &Path) -> Result<Vec<String>, CliError> {
    let read = match file.to_str() {
        Some("-") => read_text(io::stdin().lock()),
        _ => read_to_string(file),
    };
    let text = read.map_err(|e| {
        CliError::Failed(format!(
            "{}: cannot be read: {e}; expected one uuid per line",
            file.display()
        ))
    })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let uuids: Vec<String> = lines.map(str::to_owned).collect();
    if uuids.is_empty() {
        return Err(CliError::Failed(format!(
            "{}: is empty: expected one uuid per line",
            file.display()
        )));
    }
    Ok(uuids)
}
