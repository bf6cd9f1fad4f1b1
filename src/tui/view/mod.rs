//! The screen, drawn from the state alone. One file per pane.
//!
//! ```text
//!  lamascope  P36 capital · France      preset fused · cross off · method flex      demo 3M · cpu f32
//! ┌ Relations 41 ──────┐┌ Templates ─ manual 2/5  auto 1/18 ────┐┌ Mask ─ 349 × 349, 1 cell = 4 × 8 ──┐
//! │▸P36   capital    25││ ▣ m1 The capital of France is [MASK]. ││    m1        m2        a1          │
//! ├ Facts ─────────────┤│ □ m3 France's capital is [MASK].      ││ m1 ██▖                             │
//! │▸France → Paris     ││                                       ││ first answer token reads 3 of 3    │
//! ├ Prompt ────────────┴┴───────────────────────────────────────┤├ Run ─ P36 · flex fused ────────────┤
//! │   0 m1  ⟨bos⟩Based on the context, predict …                 ││ accuracy 72.2 % [49.1, 87.5]       │
//! └─────────────────────────────────────────────────────────────┘└────────────────────────────────────┘
//!  space toggle  x cross  p preset  r run fact  R run relation  ? help  q quit
//! ```

mod facts;
mod footer;
mod header;
mod list;
mod mask;
mod notice;
mod options;
mod overlay;
mod prompt;
mod relations;
mod run;
mod sets;
mod shots;
mod templates;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use super::app::{App, Overlay, Pane, Screen};
use super::text::{clip, width};
use super::theme::Theme;
use crate::numbers::thousands;

/// Draws the whole screen. [`App::prepare`] has been called.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let screen = app.screen();
    if area.width < app.size.0 || area.height < app.size.1 {
        // The terminal is smaller than the state knows yet; its resize event is on the way.
        return;
    }
    header::draw(app, screen.header, buf);
    for pane in Pane::ALL {
        if screen.pane(pane).is_empty() {
            continue;
        }
        let inner = frame(app, &screen, pane, buf);
        match pane {
            Pane::Relations => relations::draw(app, inner, buf),
            Pane::Facts => facts::draw(app, inner, buf),
            Pane::Templates => templates::draw(app, inner, buf),
            Pane::Mask => mask::draw(app, inner, buf),
            Pane::Prompt => prompt::draw(app, inner, buf),
            Pane::Run => run::draw(app, inner, buf),
        }
    }
    footer::draw(app, screen.footer, buf);
    match &app.overlay {
        Some(Overlay::Options(rows)) => options::draw(app, rows, buf),
        Some(Overlay::Shots(editor)) => shots::draw(app, editor, buf),
        Some(Overlay::Sets(rows)) => sets::draw(app, rows, buf),
        Some(Overlay::Help { top }) => overlay::page(app, *top, 0, buf),
        Some(Overlay::Command { top, cursor }) => overlay::page(app, *top, *cursor, buf),
        Some(Overlay::Ask {
            question,
            input,
            says,
            ..
        }) => overlay::ask(app, *question, input, says.as_ref(), buf),
        None => {}
    }
    // On top of everything: it may take some lines above the last one.
    notice::draw(app, screen.footer, buf);
}

/// A pane's title; those that can say it in fewer words look at the columns that it has.
fn title(app: &App, pane: Pane, room: usize) -> String {
    match pane {
        Pane::Relations => relations::title(app),
        Pane::Facts => facts::title(app),
        Pane::Templates => templates::title(app),
        Pane::Mask => mask::title(app, room),
        Pane::Prompt => prompt::title(app),
        Pane::Run => run::title(app),
    }
}

