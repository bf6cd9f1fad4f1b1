//! The run: progress and accuracy, the answer in the making with its runners-up, answers so far, the log.
//!
//! ```text
//! ┌ Run ─ P36 · flex fused ─────────────────────────────────┐
//! │━━━━━━━━━━━━━──── 18/25 facts · 212 facts/s               │
//! │accuracy 72.2 % [49.1, 87.5]  ▁▃▅▅▆▆▇                     │
//! │France → Paris⏎   .91  Lyon .04  Nice .01                 │
//! │ ✓ .91 France → Paris                                     │
//! └──────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{put, put_wrapped, share};
use crate::evaluate::Count;
use crate::tui::app::{App, Run, Scope, Scored, State, Stream};
use crate::tui::keymap::Action;
use crate::tui::text::{clip, visible, width};

pub fn title(app: &App) -> String {
    let log = if app.show_log { " (log)" } else { "" };
    match &app.runs.current {
        None => format!("Run{log}"),
        Some(run) => format!("Run  {}{log}", visible(&run.job.title, app.theme.symbols)),
    }
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if app.show_log {
        return draw_log(app, area, buf);
    }
    let Some(run) = &app.runs.current else {
        return draw_invitation(app, area, buf);
    };
    let mut line = draw_progress(app, run, area, 0, buf);
    if let State::Failed(message) = &run.state {
        let text = visible(message, app.theme.symbols).into_owned();
        line = put_wrapped(buf, area, line, &text, app.theme.bad);
    }
    if run.job.plans.len() > 1 {
        return draw_comparison(app, run, area, line, buf);
    }
    if !matches!(run.job.scope, Scope::Fact(_)) {
        line = draw_accuracy(app, run, area, line, buf);
    }
    line = draw_streams(app, run, area, line, buf);
    draw_rows(app, run, area, line, buf);
}

fn draw_invitation(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let rows = [
        (Action::RunFact, "runs this fact and shows its answer grow"),
        (Action::Compare, "compares methods and presets on it"),
        (Action::RunRelation, "evaluates the relation"),
        (Action::SaveResults, "saves what came out"),
    ];
    for (line, (action, words)) in (0u16..).zip(rows) {
        put(
            buf,
            area,
            line,
            &[
                (&app.keymap.key(action), theme.key),
                (" ", theme.text),
                (words, theme.dim),
            ],
        );
    }
    draw_last_log(app, area, 5, buf);
}

fn draw_last_log(app: &App, area: Rect, from: u16, buf: &mut Buffer) {
    let room = usize::from(area.height.saturating_sub(from));
    let skip = app.log.len().saturating_sub(room);
    for (line, text) in (from..).zip(app.log.iter().skip(skip)) {
        let text = visible(text, app.theme.symbols);
        put(
            buf,
            area,
            line,
            &[(
                &clip(&text, usize::from(area.width), app.theme.symbols),
                app.theme.dim,
            )],
        );
    }
}

fn draw_log(app: &App, area: Rect, buf: &mut Buffer) {
    let all: Vec<String> = app
        .log
        .iter()
        .flat_map(|text| {
            crate::tui::text::wrap(&visible(text, app.theme.symbols), usize::from(area.width))
        })
        .collect();
    let skip = all
        .len()
        .saturating_sub(usize::from(area.height))
        .saturating_sub(app.run_top);
    for (line, text) in (0..area.height).zip(all.iter().skip(skip)) {
        put(buf, area, line, &[(text, app.theme.text)]);
    }
    if all.is_empty() {
        put(buf, area, 0, &[("nothing has happened yet", app.theme.dim)]);
    }
}

fn draw_progress(app: &App, run: &Run, area: Rect, line: u16, buf: &mut Buffer) -> u16 {
    let theme = &app.theme;
    let dot = theme.symbols.dot();
    let (done, all) = run.progress();
    let (state, style) = match &run.state {
        State::Running => ("running", theme.accent),
        State::Paused => ("paused", theme.warn),
        State::Cancelling => ("cancelling", theme.warn),
        State::Done => ("done", theme.good),
        State::Cancelled => ("cancelled", theme.warn),
        State::Failed(_) => ("failed", theme.bad),
    };
    let speed = run
        .speed()
        .map_or(String::new(), |speed| format!(" {dot} {speed:.0} facts/s"));
    let speed = if run.job.plans.len() == 1 && all > 1 {
        speed
    } else {
        String::new()
    };
    let stale = stale(app, run).map_or(String::new(), |why| format!(" {dot} {why}"));
    let counts = match run.job.scope {
        Scope::Fact(_) => String::new(),
        Scope::Compare(_) => format!(" {done}/{all} ways"),
        _ => format!(" {done}/{all} facts"),
    };
    let words = format!("{state}{counts}{speed}{stale}");
    let bar = usize::from(area.width)
        .saturating_sub(width(&words) + 1)
        .min(24);
    let full = (bar * done).checked_div(all).unwrap_or(0);
    let (on, off) = theme.symbols.gauge();
    let (on, off) = (on.repeat(full), off.repeat(bar - full));
    let pieces = [
        (on, style),
        (off, theme.border),
        (" ".to_owned(), theme.text),
        (words, style),
    ];
    put_owned(app, buf, area, line, &pieces);
    let mut line = line + 1;
    if let Some(next) = &app.runs.next {
        let text = format!("next: {}", visible(&next.title, theme.symbols));
        put_owned(app, buf, area, line, &[(text, theme.dim)]);
        line += 1;
    }
    line
}

