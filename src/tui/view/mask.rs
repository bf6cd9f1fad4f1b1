//! The mask: who reads whom, and why.
//!
//! ```text
//! ┌ Mask ─ 349 × 349, 1 cell = 4 × 8 tokens ─────────────┐
//! │    m1        m2        a1                            │
//! │m1  ██▖                                               │
//! │m2  ░░░░██▖                                           │
//! │a1            ██▖                                     │
//! │→   ████████████████▖                                 │
//! │█ own question  ▒ partly  ░ manual cross-attention  … │
//! │row 348 ":" of a1, key 12 "France" of m1              │
//! │row 348 fuses: reads all 3 questions                  │
//! │fused: first answer token reads 3 of 3 questions      │
//! └──────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{put, put_wrapped};
use crate::engine::Method;
use crate::layout::{Preset, Reason};
use crate::tui::app::{App, Block, Grid, Level, MaskParts, Model, Sequence};
use crate::tui::text::{clip, visible, width, wrap};
use crate::tui::theme::{Ink, Theme};

/// How strong partly readable blocks are drawn.
const PARTIAL: f32 = 0.5;

fn grid(app: &App, sequence: &Sequence, cells: Rect) -> Grid {
    let (width, height) = (usize::from(cells.width), usize::from(cells.height));
    Grid::new(
        sequence,
        app.mask.zoom,
        width,
        height,
        app.theme.half_blocks(),
    )
}

pub fn title(app: &App, inner: Rect) -> String {
    let Some(Ok(sequence)) = app.sequence() else {
        return "Mask".into();
    };
    let times = app.theme.symbols.times();
    let grid = grid(app, sequence, MaskParts::new(inner).cells);
    let len = sequence.len();
    let scale = match (grid.tokens, grid.fold * grid.per_line) {
        (1, 1) => "1 cell = 1 token".to_owned(),
        (keys, rows) => format!("1 cell = {keys} {times} {rows} tokens"),
    };
    format!("Mask  {len} {times} {len}, {scale}")
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let sequence = match app.sequence() {
        Some(Ok(sequence)) => sequence,
        Some(Err(message)) => {
            put_wrapped(buf, area, 0, &visible(message, theme.symbols), theme.warn);
            return;
        }
        None => {
            put_wrapped(
                buf,
                area,
                0,
                &visible(&waiting(app), theme.symbols),
                theme.dim,
            );
            return;
        }
    };
    let parts = MaskParts::new(area);
    if parts.cells.is_empty() {
        return;
    }
    let grid = grid(app, sequence, parts.cells);
    draw_rulers(app, sequence, &grid, &parts, buf);
    draw_cells(app, sequence, &grid, parts.cells, buf);
    draw_words(app, sequence, parts.words, buf);
}

/// Why there is no mask yet.
fn waiting(app: &App) -> String {
    match (&app.model, app.data_error()) {
        (_, Some(error)) => error.to_owned(),
        (Model::Failed(message), _) => {
            let key = |action| app.keymap.key(action);
            use crate::tui::keymap::Action;
            format!(
                "{message} — {} loads it again, {} loads the demo model",
                key(Action::Reload),
                key(Action::LoadDemo)
            )
        }
        _ if app.data().is_some() && app.fact.is_none() => "no fact to show".into(),
        (Model::Loading { what, done, total }, _) if *total > 0 => {
            format!("loading {what}: {} %", done * 100 / total)
        }
        _ => "the tokenizer is being loaded".into(),
    }
}

