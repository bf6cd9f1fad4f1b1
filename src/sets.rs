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

use crate::data::{Dataset, TemplateId};

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
    #[error("set name `{0}`: expected letters, digits, `-`, `_` and `.`, not starting with `.`")]
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
    #[error("{}: {message}", path.display())]
    Shape { path: PathBuf, message: String },
    #[error("no home folder is known: set HOME or XDG_CONFIG_HOME")]
    NoHome,
}

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

/// Reads the set of this name from the configuration folder.
pub fn load(folder: &Path, name: &str) -> Result<TemplateSet, SetError> {
    let path = path(folder, name)?;
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&path, name, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SetError::Unknown {
            name: name.to_owned(),
            known: names(folder)?.join(", "),
        }),
        Err(source) => Err(SetError::Io { path, source }),
    }
}

/// All sets by name. A broken file is an error that names it.
pub fn list(folder: &Path) -> Result<Vec<TemplateSet>, SetError> {
    names(folder)?
        .iter()
        .map(|name| load(folder, name))
        .collect()
}

/// Writes a set, replacing one of the same name where `replace` says so; returns its path.
pub fn save(folder: &Path, set: &TemplateSet, replace: bool) -> Result<PathBuf, SetError> {
    let path = path(folder, &set.name)?;
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
    let path = path(folder, name)?;
    std::fs::remove_file(&path).map_err(|source| SetError::Io { path, source })
}

impl TemplateSet {
    /// Per relation of the data the set's templates as indices, manual ones first and the order kept within a
    /// kind; `None` for relations that the set does not name. What the data lacks is left out.
    pub fn resolve(&self, data: &Dataset) -> Vec<Option<Vec<usize>>> {
        let one = |relation: &crate::data::Relation| {
            let ids = self.templates.get(&relation.id)?;
            let mut found: Vec<usize> = ids
                .iter()
                .filter_map(|id| relation.find_template(*id))
                .collect();
            found.sort_by_key(|&template| !relation.templates[template].is_manual());
            Some(found)
        };
        data.relations.iter().map(one).collect()
    }
}

fn parse(path: &Path, name: &str, text: &str) -> Result<TemplateSet, SetError> {
    let shape = |message: String| SetError::Shape {
        path: path.to_owned(),
        message,
    };
    let file: File =
        toml::from_str(text).map_err(|error| shape(error.to_string().trim().replace('\n', " ")))?;
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
        if let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".toml")) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a set can be called this.
pub fn check_name(name: &str) -> Result<(), SetError> {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fine) {
        return Err(SetError::Name(name.to_owned()));
    }
    Ok(())
}

fn path(folder: &Path, name: &str) -> Result<PathBuf, SetError> {
    check_name(name)?;
    Ok(folder.join("sets").join(format!("{name}.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(list(folder.path())?, [set]);
        let unknown = load(folder.path(), "three").map_err(|error| error.to_string());
        assert_eq!(
            unknown,
            Err("no set is called `three`; there are: two".into())
        );
        assert!(matches!(
            load(folder.path(), "../two"),
            Err(SetError::Name(_))
        ));
        delete(folder.path(), "two")?;
        assert_eq!(list(folder.path())?, []);
        Ok(())
    }
}
