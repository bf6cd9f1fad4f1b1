//! Values as Python's `json.dumps(value, ensure_ascii=False)` writes them.

use std::io::{self, Write};

use minijinja::value::Value;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

/// `{"a": 1, "b": [2, 3]}`, or one entry a line with so many blanks before it.
pub fn to_json(value: &Value, indent: Option<usize>) -> String {
    let mut out = Vec::new();
    let written = match indent {
        None => value.serialize(&mut Serializer::with_formatter(&mut out, Spaced)),
        Some(blanks) => {
            let indent = " ".repeat(blanks);
            let pretty = PrettyFormatter::with_indent(indent.as_bytes());
            value.serialize(&mut Serializer::with_formatter(&mut out, pretty))
        }
    };
    // What JSON cannot say (a key that is no text) a template has no use for.
    written.map_or_else(
        |_| String::new(),
        |()| String::from_utf8_lossy(&out).into_owned(),
    )
}

/// A blank behind every comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}