/// Names of segments above the keys and beside the rows; the row that emits the first answer token has an arrow.
fn draw_rulers(app: &App, sequence: &Sequence, grid: &Grid, parts: &MaskParts, buf: &mut Buffer) {
    let theme = &app.theme;
    for (i, segment) in sequence.layout.segments().iter().enumerate() {
        if segment.is_empty() {
            continue;
        }
        let style = theme
            .written(Ink::Owner(i), 1.0)
            .add_modifier(Modifier::BOLD);
        let (start, end) = (
            grid.keys.of(segment.start),
            grid.keys.of(segment.end - 1) + 1,
        );
        let (from, to) = (
            start.max(app.mask.left),
            end.min(app.mask.left + usize::from(parts.keys.width)),
        );
        if from < to && !parts.keys.is_empty() {
            let room = to - from;
            let name = sequence.names.get(i).map_or("", String::as_str);
            // A border shows as a tick where the name has no room.
            let name = if width(name) < room {
                name
            } else if theme.symbols.unicode {
                "╷"
            } else {
                "'"
            };
            let at = Rect {
                x: parts.keys.x + (from - app.mask.left) as u16,
                width: room as u16,
                ..parts.keys
            };
            put(buf, at, 0, &[(name, style)]);
        }
        let first = grid.rows.of(segment.start) / grid.per_line;
        let last = grid.rows.of(segment.end - 1) / grid.per_line;
        let line = first.max(app.mask.top);
        if line <= last && line < app.mask.top + usize::from(parts.rows.height) {
            let name = sequence.names.get(i).map_or("", String::as_str);
            put(
                buf,
                parts.rows,
                (line - app.mask.top) as u16,
                &[(name, style)],
            );
        }
    }
    let emitting = grid.rows.of(sequence.emitting()) / grid.per_line;
    if let Some(line) = emitting.checked_sub(app.mask.top) {
        let x = parts.rows.x + parts.rows.width.saturating_sub(1);
        let at = Rect {
            x,
            width: parts.rows.width.min(1),
            ..parts.rows
        };
        put(
            buf,
            at,
            line.min(usize::from(u16::MAX)) as u16,
            &[(theme.symbols.emits(), theme.accent)],
        );
    }
}

fn draw_cells(app: &App, sequence: &Sequence, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let per_line = grid.per_line;
    let rows = app.mask.top * per_line;
    let rows = rows..(rows + usize::from(area.height) * per_line).min(grid.rows.len());
    let keys = app.mask.left..(app.mask.left + usize::from(area.width)).min(grid.keys.len());
    if rows.is_empty() || keys.is_empty() {
        return;
    }
    let picture = grid.picture(sequence, rows.clone(), keys.clone());
    for (line, blocks) in (0u16..).zip(picture.chunks(per_line)) {
        for (column, i) in (0u16..).zip(0..keys.len()) {
            let upper = blocks[0][i];
            let lower = blocks.get(1).map(|row| row[i]);
            let (symbol, style) =
                cell(theme, upper, lower.filter(|_| per_line == 2), per_line == 2);
            buf[(area.x + column, area.y + line)]
                .set_symbol(symbol)
                .set_style(style);
        }
    }
    draw_crosshair(app, grid, area, buf);
}

/// One cell of the picture: half-blocks of two colours, or a character whose shape says how much is readable.
fn cell(theme: &Theme, upper: Block, lower: Option<Block>, half: bool) -> (&'static str, Style) {
    if !half {
        return (
            shape(theme, upper),
            theme.written(upper.ink, strength(upper.level)),
        );
    }
    let colour = |block: Block| {
        theme
            .ink(block.ink, strength(block.level))
            .filter(|_| block.level != Level::Empty)
    };
    match (colour(upper), lower.and_then(colour)) {
        (None, None) => (" ", Style::new()),
        (Some(upper), None) => ("▀", Style::new().fg(upper)),
        (None, Some(lower)) => ("▄", Style::new().fg(lower)),
        (Some(upper), Some(lower)) => ("▀", Style::new().fg(upper).bg(lower)),
    }
}

fn strength(level: Level) -> f32 {
    if level == Level::Partial {
        PARTIAL
    } else {
        1.0
    }
}

/// Full, partly readable and empty blocks differ in shape, and so does cross-attention.
fn shape(theme: &Theme, block: Block) -> &'static str {
    let unicode = theme.symbols.unicode;
    match (block.level, block.ink) {
        (Level::Empty, _) => {
            if unicode {
                "·"
            } else {
                "."
            }
        }
        (Level::Full, Ink::Cross) => {
            if unicode {
                "░"
            } else {
                "x"
            }
        }
        (Level::Full, Ink::Shared) => {
            if unicode {
                "▓"
            } else {
                "s"
            }
        }
        (Level::Full, _) => {
            if unicode {
                "█"
            } else {
                "#"
            }
        }
        (Level::Partial, Ink::Cross) => {
            if unicode {
                "╎"
            } else {
                ":"
            }
        }
        (Level::Partial, _) => {
            if unicode {
                "▒"
            } else {
                "+"
            }
        }
    }
}

