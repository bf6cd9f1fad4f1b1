//! All attention of a row as one bar: the parts in their colours, as long as their shares.

use ratatui::style::{Modifier, Style};

use crate::inspect::view::part_sign;
use crate::tui::text::width;
use crate::tui::theme::{Ink, Level};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::sequence::Sequence;

/// The ink of a part: a question, what stands in front, the rest.
pub fn ink_of_part(sequence: &Sequence, part: usize) -> Ink {
    match part.checked_sub(sequence.names.len()) {
        None => Ink::Owner(sequence.place(part)),
        Some(0) => Ink::Shared,
        Some(_) => Ink::Fuse,
    }
}

/// Pieces `room` cells long together. A name stands inside its part, or the part is too small for one; without colours
/// a part is filled with its sign.
pub fn bar(
    work: &Workspace,
    sequence: &Sequence,
    shares: &[f32],
    room: usize,
) -> Vec<(String, Style)> {
    let questions = sequence.names.len();
    let mut pieces = Vec::new();
    let (mut sum, mut used) = (0.0, 0);
    for (part, share) in shares.iter().enumerate() {
        sum += share;
        let end = (sum * room as f32).round() as usize;
        let cells = end.min(room).saturating_sub(used);
        used += cells;
        let name = match part.checked_sub(questions) {
            None => sequence.names[part].as_str(),
            Some(0) => "front",
            Some(_) => "rest",
        };
        let forms = [format!("{name} {:.0}%", 100.0 * share), name.to_owned()];
        let name = forms.iter().find(|form| width(form) + 1 < cells);
        let mut text = name.map_or(String::new(), |name| format!("{name} "));
        let fill = match work.theme.level {
            Level::None => part_sign(part, shares.len()),
            _ => ' ',
        };
        text.extend(std::iter::repeat_n(fill, cells - width(&text)));
        let style = work.theme.written(ink_of_part(sequence, part), 1.0);
        pieces.push((text, style.add_modifier(Modifier::REVERSED)));
    }
    pieces
}
