//! The answer in the making: each token with its probability and its runners-up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::{put, put_owned, share};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::{Run, Stream};

/// How far the prompts are read, then the answers as far as they are made.
pub fn draw(work: &Workspace, run: &Run, area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let mut line = 0;
    if let Some((_, reading)) = run.reading.filter(|_| run.is_active()) {
        put(buf, area, line, &[(&reading.to_string(), theme.accent)]);
        line += 1;
    }
    let shown = run.streams.iter().take(run.shown_streams());
    for stream in shown.take(usize::from(area.height)) {
        let who = who(work, run, stream);
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
        put_owned(work.theme.symbols, buf, area, line, &pieces);
        line += 1;
        if run.is_about_one_fact() && run.streams.len() == 1 {
            draw_steps(work, stream, area, line, buf);
        }
    }
}

/// One line per step, the last ones where not all have room: the token and those it beat.
fn draw_steps(work: &Workspace, stream: &Stream, area: Rect, from: u16, buf: &mut Buffer) {
    let theme = &work.theme;
    let room = usize::from(area.height.saturating_sub(from));
    let skip = stream.steps().count().saturating_sub(room);
    for (line, token) in (from..).zip(stream.steps().skip(skip)) {
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
        put_owned(work.theme.symbols, buf, area, line, &pieces);
    }
}

/// Whose answer it is: the subject, and the template that was asked alone.
fn who(work: &Workspace, run: &Run, stream: &Stream) -> String {
    let Some((_, plan)) = run.job().and_then(|job| job.plans.get(stream.plan)) else {
        return String::new();
    };
    let Some(fact) = plan.data.facts.get(stream.fact) else {
        return String::new();
    };
    let subject = visible(&fact.subject, work.theme.symbols).into_owned();
    match stream
        .question
        .and_then(|question| plan.template_ids(stream.fact).get(question).copied())
    {
        Some(id) => format!("{subject} {id}"),
        None => subject,
    }
}
