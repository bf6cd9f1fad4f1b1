//! Named sets of templates, shared by the explorer and `run --set NAME`.
//!
//! One TOML file per set in the `sets` folder of the configuration folder:
//!
//! ```toml
//! [templates]
//! P36 = ["m1", "m3", "a2"]
//! ```

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Relation, TemplateChoice, TemplateId};
use crate::text::read_to_string;

/// Templates per relation under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSet {
    pub name: String,
    /// Relation id to template ids, in the order of the prompt.
    pub templates: BTreeMap<String, Vec<TemplateId>>,
}

/// Why a set cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    #[error("a set needs a name")]
    NoName,
    #[error("a set's name has at most {LONGEST} letters, not {0}: shorten it")]
    TooLong(usize),
    #[error(
        "set name `{0}`: expected letters, digits, `-`, `_` and `.`, not starting with `-` or `.`"
    )]
    Name(String),
    #[error("no set is called `{name}`; there are: {}", if known.is_empty() { "none yet, save one in the explorer" } else { known })]
    Unknown { name: String, known: String },
    #[error("the set {name} exists already")]
    Exists { name: String },
    #[error("{}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{}: {message}; expected lines such as `P36 = [\"m1\", \"a2\"]` under `[templates]`: mend it, or remove it and \
         save the set again",
        path.display()
    )]
    Shape { path: PathBuf, message: String },
    #[error("no home folder is known: set HOME or XDG_CONFIG_HOME")]
    NoHome,
}

/// Letters of a name at most: of four bytes each they still are a file's name everywhere.
const LONGEST: usize = 60;

/// After the name of a set, in the name of its file.
const ENDING: &str = ".toml";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    templates: BTreeMap<String, Vec<String>>,
}

/// The program's folder for configuration, `$XDG_CONFIG_HOME/lamascope`.
pub fn config_folder() -> Result<PathBuf, SetError> {
    let strategy = etcetera::choose_base_strategy().map_err(|_| SetError::NoHome)?;
    Ok(strategy.config_dir().join("lamascope"))
}

/// Reads the set of this name from the configuration folder. The name of its file, `NAME.toml`, does as well.
pub fn load(folder: &Path, name: &str) -> Result<TemplateSet, SetError> {
    let name = check_name(name)?;
    let path = path(folder, name);
    match read_to_string(&path) {
        Ok(text) => parse(&path, name, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SetError::Unknown {
            name: name.to_owned(),
            known: names(folder)?.join(", "),
        }),
        Err(source) => Err(SetError::Io { path, source }),
    }
}

/// All sets by name, and what is wrong with the files that hold none.
pub fn list(folder: &Path) -> Result<(Vec<TemplateSet>, Vec<SetError>), SetError> {
    let (mut sets, mut broken) = (Vec::new(), Vec::new());
    for name in names(folder)? {
        match load(folder, &name) {
            Ok(set) => sets.push(set),
            Err(error) => broken.push(error),
        }
    }
    Ok((sets, broken))
}

/// Writes a set, replacing one of the same name where `replace` says so; returns its path.
pub fn save(folder: &Path, set: &TemplateSet, replace: bool) -> Result<PathBuf, SetError> {
    let path = path(folder, check_name(&set.name)?);
    let io = |source| SetError::Io {
        path: path.clone(),
        source,
    };
    let sets = folder.join("sets");
    std::fs::create_dir_all(&sets).map_err(io)?;
    let ids = |ids: &Vec<TemplateId>| ids.iter().map(TemplateId::to_string).collect();
    let file = File {
        templates: set
            .templates
            .iter()
            .map(|(relation, of)| (relation.clone(), ids(of)))
            .collect(),
    };
    let shape = |message: String| SetError::Shape {
        path: path.clone(),
        message,
    };
    let text = toml::to_string(&file).map_err(|error| shape(error.to_string()))?;
    // A reader never sees half a file.
    let mut half = tempfile::NamedTempFile::new_in(&sets).map_err(io)?;
    half.write_all(text.as_bytes()).map_err(io)?;
    let placed = if replace {
        half.persist(&path)
    } else {
        half.persist_noclobber(&path)
    };
    placed.map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => SetError::Exists {
            name: set.name.clone(),
        },
        _ => io(error.error),
    })?;
    Ok(path)
}

/// Removes a set.
pub fn delete(folder: &Path, name: &str) -> Result<(), SetError> {
    let path = path(folder, check_name(name)?);
    std::fs::remove_file(&path).map_err(|source| SetError::Io { path, source })
}

impl TemplateSet {
    /// Per relation of the data the set's templates as indices, manual ones first and the order kept within a
    /// kind; none for relations that the set does not name. What the data lacks is left out, what is named twice stands
    /// once.
    pub fn resolve(&self, data: &Dataset) -> Vec<Vec<usize>> {
        let one = |relation: &Relation| {
            let ids = self
                .templates
                .get(&relation.id)
                .cloned()
                .unwrap_or_default();
            TemplateChoice::Named(ids).of(relation)
        };
        data.relations.iter().map(one).collect()
    }
}

fn parse(path: &Path, name: &str, text: &str) -> Result<TemplateSet, SetError> {
    let shape = |message: String| SetError::Shape {
        path: path.to_owned(),
        message,
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..at].matches('\n').count() + 1;
        shape(format!("line {line}: {}", error.message()))
    })?;
    let ids = |(relation, ids): (String, Vec<String>)| {
        let ids: Result<Vec<TemplateId>, String> = ids.iter().map(|id| id.parse()).collect();
        ids.map(|ids| (relation.clone(), ids))
            .map_err(|error| shape(format!("{relation}: {error}")))
    };
    let templates = file
        .templates
        .into_iter()
        .map(ids)
        .collect::<Result<_, _>>()?;
    Ok(TemplateSet {
        name: name.to_owned(),
        templates,
    })
}

