//! The files of the sets, `NAME.toml` each in the `sets` folder of the configuration folder.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{ENDING, SetError, TemplateSet, check_name, text};
use crate::text::read_to_string;

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
        Ok(text) => text::parse(name, &text).map_err(|message| SetError::Shape { path, message }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(SetError::Unknown {
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
    let shape = |message| SetError::Shape {
        path: path.clone(),
        message,
    };
    let text = text::write(set).map_err(shape)?;
    // A reader never sees half a file, nor does the next start after a power cut.
    let mut half = tempfile::NamedTempFile::new_in(&sets).map_err(io)?;
    half.write_all(text.as_bytes()).map_err(io)?;
    half.as_file().sync_all().map_err(io)?;
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

fn names(folder: &Path) -> Result<Vec<String>, SetError> {
    let sets = folder.join("sets");
    let entries = match std::fs::read_dir(&sets) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
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

/// The file of a set whose name is checked.
fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join("sets").join(format!("{name}{ENDING}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::LONGEST;
    use super::*;
    use crate::data::TemplateId;

    #[test]
    fn a_set_comes_back_as_it_was_saved() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let templates = BTreeMap::from([(
            "P36".to_owned(),
            vec![
                TemplateId::manual(2),
                TemplateId::auto(1),
                TemplateId::own(1),
            ],
        )]);
        let set = TemplateSet {
            name: "two".into(),
            templates,
            wordings: BTreeMap::from([(
                "P36".to_owned(),
                BTreeMap::from([(TemplateId::own(1), "[X]: \"[Y]\"".to_owned())]),
            )]),
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
            ..TemplateSet::default()
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
            ..TemplateSet::default()
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
            (
                "[templates]\nP36 = [\"o1\"]",
                "P36: o1 has no text under `[wordings.P36]`",
            ),
            (
                "[templates]\n[wordings.P36]\no1 = \"[X]\"",
                "wordings of P36: o1: missing: [Y]",
            ),
            (
                "[templates]\n[wordings.P36]\nm1 = \"[X] [Y]\"",
                "wordings of P36: `m1` is one of the data",
            ),
        ] {
            std::fs::write(folder.path().join("sets/x.toml"), text)?;
            let message = load(folder.path(), "x").map_err(|error| error.to_string());
            let message = message.expect_err(text);
            assert!(message.contains(part), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
        Ok(())
    }
}
