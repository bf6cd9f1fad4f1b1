//! A mask as data.

use std::io::{self, Write};

use serde::Serialize;

use crate::layout::{Layers, Layout, Role, Window};
use crate::text;

/// Prompts of more tokens are better written without their cells, which grow with the square: 4,096 make 17 MB.
pub const MOST_ROWS: usize = 4_096;

#[derive(Serialize)]
struct Tokens<'a> {
    tokens: Vec<String>,
    /// Segment index, or −1.
    owner: Vec<i64>,
    role: &'a [Role],
    positions: &'a [u32],
    /// Per row the ranges of keys that it reads, `[first, one past the last]`.
    reads: Vec<Vec<[usize; 2]>>,
    /// Where some of the model's layers have a sliding window: which layers these rows are of, and what the window is.
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Layers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
}

/// Writes `{"tokens", "owner", "role", "positions", "reads", "rows"}` on one line. A row of `reads` holds the ranges of
/// keys `[first, one past the last]` that it reads; of `rows`, which is left out unless `cells`, a `1` for each key that
/// it reads and a `0` for each other. `layers` and `window` are added where some of the model's layers have a `window`. `token` gives a token's text.
pub fn write_json(
    to: &mut dyn Write,
    layout: &Layout,
    window: Option<Window>,
    cells: bool,
    token: impl Fn(u32) -> String,
) -> io::Result<()> {
    let ranges = |row| {
        layout
            .visible(row)
            .iter()
            .map(|keys| [keys.start, keys.end])
    };
    let tokens = Tokens {
        tokens: layout.tokens.iter().map(|&id| token(id)).collect(),
        owner: layout
            .owner
            .iter()
            .map(|owner| owner.map_or(-1, i64::from))
            .collect(),
        role: &layout.role,
        positions: &layout.positions,
        reads: (0..layout.len()).map(|row| ranges(row).collect()).collect(),
        layers: window.map(|_| layout.window().map_or(Layers::Full, |_| Layers::Window)),
        window,
    };
    let mut head = Vec::new();
    text::write_json(&mut head, &tokens)?;
    if !cells {
        head.push(b'\n');
        return to.write_all(&head);
    }
    // Written row by row: only the output grows with the square of the tokens.
    to.write_all(head.strip_suffix(b"}").unwrap_or(&head))?;
    to.write_all(b",\"rows\":[")?;
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
