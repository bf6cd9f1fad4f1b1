//! The explorer's configuration file.
//!
//! ```toml
//! theme = "dark"        # dark, light, colour-blind
//! colours = "auto"      # auto, none, 16, 256, true
//! symbols = "auto"      # auto, unicode, ascii
//! graphics = "auto"     # auto, cells, kitty, iterm2, sixel
//! mouse = true
//! [keys]
//! run-fact = ["r", "f5"]
//! ```

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::graphics::Choice;
use super::keymap::{Key, Keymap};
use super::theme::{Level, Symbols, Theme, ThemeName};

/// What the file says; defaults where it says nothing.
#[derive(Debug, Clone)]
pub struct Config {
    pub theme: ThemeName,
    /// `None`: as the environment says.
    pub level: Option<Level>,
    pub symbols: Option<Symbols>,
    pub graphics: Choice,
    pub mouse: bool,
    pub keymap: Keymap,
}

/// Why the file cannot be used. Every message names file, line and key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}:{line}: {message}", path.display())]
    Wrong {
        path: PathBuf,
        line: usize,
        message: String,
    },
}

impl Default for Config {
    fn default() -> Self {
        Config {
            theme: ThemeName::Dark,
            level: None,
            symbols: None,
            graphics: Choice::Auto,
            mouse: true,
            keymap: Keymap::default(),
        }
    }
}

impl Config {
    /// Reads the file; a missing one means the defaults.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        match crate::text::read_to_string(path) {
            Ok(text) => Config::parse(path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
            Err(source) => Err(ConfigError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Reads the text of a file; `path` is for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let wrong = |span: Range<usize>, message: String| ConfigError::Wrong {
            path: path.to_owned(),
            line: text[..span.start.min(text.len())].matches('\n').count() + 1,
            message,
        };
        let table = DeTable::parse(text)
            .map_err(|error| wrong(error.span().unwrap_or_default(), error.message().to_owned()))?;
        let mut config = Config::default();
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            config
                .set(name, value)
                .map_err(|(span, message)| wrong(span, message))?;
        }
        // The conflict is laid to the file's line that gives away one of the two keys.
        config.keymap.check().map_err(|conflict| {
            let keys = table
                .get_ref()
                .get("keys")
                .and_then(|keys| keys.get_ref().as_table());
            let line = [conflict.second, conflict.first]
                .iter()
                .find_map(|name| keys.and_then(|keys| keys.get_key_value(*name)))
                .map_or(0..0, |(key, _)| key.span());
            wrong(line, conflict.to_string())
        })?;
        Ok(config)
    }

    fn set(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), (Range<usize>, String)> {
        let at = |message: String| (value.span(), message);
        let word = || {
            let found = value.get_ref();
            found.as_str().ok_or_else(|| {
                at(format!(
                    "`{name}` is of type {}: expected a string",
                    found.type_str()
                ))
            })
        };
        match name {
            "theme" => self.theme = word()?.parse().map_err(at)?,
            "colours" | "colors" => {
                self.level = match word()? {
                    "auto" => None,
                    "none" => Some(Level::None),
                    "16" => Some(Level::Ansi16),
                    "256" => Some(Level::Ansi256),
                    "true" => Some(Level::True),
                    other => {
                        return Err(at(format!(
                            "`{name}` is `{other}`: expected auto, none, 16, 256 or true"
                        )));
                    }
                }
            }
            "symbols" => {
                self.symbols = match word()? {
                    "auto" => None,
                    "unicode" => Some(Symbols { unicode: true }),
                    "ascii" => Some(Symbols { unicode: false }),
                    other => {
                        return Err(at(format!(
                            "`symbols` is `{other}`: expected auto, unicode or ascii"
                        )));
                    }
                }
            }
            "graphics" => {
                let known = |why| at(format!("`graphics`: {why}"));
                self.graphics = word()?.parse().map_err(known)?;
            }
            "mouse" => {
                self.mouse = value
                    .get_ref()
                    .as_bool()
                    .ok_or_else(|| at("`mouse`: expected true or false".into()))?;
            }
            "keys" => {
                let keys = value
                    .get_ref()
                    .as_table()
                    .ok_or_else(|| at("`keys`: expected a table".into()))?;
                for (action, value) in keys {
                    let parsed = read_keys(action.get_ref(), value)?;
                    if parsed.is_empty() && action.get_ref() == "quit" {
                        let message = "`quit` needs a key: there is no other way out".to_owned();
                        return Err((value.span(), message));
                    }
                    if !self.keymap.set(action.get_ref(), parsed) {
                        let names: Vec<_> = self.keymap.names().collect();
                        let message = format!(
                            "no action is called `{}`: expected one of {}",
                            action.get_ref(),
                            names.join(", ")
                        );
                        return Err((action.span(), message));
                    }
                }
            }
            _ => {
                let message = format!(
                    "`{name}` is not known: expected theme, colours, symbols, graphics, mouse or keys"
                );
                return Err(at(message));
            }
        }
        Ok(())
    }

    /// The theme for this environment.
    pub fn theme(&self, variable: impl Fn(&str) -> Option<String> + Copy) -> Theme {
        let level = self.level.unwrap_or_else(|| Level::detect(variable));
        let symbols = self.symbols.unwrap_or_else(|| Symbols::detect(variable));
        Theme::new(self.theme, level, symbols)
    }
}

/// One key or a list of keys.
fn read_keys(
    action: &str,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<Key>, (Range<usize>, String)> {
    let one = |value: &Spanned<DeValue<'_>>| {
        let text = value.get_ref().as_str().ok_or_else(|| {
            (
                value.span(),
                format!("keys of `{action}`: expected a string or a list of strings"),
            )
        })?;
        text.parse()
            .map_err(|message: String| (value.span(), format!("`{action}`: {message}")))
    };
    match value.get_ref().as_array() {
        Some(list) => list.iter().map(one).collect(),
        None => one(value).map(|key| vec![key]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse(Path::new("config.toml"), text)
            .map_or_else(|error| error.to_string(), |_| "fine".into())
    }

    #[test]
    fn errors_name_file_line_and_key() {
        assert_eq!(
            error("theme = \"light\"\n[keys]\nrun-fact = [\"r\", \"f5\"]\n"),
            "fine"
        );
        assert_eq!(
            error("mouse = true\ntheme = \"blue\"\n"),
            "config.toml:2: theme `blue` is not known: expected dark, light or colour-blind"
        );
        assert!(
            error("[keys]\nrun-fact = \"hyper-r\"")
                .starts_with("config.toml:2: `run-fact`: key `hyper-r`")
        );
        assert!(
            error("[keys]\nrun-fatc = \"r\"")
                .starts_with("config.toml:2: no action is called `run-fatc`")
        );
        assert_eq!(
            error("[keys]\nhelp = []\nquit = []"),
            "config.toml:3: `quit` needs a key: there is no other way out"
        );
        assert!(error("theme = ").starts_with("config.toml:1: "));
        assert_eq!(
            error("[keys]\n\nquit = \"z\"\n"),
            "config.toml:3: key `z` is given to both `quit` and `zoom`: choose another for one of them"
        );
    }
}
