//! The file of a sweep: keys are options of `run`, a list of values spans the grid.
//!
//! ```toml
//! relation = ["P36", "P30"]                                # two sweeps in one
//! templates = ["m1,m2,m3", { draws = 5, k = [1, 3, 5] }]   # one set, and fifteen at random
//! method = ["avg", "flex"]
//! preset = ["fused", "series"]                             # read by flex alone: three ways to ask
//! ```

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::sets::Sets;
use crate::cli::run::RunArgs;
use crate::cli::{CliError, Command, parse};
use crate::data::{Dataset, TemplateId};
use crate::engine::Method;
use crate::layout::LayoutOption;
use crate::text::read_to_string;
use crate::text::shell_line;

/// A key and whether a list of values may stand behind it.
type Key = (&'static str, bool);

/// The options of `run` that a sweep may set, but for those of the layout, from the outermost loop to the innermost: what a
/// model is loaded for comes first, then what stands in front of the questions.
const KEYS: [Key; 28] = [
    ("data", false),
    ("columns", false),
    ("dataset", false),
    ("device", false),
    ("batch", false),
    ("model", true),
    ("dtype", true),
    ("path", true),
    ("relation", true),
    ("uuids", false),
    ("max-samples", false),
    ("shots", true),
    ("seed", true),
    ("few-shot", true),
    ("shots-from", true),
    ("chat", true),
    ("thinking", true),
    ("max-new-tokens", true),
    ("num-manual", true),
    ("num-auto", true),
    ("num-paraphrases", true),
    ("set", true),
    (TEMPLATES, true),
    ("repeat", true),
    ("method", true),
    (FROM_LAYER, true),
    (ALPHA, true),
    ("extract", false),
];
const TEMPLATES: &str = "templates";
const FROM_LAYER: &str = "from-layer";
const ALPHA: &str = "alpha";
const PRESET: Key = ("preset", true);
const CONFIDENCE: [Key; 3] = [
    ("confidence", false),
    ("samples", false),
    ("sample-seed", false),
];

/// Keys that choose templates: those of different lines exclude each other.
const CHOOSING: [&[&str]; 4] = [
    &["num-manual", "num-auto"],
    &["num-paraphrases"],
    &["set"],
    &[TEMPLATES],
];

/// Keys that say what is asked, not in which way.
const WHAT: [&str; 7] = [
    "relation",
    "num-manual",
    "num-auto",
    "num-paraphrases",
    "set",
    TEMPLATES,
    "max-samples",
];

/// More cells than anyone waits for.
const MOST_CELLS: usize = 10_000;

/// What stands in for the relations, one cell each.
const EACH: &str = "each";

/// What a key is set to.
enum Value {
    /// As typed behind `run`: `--few-shot 5`; nothing for a switch that is off.
    Words(Vec<String>),
    /// Every relation of the data.
    EachRelation,
    /// Sets of templates that depend on what the relation has.
    Sets(Sets),
}

/// What a file spans.
pub struct Grid {
    path: String,
    /// In the order of the loops.
    keys: Vec<(&'static str, Vec<Value>)>,
}

/// One cell: a command line of `run`.
pub struct Cell {
    pub run: Box<RunArgs>,
    /// The options of that command line.
    pub words: Vec<String>,
    /// The options that tell its way of asking from that of other cells.
    pub way: String,
}

/// Options of a cell that is being put together, each under its key.
type Options = Vec<(&'static str, Vec<String>)>;

impl Grid {
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let text = read_to_string(path).map_err(|e| {
            CliError::Failed(format!(
                "{name}: cannot be read: {e}; expected a sweep in TOML"
            ))
        })?;
        let wrong = |(span, message): (Range<usize>, String)| {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            let message: Vec<&str> = message.split_whitespace().collect();
            CliError::Failed(format!("{name}:{line}: {}", message.join(" ")))
        };
        let table = DeTable::parse(&text).map_err(|error| {
            wrong((error.span().unwrap_or_default(), error.message().to_owned()))
        })?;
        let table = table.get_ref();
        for key in table.keys() {
            known(key.get_ref()).map_err(|message| wrong((key.span(), message)))?;
        }
        let mut choosing: Option<(usize, &str)> = None;
        let mut keys = Vec::new();
        for key in all_keys() {
            let Some(value) = table.get(key.0) else {
                continue;
            };
            if let Some(group) = CHOOSING.iter().position(|group| group.contains(&key.0)) {
                if let Some((_, other)) = choosing.filter(|(other, _)| *other != group) {
                    let message = format!(
                        "`{}` and `{other}` both choose templates: keep one of them",
                        key.0
                    );
                    return Err(wrong((value.span(), message)));
                }
                choosing = Some((group, key.0));
            }
            keys.push((key.0, values(key, value).map_err(wrong)?));
        }
        if keys.is_empty() {
            let message = "spans no grid: give at least one key, such as relation or templates";
            return Err(wrong((0..0, message.to_owned())));
        }
        Ok(Grid { path: name, keys })
    }

    /// A command line of what is the same for all cells.
    pub fn common(&self) -> Result<Box<RunArgs>, CliError> {
        let alone = |(_, values): &&(&str, Vec<Value>)| values.len() == 1;
        let words = self
            .keys
            .iter()
            .filter(alone)
            .flat_map(|(_, values)| match &values[0] {
                Value::Words(words) => words.as_slice(),
                _ => &[],
            });
        run_args(words.cloned())
    }

    /// Every cell, none twice, in the order of the loops.
    pub fn cells(&self, data: &Dataset) -> Result<Vec<Cell>, CliError> {
        let mut cells: Vec<Options> = vec![Vec::new()];
        for (key, values) in &self.keys {
            let mut grown = Vec::new();
            for cell in cells {
                if !is_read(key, run_args(joined(&cell))?.method()) {
                    grown.push(cell);
                    continue;
                }
                for words in self.options(key, values, &cell, data)? {
                    let mut cell = cell.clone();
                    cell.push((*key, words));
                    grown.push(cell);
                }
                if grown.len() > MOST_CELLS {
                    return Err(CliError::Failed(format!(
                        "{}: `{key}` makes it more than {MOST_CELLS} cells: leave some values out",
                        self.path
                    )));
                }
            }
            cells = grown;
        }
        let mut seen = HashSet::new();
        cells.retain(|cell| seen.insert(joined(cell)));
        cells.into_iter().map(|cell| self.cell(cell)).collect()
    }

    /// What a key adds to a cell, once per value.
    fn options(
        &self,
        key: &str,
        values: &[Value],
        cell: &Options,
        data: &Dataset,
    ) -> Result<Vec<Vec<String>>, CliError> {
        let mut all = Vec::new();
        for value in values {
            match value {
                Value::Words(words) => all.push(words.clone()),
                Value::EachRelation => {
                    let word = |id: &String| vec!["--relation".to_owned(), id.clone()];
                    all.extend(data.relations.iter().map(|relation| word(&relation.id)));
                }
                Value::Sets(sets) => {
                    let relations = run_args(joined(cell))?.relations();
                    let pool = common_templates(data, &relations)?;
                    let sets = sets.of(&pool).map_err(|message| {
                        let of = match relations.is_empty() {
                            true => String::new(),
                            false => format!(" of {}", relations.join(",")),
                        };
                        CliError::Failed(format!("{}: `{key}`{of}: {message}", self.path))
                    })?;
                    let typed = |ids: &Vec<TemplateId>| {
                        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                        vec![format!("--{TEMPLATES}"), ids.join(",")]
                    };
                    all.extend(sets.iter().map(typed));
                }
            }
        }
        Ok(all)
    }

    fn cell(&self, options: Options) -> Result<Cell, CliError> {
        let words = joined(&options);
        let run = run_args(words.clone())?;
        let spans = |key: &str| {
            self.keys
                .iter()
                .any(|(k, values)| *k == key && values.len() > 1)
        };
        let tells = |(key, _): &&(&'static str, Vec<String>)| {
            let always = ["method", "preset"].contains(key);
            always || (spans(key) && !WHAT.contains(key))
        };
        let mut way: Options = options.iter().filter(tells).cloned().collect();
        if !way.iter().any(|(key, _)| *key == "method") {
            way.push((
                "method",
                vec!["--method".to_owned(), run.method().to_string()],
            ));
        }
        Ok(Cell {
            way: shell_line(&joined(&way)),
            run,
            words,
        })
    }
}

fn joined(options: &Options) -> Vec<String> {
    options
        .iter()
        .flat_map(|(_, words)| words.clone())
        .collect()
}

/// `lamascope run` with these options.
fn run_args(words: impl IntoIterator<Item = String>) -> Result<Box<RunArgs>, CliError> {
    let line = ["lamascope".to_owned(), "run".to_owned()];
    match parse(line.into_iter().chain(words))?.command {
        Some(Command::Run(args)) => Ok(args),
        _ => unreachable!("the line asks for `run`"),
    }
}

fn all_keys() -> impl Iterator<Item = Key> {
    let options = LayoutOption::ALL.iter().map(|row| (row.name, true));
    KEYS.into_iter()
        .chain([PRESET])
        .chain(options)
        .chain(CONFIDENCE)
}

fn is_layout(key: &str) -> bool {
    key == PRESET.0 || LayoutOption::of(key).is_some()
}

/// Whether a method reads a key; most keys are read by all.
fn is_read(key: &str, method: Method) -> bool {
    match key {
        FROM_LAYER | ALPHA => method.blended().is_some(),
        key => !is_layout(key) || method.has_layout(),
    }
}

fn known(key: &str) -> Result<(), String> {
    if all_keys().any(|(name, _)| name == key) {
        return Ok(());
    }
    let names: Vec<&str> = all_keys().map(|(name, _)| name).collect();
    let near = names
        .iter()
        .min_by_key(|name| strsim::levenshtein(name, key));
    let near = near.filter(|name| strsim::levenshtein(name, key) <= 3);
    Err(format!(
        "`{key}` is not known: {}expected options of `run`: {}",
        near.map_or(String::new(), |name| format!("did you mean `{name}`? ")),
        names.join(", ")
    ))
}

/// What a key is set to, checked by the command line itself.
fn values(
    (key, many): Key,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<Value>, (Range<usize>, String)> {
    let Some(list) = value.get_ref().as_array() else {
        return Ok(vec![one(key, value)?]);
    };
    if list.is_empty() {
        let message = format!("`{key}` is empty: give a value, or leave the key out");
        return Err((value.span(), message));
    }
    if !many && list.len() > 1 {
        let message = format!("`{key}` is the same for all cells: give one value");
        return Err((value.span(), message));
    }
    list.iter().map(|value| one(key, value)).collect()
}

fn one(key: &str, value: &Spanned<DeValue<'_>>) -> Result<Value, (Range<usize>, String)> {
    let wrong = |message: String| (value.span(), format!("`{key}`: {message}"));
    let switch = LayoutOption::of(key).is_some_and(LayoutOption::is_switch);
    let expected = match (switch, key) {
        (true, _) => "true or false",
        (_, TEMPLATES) => "\"m1,m3,a2\", or a table with subsets, draws or disjoint",
        _ => "a text or a number",
    };
    let text = match value.get_ref() {
        DeValue::Boolean(on) if switch => {
            let words = on.then(|| format!("--{key}"));
            return Ok(Value::Words(words.into_iter().collect()));
        }
        DeValue::Table(table) if key == TEMPLATES => {
            let sets = Sets::read(table)
                .map_err(|(span, message)| (span, format!("`{key}`: {message}")))?;
            return Ok(Value::Sets(sets));
        }
        DeValue::String(text) if !switch => text.to_string(),
        DeValue::Integer(number) if !switch && number.radix() == 10 => number.as_str().to_owned(),
        DeValue::Float(number) if !switch => number.as_str().to_owned(),
        other => {
            let found = other.type_str();
            return Err(wrong(format!("found {found}, expected {expected}")));
        }
    };
    if key == "relation" && text == EACH {
        return Ok(Value::EachRelation);
    }
    if key == "uuids" && text == "-" {
        return Err(wrong(
            "the cells cannot all read stdin: name a file".to_owned(),
        ));
    }
    let words = vec![format!("--{key}"), text];
    run_args(words.clone())
        .map_err(|error| wrong(error.to_string().replace(" (try --help)", "")))?;
    Ok(Value::Words(words))
}

/// Ids of the templates that each of these relations has; of all relations where none is named. Own wordings are asked by
/// name alone.
fn common_templates(data: &Dataset, relations: &[String]) -> Result<Vec<TemplateId>, CliError> {
    let mut chosen = Vec::new();
    for id in relations {
        chosen.push(&data.relations[data.relation(id)?]);
    }
    if relations.is_empty() {
        chosen.extend(&data.relations);
    }
    let Some((first, others)) = chosen.split_first() else {
        return Ok(Vec::new());
    };
    let templates = first.templates.iter().filter(|template| !template.is_own());
    Ok(templates
        .map(|template| template.id)
        .filter(|&id| others.iter().all(|other| other.find_template(id).is_some()))
        .collect())
}