/// A pane's border and title; returns what is inside.
fn frame(app: &App, screen: &Screen, pane: Pane, buf: &mut Buffer) -> Rect {
    let area = screen.pane(pane);
    let theme = &app.theme;
    let focused = app.focus == pane && app.overlay.is_none();
    let style = if focused { theme.focused } else { theme.border };
    let title_style = if focused { theme.focused } else { theme.title };
    if screen.borders {
        let labels = app.labels(pane).into_iter().map(|label| label.text);
        let behind = labels.collect::<String>();
        let room = usize::from(area.width.saturating_sub(4)).saturating_sub(width(&behind));
        let title = Line::from(Span::styled(
            format!(" {} ", clip(&title(app, pane, room), room, theme.symbols)),
            title_style,
        ));
        let block = Block::bordered()
            .border_set(borders(app))
            .border_style(style);
        let behind = Line::styled(behind, theme.dim).right_aligned();
        let mut block = block.title(title).title(behind);
        if let Some(below) = below(app, pane).filter(|below| *below > 0) {
            block = block.title_bottom(more_below(app, below));
        }
        block.render(area, buf);
    } else if !area.is_empty() {
        let title = title(app, pane, usize::from(area.width));
        put(buf, area, 0, &[(&title, title_style)]);
    }
    screen.inner(pane)
}

/// How many lines stand below those on screen, in panes that do not say it in their title.
fn below(app: &App, pane: Pane) -> Option<usize> {
    match pane {
        Pane::Run => app.run_below(),
        _ => None,
    }
}

/// ` 3 more below `, for the border under what can be scrolled.
fn more_below(app: &App, below: usize) -> Line<'static> {
    Line::styled(format!(" {} more below ", thousands(below)), app.theme.dim).right_aligned()
}

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

fn borders(app: &App) -> border::Set<'static> {
    if app.theme.symbols.unicode {
        border::PLAIN
    } else {
        ASCII
    }
}

/// Writes pieces of text on one line of an area, cut at its right edge; returns the columns used.
///
/// The pieces have passed [`visible`](super::text::visible).
fn put(buf: &mut Buffer, area: Rect, line: u16, pieces: &[(&str, Style)]) -> u16 {
    let y = area.y + line;
    if line >= area.height {
        return 0;
    }
    let mut x = area.x;
    for (text, style) in pieces {
        let room = area.right().saturating_sub(x);
        if room == 0 {
            break;
        }
        x = buf.set_stringn(x, y, text, usize::from(room), *style).0;
    }
    x - area.x
}

/// As [`put`], right-aligned; nothing where `taken` columns at the left leave no room.
fn put_right(buf: &mut Buffer, area: Rect, line: u16, taken: u16, pieces: &[(&str, Style)]) {
    let needs = pieces.iter().map(|(text, _)| width(text)).sum::<usize>();
    let room = usize::from(area.width.saturating_sub(taken));
    if needs <= room && needs > 0 {
        let x = area.right() - needs as u16;
        put(
            buf,
            Rect {
                x,
                width: needs as u16,
                ..area
            },
            line,
            pieces,
        );
    }
}

/// Paints the background of one line.
fn paint(buf: &mut Buffer, area: Rect, line: u16, style: Style) {
    if line < area.height {
        buf.set_style(
            Rect {
                y: area.y + line,
                height: 1,
                ..area
            },
            style,
        );
    }
}

/// Text in lines of the area's width from line `from` on; returns the line after it.
fn put_wrapped(buf: &mut Buffer, area: Rect, from: u16, text: &str, style: Style) -> u16 {
    let mut line = from;
    for part in super::text::wrap(text, usize::from(area.width)) {
        put(buf, area, line, &[(&part, style)]);
        line += 1;
    }
    line
}

/// `.91`, `1.0`: always three columns.
fn share(value: f32) -> String {
    if value >= 0.995 {
        "1.0".into()
    } else {
        format!("{value:.2}").trim_start_matches('0').to_owned()
    }
}

/// `✓ .91`, in the style of what is right or wrong.
fn verdict(theme: &Theme, right: bool, probability: f32) -> (String, Style) {
    let words = format!("{} {}", theme.symbols.verdict(right), share(probability));
    (words, theme.verdict(right))
}
