//! Enumerations whose values have a name and a meaning: one table for command line, files, help and screen.

/// The name of a value, and what it means in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub name: &'static str,
    /// Other spellings that are understood.
    pub aliases: &'static [&'static str],
    pub meaning: &'static str,
}

/// A closed set of named values, as [`named!`] makes it.
pub trait Named: Copy + PartialEq + Send + Sync + 'static {
    /// Every value, in the order of help and screen.
    const ALL: &'static [Self];
    /// The words of [`Named::ALL`].
    const WORDS: &'static [Word];

    /// The value of a name or alias.
    fn from_name(name: &str) -> Option<Self> {
        let is = |word: &Word| word.name == name || word.aliases.contains(&name);
        Some(Self::ALL[Self::WORDS.iter().position(is)?])
    }
}

/// `expected repeated, shared`: why a text is none of the words.
pub fn expected(words: &[Word]) -> String {
    let names: Vec<&str> = words.iter().map(|word| word.name).collect();
    format!("expected {}", names.join(", "))
}

/// Defines an enumeration with a name, and aliases after it, for each value; the line of documentation is the value's
/// meaning. The name is how the value is displayed, parsed and stored.
macro_rules! named {
    (
        $(#[$outer:meta])*
        pub enum $name:ident {
            $(
                #[doc = $meaning:literal]
                $(#[$inner:meta])*
                $value:ident = $word:literal $(| $alias:literal)*
            ),+ $(,)?
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(
                #[doc = $meaning]
                $(#[$inner])*
                $value,
            )+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$value),+];

            /// As it is typed and stored.
            pub const fn name(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }
        }

        impl $crate::named::Named for $name {
            const ALL: &'static [$name] = $name::ALL;
            const WORDS: &'static [$crate::named::Word] = &[
                $($crate::named::Word {
                    name: $word,
                    aliases: &[$($alias),*],
                    meaning: $meaning.trim_ascii(),
                }),+
            ];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                use $crate::named::{Named, expected};
                Self::from_name(text).ok_or_else(|| expected(Self::WORDS))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse()
                    .map_err(|e| serde::de::Error::custom(format!("`{text}`: {e}")))
            }
        }
    };
}
pub(crate) use named;
