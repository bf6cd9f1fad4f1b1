//! The answer in the making: each token with its probability and its runners-up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put_owned;
use crate::tui::app::{App, Run, Scope, Stream};
use crate::tui::text::{clip, visible};
use crate::tui::view::{put, share};

/// How far the prompts are read, then the answer as far as it is made; returns the line below.
pub fn draw(app: &App, run: &Run, area: Rect, from: u16, buf: &mut Buffer) -> u16 {
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

/// Whose answer it is: the subject, and the template that was asked alone.
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
