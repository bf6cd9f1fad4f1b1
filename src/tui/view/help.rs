//! Help: what the program shows, then every key from the table that dispatches them.
//!
//! ```text
//! ┌ Help ───────────────────────────────────────────────┐
//! │Several questions about one fact stand in one prompt…│
//! │Everywhere                                           │
//! │  p            next preset                           │
//! └─────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::overlay::open;
use super::put;
use crate::tui::app::App;
use crate::tui::text::wrap;

const INTRODUCTION: [&str; 5] = [
    "MyriadLAMA asks for one fact through many templates. lamascope puts the chosen questions into one prompt and lets \
     an attention mask keep them apart; the rows that fuse read all of them and make one answer.",
    "Mask: a row is a token that reads, a column a token that is read. Lit cells are read; the colour says whose they \
     are, a dim cell is partly read, the line below says why. The arrow marks the row that emits the first answer token.",
    "With preset fused that row reads every question. With seed, the method as documented, it stands inside the last \
     segment and reads one: the first token is not fused. seed-as-run fuses it by accident where the model has a BOS.",
    "A first walk: / filters relations (type p36, enter), tab goes on to facts and templates, space chooses templates, \
     p changes the preset while you watch the mask, r runs the fact, R the relation, s saves the results.",
    "c compares all methods and presets on one fact; templates then show their own answers. A dot after a template \
     (m1•) marks a wording of this fact that the demo model was trained on.",
];

pub fn draw(app: &App, top: usize, screen: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let keys = [("up/down", "scroll"), ("any other key", "closes")];
    let inner = open(
        app,
        "Help",
        &keys,
        (92, screen.height.saturating_sub(2).max(6)),
        screen,
        buf,
    );
    let columns = usize::from(inner.width);
    let mut lines: Vec<[(String, Style); 2]> = Vec::new();
    let mut plain = |text: String, style| lines.push([(text, style), (String::new(), theme.text)]);
    for paragraph in INTRODUCTION {
        wrap(paragraph, columns)
            .into_iter()
            .for_each(|line| plain(line, theme.text));
        plain(String::new(), theme.text);
    }
    let mut place = None;
    for (here, keys, words) in app.keymap.help() {
        if place != Some(here) {
            if place.is_some() {
                lines.push([(String::new(), theme.text), (String::new(), theme.text)]);
            }
            lines.push([
                (here.title().to_owned(), theme.title),
                (String::new(), theme.text),
            ]);
            place = Some(here);
        }
        lines.push([
            (format!("  {keys:<14} "), theme.key),
            (words.to_owned(), theme.text),
        ]);
    }
    let top = top.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (line, [(left, left_style), (right, right_style)]) in (0..inner.height).zip(&lines[top..]) {
        put(
            buf,
            inner,
            line,
            &[(left, *left_style), (right, *right_style)],
        );
    }
}