/// The crosshair's cell is reversed; its row and column show as lines through the empty cells.
fn draw_crosshair(app: &App, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let line = (grid.rows.of(app.mask.row) / grid.per_line).checked_sub(app.mask.top);
    let column = grid.keys.of(app.mask.key).checked_sub(app.mask.left);
    let line = line
        .and_then(|line| u16::try_from(line).ok())
        .filter(|line| *line < area.height);
    let column = column
        .and_then(|column| u16::try_from(column).ok())
        .filter(|column| *column < area.width);
    let empty = |symbol: &str| matches!(symbol, " " | "·" | ".");
    let (across, down, both) = if theme.symbols.unicode {
        ("┄", "┆", "┼")
    } else {
        ("-", "|", "+")
    };
    let width = (grid.keys.len() - app.mask.left).min(usize::from(area.width)) as u16;
    let height = (grid.lines() - app.mask.top).min(usize::from(area.height)) as u16;
    if let Some(line) = line {
        for x in 0..width {
            let cell = &mut buf[(area.x + x, area.y + line)];
            if empty(cell.symbol()) {
                cell.set_symbol(across).set_style(theme.dim);
            }
        }
    }
    if let Some(column) = column {
        for y in 0..height {
            let cell = &mut buf[(area.x + column, area.y + y)];
            if empty(cell.symbol()) {
                cell.set_symbol(down).set_style(theme.dim);
            }
        }
    }
    if let (Some(line), Some(column)) = (line, column) {
        let cell = &mut buf[(area.x + column, area.y + line)];
        cell.set_symbol(both)
            .set_style(theme.accent.add_modifier(Modifier::REVERSED));
    }
}

/// Verdict, reason, crosshair and legend from below; the verdict has two lines where it needs them, and the legend
/// goes first where lines are missing.
fn draw_words(app: &App, sequence: &Sequence, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    if area.is_empty() {
        return;
    }
    let room = usize::from(area.width);
    let (text, good) = verdict(app, sequence);
    let style = if good { theme.good } else { theme.warn }.add_modifier(Modifier::BOLD);
    let mut lines = vec![(clip(&text, room, theme.symbols).into_owned(), style)];
    if area.height > 3 && width(&text) > room {
        lines = wrap(&text, room)
            .into_iter()
            .take(2)
            .map(|line| (line, style))
            .collect();
    }
    let reason = reason(sequence, app.mask.row, app.mask.key);
    let place = place(app, sequence);
    let mut above = vec![(clip(&reason, room, theme.symbols).into_owned(), theme.text)];
    if usize::from(area.height) > lines.len() + 1 {
        above.insert(
            0,
            (clip(&place, room, theme.symbols).into_owned(), theme.dim),
        );
    }
    above.extend(lines);
    let missing = above.len().saturating_sub(usize::from(area.height));
    let first = area.height.saturating_sub(above.len() as u16);
    for (line, (text, style)) in (first..).zip(&above[missing..]) {
        put(buf, area, line, &[(text, *style)]);
    }
    if first > 0 {
        draw_legend(app, sequence, area, 0, buf);
    }
}