/// Why what is shown does not answer what is on screen elsewhere; `None` where it does.
fn stale(app: &App, run: &Run) -> Option<&'static str> {
    let settings = match run.job.scope {
        Scope::Fact(fact) if Some(fact) != app.fact => return Some("another fact"),
        Scope::Compare(fact) if Some(fact) != app.fact => return Some("another fact"),
        Scope::Relation(relation) if relation != app.relation => return Some("another relation"),
        Scope::Selection | Scope::Everything => return None,
        Scope::Compare(_) => app.ways_settings(),
        Scope::Fact(_) | Scope::Relation(_) => app.settings(),
    };
    (run.job.settings != settings).then_some("earlier settings")
}

fn draw_accuracy(app: &App, run: &Run, area: Rect, line: u16, buf: &mut Buffer) -> u16 {
    let theme = &app.theme;
    let count = run
        .columns
        .first()
        .map(|column| column.tally.total)
        .unwrap_or_default();
    let used = put(
        buf,
        area,
        line,
        &[
            ("accuracy ", theme.dim),
            (&accuracy(&count), theme.title),
            ("  ", theme.text),
        ],
    );
    let rest = Rect {
        x: area.x + used,
        width: area.width - used,
        ..area
    };
    put(
        buf,
        rest,
        line,
        &[(
            &sparkline(app, run, usize::from(rest.width).min(24)),
            theme.accent,
        )],
    );
    line + 1
}

/// `72.2 % [49.1, 87.5]`.
fn accuracy(count: &Count) -> String {
    let Some(interval) = count.interval() else {
        return "none yet".into();
    };
    format!(
        "{:.1} % [{:.1}, {:.1}]",
        100.0 * count.accuracy(),
        100.0 * interval.low,
        100.0 * interval.high
    )
}

fn sparkline(app: &App, run: &Run, columns: usize) -> String {
    let bars = app.theme.symbols.bars();
    let curve = &run.curve;
    if curve.len() < 2 || columns == 0 {
        return String::new();
    }
    let count = columns.min(curve.len());
    let at = |i: usize| curve[(i + 1) * curve.len() / count - 1];
    (0..count)
        .map(|i| bars[((at(i) * 7.0).round() as usize).min(7)])
        .collect()
}

/// How far the prompts are read, then the answer in the making: each token with its probability and its runners-up.
fn draw_streams(app: &App, run: &Run, area: Rect, from: u16, buf: &mut Buffer) -> u16 {
    let theme = &app.theme;
    let mut line = from;
    let only = matches!(run.job.scope, Scope::Fact(_));
    if let Some((_, reading)) = run.reading.filter(|_| run.is_active()) {
        put(buf, area, line, &[(&reading.to_string(), theme.accent)]);
        line += 1;
        if !only {
            return line;
        }
    }
    // Of many facts, the one in work matters only while there is one.
    if run.streams.is_empty() || !(only || run.is_active()) {
        return line;
    }
    for stream in run.streams.iter().take(if only { usize::MAX } else { 1 }) {
        let who = who(app, run, stream);
        let mut pieces = vec![
            (who, theme.text),
            (format!(" {} ", theme.symbols.arrow()), theme.dim),
        ];
        // As in the prompt, every second token is weaker, so that their borders show.
        pieces.extend(
            stream
                .tokens
                .iter()
                .zip([theme.title, theme.text].iter().cycle())
                .map(|(token, style)| (visible(&token.text, theme.symbols).into_owned(), *style)),
        );
        put_owned(app, buf, area, line, &pieces);
        line += 1;
        if only && run.streams.len() == 1 {
            line = draw_steps(app, stream, area, line, buf);
        }
    }
    line
}

/// One line per step: the token and those it beat.
fn draw_steps(app: &App, stream: &Stream, area: Rect, from: u16, buf: &mut Buffer) -> u16 {
    let theme = &app.theme;
    let mut line = from;
    let room = usize::from(area.height.saturating_sub(from)).saturating_sub(2);
    let skip = stream.tokens.len().saturating_sub(room.max(1));
    for token in stream.tokens.iter().skip(skip) {
        let Some((first, others)) = token.top.split_first() else {
            continue;
        };
        let mut pieces = vec![(format!("{:>5} ", share(token.probability)), theme.good)];
        pieces.push((
            format!(
                "{:<12}",
                clip(&visible(&first.text, theme.symbols), 12, theme.symbols)
            ),
            theme.text,
        ));
        for other in others {
            pieces.push((format!(" {} ", share(other.probability)), theme.dim));
            pieces.push((visible(&other.text, theme.symbols).into_owned(), theme.dim));
        }
        put_owned(app, buf, area, line, &pieces);
        line += 1;
    }
    line
}