fn names(folder: &Path) -> Result<Vec<String>, SetError> {
    let sets = folder.join("sets");
    let entries = match std::fs::read_dir(&sets) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(SetError::Io { path: sets, source }),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(|source| SetError::Io {
                path: sets.clone(),
                source,
            })?
            .file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        // A file of another name was not saved as a set, and could not be asked for.
        if let Some(name) =
            name.filter(|&name| check_name(name).is_ok_and(|checked| checked == name))
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The name without a file's ending, where it can be given to `--set` and to a file.
pub fn check_name(name: &str) -> Result<&str, SetError> {
    let name = name.trim_end_matches(ENDING);
    let length = name.chars().count();
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name.chars().next() {
        None => Err(SetError::NoName),
        Some(_) if length > LONGEST => Err(SetError::TooLong(length)),
        // On a command line a name that begins with `-` would be an option.
        Some(first) if !matches!(first, '-' | '.') && name.chars().all(fine) => Ok(name),
        Some(_) => Err(SetError::Name(name.to_owned())),
    }
}

/// The file of a set whose name is checked.
fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join("sets").join(format!("{name}{ENDING}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Style, Watch};

    #[test]
    fn a_set_comes_back_as_it_was_saved() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let templates = BTreeMap::from([(
            "P36".to_owned(),
            vec![TemplateId::manual(2), TemplateId::auto(1)],
        )]);
        let set = TemplateSet {
            name: "two".into(),
            templates,
        };
        save(folder.path(), &set, false)?;
        let again = save(folder.path(), &set, false);
        assert!(matches!(again, Err(SetError::Exists { .. })));
        save(folder.path(), &set, true)?;
        assert_eq!(load(folder.path(), "two")?, set);
        assert_eq!(list(folder.path())?.0, [set]);
        let unknown = load(folder.path(), "three").map_err(|error| error.to_string());
        assert_eq!(
            unknown,
            Err("no set is called `three`; there are: two".into())
        );
        delete(folder.path(), "two")?;
        assert_eq!(list(folder.path())?.0, []);
        Ok(())
    }

    #[test]
    fn a_set_can_be_asked_for_by_the_name_that_it_was_saved_under()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let named = |name: &str| TemplateSet {
            name: name.into(),
            templates: BTreeMap::new(),
        };
        // Typed with a file's ending, it is the same set.
        let path = save(folder.path(), &named("a.toml"), false)?;
        assert!(path.ends_with("sets/a.toml"), "{}", path.display());
        assert_eq!(load(folder.path(), "a")?, named("a"));
        assert_eq!(load(folder.path(), "a.toml")?, named("a"));
        let long = "x".repeat(300);
        for (name, reason) in [
            ("", "a set needs a name"),
            (".toml", "a set needs a name"),
            ("-dash", "set name `-dash`: expected letters, digits"),
            (".hidden", "not starting with"),
            ("../two", "letters, digits"),
            ("two words", "letters, digits"),
            (
                &long,
                "a set's name has at most 60 letters, not 300: shorten it",
            ),
        ] {
            let refused =
                save(folder.path(), &named(name), false).map_err(|error| error.to_string());
            let message = refused.expect_err(name);
            assert!(message.contains(reason), "{name}: {message}");
        }
        save(folder.path(), &named(&"é".repeat(LONGEST)), false)?;
        // What was put there by hand under a name that is none does not hide the others.
        std::fs::write(folder.path().join("sets/-dash.toml"), "[templates]")?;
        assert_eq!(names(folder.path())?.len(), 2);
        Ok(())
    }

    #[test]
    fn a_broken_file_hides_no_other_set() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let set = TemplateSet {
            name: "good".into(),
            templates: BTreeMap::new(),
        };
        save(folder.path(), &set, false)?;
        std::fs::write(folder.path().join("sets/bad.toml"), "hello")?;
        let (sets, broken) = list(folder.path())?;
        assert_eq!(sets, [set]);
        let messages: Vec<String> = broken.iter().map(SetError::to_string).collect();
        assert!(
            matches!(&messages[..], [one] if one.contains("bad.toml: line 1: ")),
            "{messages:?}"
        );
        Ok(())
    }

    #[test]
    fn a_file_that_is_no_set_says_line_and_shape() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("sets"))?;
        for (text, part) in [
            (
                "",
                "line 1: missing field `templates`; expected lines such as",
            ),
            ("hello world\n", "line 1: "),
            ("[templates]\nP36 = [\"m1\",", "line 2: "),
            ("[templates]\nP36 = [\"x1\"]", "P36: "),
        ] {
            std::fs::write(folder.path().join("sets/x.toml"), text)?;
            let message = load(folder.path(), "x").map_err(|error| error.to_string());
            let message = message.expect_err(text);
            assert!(message.contains(part), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
        Ok(())
    }

    #[test]
    fn a_set_means_templates_that_are_there_each_once() -> Result<(), crate::data::Error> {
        let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none())?;
        let ids = [
            TemplateId::auto(1),
            TemplateId::manual(2),
            TemplateId::manual(2),
            TemplateId::manual(99),
        ];
        let set = TemplateSet {
            name: "some".into(),
            templates: BTreeMap::from([("P36".to_owned(), ids.to_vec())]),
        };
        let capital = data.relation("P36")?;
        for (relation, found) in set.resolve(&data).into_iter().enumerate() {
            let expected: &[usize] = if relation == capital { &[1, 5] } else { &[] };
            assert_eq!(found, expected);
        }
        Ok(())
    }
}
