//! A mask cell by cell.

use std::io::{self, Write};

use serde::Serialize;

use crate::layout::{Layout, Role};

#[derive(Serialize)]
struct Tokens<'a> {
    tokens: Vec<String>,
    /// Segment index, or −1.
    owner: Vec<i64>,
    role: &'a [Role],
    positions: &'a [u32],
}

/// Writes `{"tokens", "owner", "role", "positions", "rows"}` on one line; a row has a `1` for each key that it reads.
/// `text` gives a token's text. Rows are written one by one: only the output grows with the square of the tokens.
pub fn write_json(
    to: &mut dyn Write,
    layout: &Layout,
    text: impl Fn(u32) -> String,
) -> io::Result<()> {
    let tokens = Tokens {
        tokens: layout.tokens.iter().map(|&id| text(id)).collect(),
        owner: layout
            .owner
            .iter()
            .map(|owner| owner.map_or(-1, i64::from))
            .collect(),
        role: &layout.role,
        positions: &layout.positions,
    };
    let head = serde_json::to_string(&tokens)?;
    write!(to, "{},\"rows\":[", head.trim_end_matches('}'))?;
    let mut cells = vec![b'0'; layout.len()];
    for row in 0..layout.len() {
        cells.fill(b'0');
        for keys in layout.visible(row).iter() {
            cells[keys].fill(b'1');
        }
        to.write_all(if row == 0 { b"\"" } else { b",\"" })?;
        to.write_all(&cells)?;
        to.write_all(b"\"")?;
    }
    writeln!(to, "]}}")
}