fn who(app: &App, run: &Run, stream: &Stream) -> String {
    let Some((_, plan)) = run.job.plans.get(stream.plan) else {
        return String::new();
    };
    let Some(fact) = plan.data.facts.get(stream.fact) else {
        return String::new();
    };
    let subject = visible(&fact.subject, app.theme.symbols).into_owned();
    match stream
        .question
        .and_then(|question| plan.template_ids(stream.fact).get(question).copied())
    {
        Some(id) => format!("{subject} {id}"),
        None => subject,
    }
}

/// Finished answers, the last one first.
fn draw_rows(app: &App, run: &Run, area: Rect, from: u16, buf: &mut Buffer) {
    let Some(column) = run.columns.first() else {
        return;
    };
    let shown = column
        .rows
        .iter()
        .rev()
        .skip(app.run_top)
        .take(usize::from(area.height.saturating_sub(from)));
    for (line, row) in (from..).zip(shown) {
        draw_row(app, run, row, area, line, buf);
    }
}

fn draw_row(app: &App, run: &Run, scored: &Scored, area: Rect, line: u16, buf: &mut Buffer) {
    let theme = &app.theme;
    let symbols = theme.symbols;
    let row = &scored.row;
    let correct = row.verdict.correct;
    let subject = run.job.plans[0]
        .1
        .data
        .facts
        .get(scored.fact)
        .map_or("", |fact| fact.subject.as_str());
    let id = match row.templates[..] {
        [id] => format!(" {id}"),
        _ => String::new(),
    };
    let mut pieces = vec![
        (
            format!(
                "{} {:>3} ",
                symbols.verdict(correct),
                share(row.probability)
            ),
            if correct { theme.good } else { theme.bad },
        ),
        (format!("{}{id}", visible(subject, symbols)), theme.text),
        (format!(" {} ", symbols.arrow()), theme.dim),
        (visible(&row.prediction, symbols).into_owned(), theme.text),
    ];
    if !correct {
        let answer = row.answers.first().map_or("", String::as_str);
        pieces.push((
            format!("  expected {}", visible(answer, symbols)),
            theme.dim,
        ));
    }
    put_owned(app, buf, area, line, &pieces);
}

/// Methods and presets side by side.
fn draw_comparison(app: &App, run: &Run, area: Rect, from: u16, buf: &mut Buffer) {
    let theme = &app.theme;
    let symbols = theme.symbols;
    let shown = run
        .columns
        .iter()
        .enumerate()
        .skip(app.run_top)
        .take(usize::from(area.height.saturating_sub(from)));
    let reading = run.reading.filter(|_| run.is_active());
    for (line, (plan, column)) in (from..).zip(shown) {
        let label = format!("{:<17}", column.label);
        let mut pieces = vec![(label, theme.text)];
        match &column.rows[..] {
            [] => pieces.push(match reading.filter(|(read, _)| *read == plan) {
                Some((_, reading)) => (reading.to_string(), theme.accent),
                None => (symbols.ellipsis().to_owned(), theme.dim),
            }),
            [Scored { row, .. }] => {
                let style = if row.verdict.correct {
                    theme.good
                } else {
                    theme.bad
                };
                pieces.push((
                    format!(
                        "{} {:>3} ",
                        symbols.verdict(row.verdict.correct),
                        share(row.probability)
                    ),
                    style,
                ));
                pieces.push((visible(&row.prediction, symbols).into_owned(), theme.text));
            }
            rows => {
                let right = rows
                    .iter()
                    .filter(|scored| scored.row.verdict.correct)
                    .count();
                pieces.push((format!("{right}/{} right ", rows.len()), theme.text));
                for Scored { row, .. } in rows {
                    let style = if row.verdict.correct {
                        theme.good
                    } else {
                        theme.bad
                    };
                    let id = row
                        .templates
                        .first()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    pieces.push((
                        format!(" {id} {}", visible(&row.prediction, symbols)),
                        style,
                    ));
                }
            }
        }
        put_owned(app, buf, area, line, &pieces);
    }
}

/// As [`put`]; where the line is too short for all of it, an ellipsis says so.
fn put_owned(app: &App, buf: &mut Buffer, area: Rect, line: u16, pieces: &[(String, Style)]) {
    let borrowed: Vec<(&str, Style)> = pieces
        .iter()
        .map(|(text, style)| (text.as_str(), *style))
        .collect();
    put(buf, area, line, &borrowed);
    let needs: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    if needs <= usize::from(area.width) || area.width == 0 || line >= area.height {
        return;
    }
    let (x, y) = (area.right() - 1, area.y + line);
    // Half of a wide character is none.
    if x > area.x && width(buf[(x - 1, y)].symbol()) > 1 {
        buf[(x - 1, y)].set_symbol(" ");
    }
    buf[(x, y)].set_symbol(app.theme.symbols.ellipsis());
}
