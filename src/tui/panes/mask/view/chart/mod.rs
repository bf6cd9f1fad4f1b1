//! The other views of an answer in the mask's place: bars and small maps, and what their colours mean.
//!
//! ```text
//! ┌ Attention 2 of 6: what each token of the answer read (d: next view) ┐
//! │mean of 6 layers, mean of 4 heads                                    │
//! │token      what it read                                         nats │
//! │" Paris"   m1 20%     m2 21%     a1 60%                         2.99 │
//! │"\n\n"     m1 19%     m2 22%     a1 55%                    front 3.89│
//! │█ m1  █ m2  █ a1  █ front  █ rest                                    │
//! └─────────────────────────────────────────────────────────────────────┘
//! ```

mod lines;
mod maps;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::bar::ink_of_part;
use crate::inspect::view::{Body, chart, part_sign};
use crate::tui::panes::mask::MaskPane;
use crate::tui::text::{visible, wrap};
use crate::tui::theme::Level;
use crate::tui::widgets::cells::{put_owned, put_wrapped};
use crate::tui::workspace::Workspace;

/// One line of the screen.
type Line = Vec<(String, Style)>;

/// Lines below the chart for what its colours mean; none where there is no room.
fn legend_lines(area: Rect) -> u16 {
    u16::from(area.height > 5)
}

/// Everything between title and legend, however long; the message where there is nothing to show.
fn body(work: &Workspace, area: Rect) -> Result<Vec<Line>, String> {
    let (Some(portrait), Some(sequence)) = (work.portrait(), work.built()) else {
        return Err(work.unseen().unwrap_or_default());
    };
    let unstudied = work.unstudied();
    let Some(chart) = chart(portrait.view, &portrait.sighted()) else {
        return Err(unstudied.unwrap_or_default());
    };
    let theme = &work.theme;
    let width = usize::from(area.width);
    let said = |text: &str, style: Style| -> Vec<Line> {
        let text = visible(text, theme.symbols);
        let lines = wrap(&text, width).into_iter();
        lines.map(|line| vec![(line, style)]).collect()
    };
    let mut all = said(&chart.title, theme.dim);
    if let Some(why) = unstudied {
        all.extend(said(&why, theme.warn));
    }
    let height = usize::from(area.height - legend_lines(area)).saturating_sub(all.len());
    all.extend(match &chart.body {
        Body::Lines {
            header,
            lines,
            chosen,
        } => lines::lines(work, sequence, (header, lines, *chosen), width),
        Body::Maps {
            maps,
            rows,
            columns,
            chosen,
        } => {
            let axes = (&rows[..], &columns[..]);
            maps::lines(work, sequence, maps, axes, *chosen, (width, height))
        }
    });
    Ok(all)
}

/// How far the chart can be scrolled.
pub fn last_top(work: &Workspace, area: Rect) -> usize {
    let room = usize::from(area.height - legend_lines(area));
    body(work, area).map_or(0, |lines| lines.len().saturating_sub(room))
}

pub fn draw(pane: &MaskPane, work: &Workspace, area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let lines = match body(work, area) {
        Ok(lines) => lines,
        Err(why) => {
            put_wrapped(buf, area, 0, &visible(&why, theme.symbols), theme.warn);
            return;
        }
    };
    let above = Rect {
        height: area.height - legend_lines(area),
        ..area
    };
    for (line, pieces) in (0..above.height).zip(lines.iter().skip(pane.chart_top)) {
        put_owned(theme.symbols, buf, above, line, pieces);
    }
    if above.height < area.height {
        put_owned(theme.symbols, buf, area, area.height - 1, &legend(work));
    }
}

/// `█ m1  █ a1  █ front  █ rest`.
fn legend(work: &Workspace) -> Line {
    let Some(sequence) = work.built() else {
        return Vec::new();
    };
    let theme = &work.theme;
    let names = sequence.names.iter().map(String::as_str);
    let names: Vec<&str> = names.chain(["front", "rest"]).collect();
    let mut line = Vec::new();
    for (part, name) in names.iter().enumerate() {
        let sign = match theme.level {
            Level::None => part_sign(part, names.len()).to_string(),
            _ => theme.symbols.pick("█", "#").to_owned(),
        };
        line.push((sign, theme.written(ink_of_part(sequence, part), 1.0)));
        line.push((format!(" {name}  "), theme.dim));
    }
    line
}