fn draw_legend(app: &App, sequence: &Sequence, area: Rect, line: u16, buf: &mut Buffer) {
    let theme = &app.theme;
    let block = |level, ink| {
        let (symbol, style) = cell(
            theme,
            Block { level, ink },
            Some(Block { level, ink }),
            theme.half_blocks(),
        );
        if theme.half_blocks() {
            ("█", style.bg.map_or(style, |bg| Style::new().fg(bg)))
        } else {
            (symbol, style)
        }
    };
    let own = block(Level::Full, Ink::Owner(0));
    let partly = block(Level::Partial, Ink::Owner(0));
    let mut entries = vec![(own, " own question  "), (partly, " partly  ")];
    let options = sequence.layout.options();
    if options.manual_cross_attention {
        entries.push((block(Level::Full, Ink::Cross), " manual cross-attention  "));
    }
    if sequence.layout.role.first() == Some(&crate::layout::Role::Shared) {
        entries.push((block(Level::Full, Ink::Shared), " shared  "));
    }
    entries.push((block(Level::Full, Ink::Fuse), " reads all  "));
    entries.push((
        (theme.symbols.emits(), theme.accent),
        " emits 1st answer token",
    ));
    let mut pieces = Vec::new();
    let mut used = 0;
    for ((symbol, style), words) in entries {
        used += width(symbol) + width(words.trim_end());
        if used > usize::from(area.width) {
            break;
        }
        used += width(words) - width(words.trim_end());
        pieces.extend([(symbol, style), (words, theme.dim)]);
    }
    put(buf, area, line, &pieces);
}

/// `NOT fused: first answer token reads 1 of 5 questions (preset seed)`, or that the method has no mask, and whether that is as one would wish.
fn verdict(app: &App, sequence: &Sequence) -> (String, bool) {
    if let Some(reason) = &sequence.too_long {
        return (visible(reason, app.theme.symbols).into_owned(), false);
    }
    let method = app.choice.method;
    if method != Method::Flex {
        let asked = if method == Method::Origin {
            "the first question"
        } else {
            "every question"
        };
        return (
            format!("method {method}: {asked} alone, not this mask"),
            false,
        );
    }
    let preset = Preset::of(&app.choice.options).map_or("custom options".to_owned(), |preset| {
        format!("preset {preset}")
    });
    let all = sequence.names.len();
    let word = match (sequence.is_fused(), all) {
        (true, 1) => "",
        (true, _) => "fused: ",
        (false, _) => "NOT fused: ",
    };
    let questions = if all == 1 { "question" } else { "questions" };
    let text = format!(
        "{word}first answer token reads {} of {all} {questions} ({preset})",
        sequence.reads
    );
    (text, sequence.is_fused())
}

/// `row 348 ":" of a1, key 12 "France" of m1`.
fn place(app: &App, sequence: &Sequence) -> String {
    let token = |at: usize| {
        let text = visible(&sequence.texts[at], app.theme.symbols).into_owned();
        let part = match (sequence.owner(at), sequence.layout.role.get(at)) {
            (Some(owner), _) => format!(" of {owner}"),
            (None, None) => " generated".into(),
            (None, Some(role)) => format!(" {}", role.name()),
        };
        format!("{at} \"{text}\"{part}")
    };
    format!("row {}, key {}", token(app.mask.row), token(app.mask.key))
}

/// Why the row may or may not read the key: `a2 cannot read m1: other segment`.
fn reason(sequence: &Sequence, row: usize, key: usize) -> String {
    let layout = &sequence.layout;
    let name = |segment: u32| {
        sequence
            .names
            .get(segment as usize)
            .map_or("?", String::as_str)
    };
    let who = |at: usize| {
        sequence
            .owner(at)
            .map_or_else(|| format!("token {at}"), str::to_owned)
    };
    match layout.reason(row, key) {
        Reason::Later => format!("row {row} cannot read key {key}: it comes later"),
        Reason::Plain => {
            format!("row {row} reads key {key}: isolation is off, every earlier token is read")
        }
        Reason::Fuses if row >= layout.len() => format!(
            "row {row} is generated and fuses: reads all {} questions",
            sequence.names.len()
        ),
        Reason::Fuses => format!(
            "row {row} fuses: reads all {} questions",
            sequence.names.len()
        ),
        Reason::Shared => format!("{} reads token {key}: it is shared", who(row)),
        Reason::SameSegment(segment) => format!("{} reads itself: same segment", name(segment)),
        Reason::ManualCross => format!("{} reads {}: manual cross-attention", who(row), who(key)),
        Reason::OtherSegment { row, key } => {
            format!("{} cannot read {}: other segment", name(row), name(key))
        }
        Reason::KeyInNoSegment => format!(
            "{} cannot read token {key}: it belongs to no segment",
            who(row)
        ),
        Reason::RowInNoSegment => format!("token {row} reads nothing: it belongs to no segment"),
    }
}
