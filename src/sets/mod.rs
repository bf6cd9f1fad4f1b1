//! Named sets of templates, shared by the explorer and `run --set NAME`.
//!
//! | file | idea |
//! |---|---|
//! | here | a set: its name, and which templates of the data it means |
//! | `text` | a set as TOML |
//! | `folder` | the files of the sets, one each in the `sets` folder of the configuration folder |

mod folder;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use folder::{config_folder, delete, list, load, save};

use crate::data::{Dataset, Relation, TemplateChoice, TemplateId, TemplateKind};

/// Templates per relation under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateSet {
    pub name: String,
    /// Relation id to template ids, in the order of the prompt.
    pub templates: BTreeMap<String, Vec<TemplateId>>,
    /// Relation id to the texts of its own wordings: no data have them.
    pub wordings: BTreeMap<String, BTreeMap<TemplateId, String>>,
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

/// Maximum length of a name in characters: of four bytes each it still is a valid file name everywhere.
const LONGEST: usize = 60;

/// After the name of a set, in the name of its file.
const ENDING: &str = ".toml";

impl TemplateSet {
    /// Per relation of the data the set's templates as indices, manual ones first and the order kept within a
    /// kind; none for relations that the set does not name. What the data lacks is left out, what is named twice stands
    /// once. Own wordings are found by their texts: see [`TemplateSet::add_wordings`].
    pub fn resolve(&self, data: &Dataset) -> Vec<Vec<usize>> {
        let one = |relation: &Relation| {
            let ids = self.templates.get(&relation.id).into_iter().flatten();
            let in_data = |&id: &TemplateId| match id.kind {
                TemplateKind::Own => {
                    let text = self.wordings.get(&relation.id)?.get(&id)?;
                    let index = relation.find_wording(text)?;
                    Some(relation.templates[index].id)
                }
                TemplateKind::Manual | TemplateKind::Auto => Some(id),
            };
            TemplateChoice::Named(ids.filter_map(in_data).collect()).of(relation)
        };
        data.relations.iter().map(one).collect()
    }

    /// Adds the set's own wordings to the relations that the data have. In order of their numbers, so that the same set
    /// names them alike everywhere.
    ///
    /// # Errors
    /// The data take none.
    pub fn add_wordings(&self, data: &mut Dataset) -> Result<(), String> {
        for (relation, wordings) in &self.wordings {
            let known = (data.relations.iter()).position(|other| other.id == *relation);
            let Some(index) = known else { continue };
            for (id, text) in wordings {
                data.add_wording(index, Some(id.number), text)?;
            }
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Style, Watch};

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
            ..TemplateSet::default()
        };
        let capital = data.relation("P36")?;
        for (relation, found) in set.resolve(&data).into_iter().enumerate() {
            let expected: &[usize] = if relation == capital { &[1, 5] } else { &[] };
            assert_eq!(found, expected);
        }
        Ok(())
    }
}
