//! The box.
//!
//! ```text
//! ┌ Template lab: P36 capital ───────────────────────────────────────────────┐
//! │templates  matrix  agreement                  38 facts × 10 templates, …   │
//! │       alone  95 % interval  agrees   adds  template                       │
//! │▸● m1   63.2 [47.3, 76.6]      58.1   +5.3  The capital of [X] is [Y].     │
//! │best 3: m1,m4,a2                                                           │
//! │not proven: by chance as good (5 of 50 random sets do as well)             │
//! │unseen 73.7 % [51.2, 88.2] of 19 facts   seen 89.5 % …                     │
//! └───────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::grid::Grid;
use super::{Lab, Page, summary, table};
use crate::numbers::{count, thousands};
use crate::tui::overlays::{Dialog, frame};
use crate::tui::text::{visible, wrap};
use crate::tui::widgets::cells::{put, put_owned, put_right};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::judging::{Lab as Found, Standing};

/// Where everything stands.
pub struct Parts {
    /// The pages.
    pages: Rect,
    head: Rect,
    pub body: Rect,
    foot: Rect,
    /// Columns and rows of cells that have room.
    pub room: (usize, usize),
}

/// Lines that the body keeps from its foot.
const BODY: u16 = 3;

pub fn parts(lab: &Lab, work: &Workspace, found: &Found, inner: Rect) -> Parts {
    let mut rest = inner;
    let mut take = |lines: u16| {
        let height = rest.height.min(lines);
        let part = Rect { height, ..rest };
        rest.y += height;
        rest.height -= height;
        (part, rest.height)
    };
    let (pages, _) = take(1);
    let (head, left) = take(if lab.page == Page::Templates { 1 } else { 2 });
    let foot = match lab.page {
        Page::Templates => summary::lines(found, inner.width.into()).len(),
        Page::Matrix => 2,
        Page::Agreement => 1,
    };
    let foot = u16::try_from(foot).unwrap_or(u16::MAX);
    let foot = foot.min(left.saturating_sub(BODY));
    let (body, _) = take(left - foot);
    let (foot, _) = take(foot);
    let columns = match lab.page {
        Page::Templates => 1,
        _ => {
            let grid = Grid::new(lab, found, &work.theme);
            usize::from(inner.width).saturating_sub(grid.names + 2) / grid.cell
        }
    };
    Parts {
        pages,
        head,
        body,
        foot,
        room: (columns, body.height.into()),
    }
}

pub fn draw(lab: &Lab, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let theme = &work.theme;
    let relation = work
        .data()
        .map(|data| &data.relations[work.browse.relation]);
    let name = relation.map_or(String::new(), |of| format!("{} {}", of.id, of.label));
    let title = format!("Template lab: {}", visible(name.trim(), theme.symbols));
    let keys = lab.keys(work);
    let (run, found) = match work.lab() {
        Standing::Ready(run, Ok(found)) => (run, found),
        other => {
            frame::open(work, buf, (area, inner), &title, &keys, 0);
            let mut line = 0;
            for words in waiting(work, &other) {
                for words in wrap(&visible(&words, theme.symbols), inner.width.into()) {
                    put(buf, inner, line, &[(&words, theme.text)]);
                    line += 1;
                }
            }
            return;
        }
    };
    let parts = parts(lab, work, &found, inner);
    let (rows, _) = lab.counts(&found);
    let below = lab.rows.below(parts.room.1, rows);
    frame::open(work, buf, (area, inner), &title, &keys, below);
    draw_pages(lab, work, &found, &run, parts.pages, buf);
    if lab.page == Page::Templates {
        table::draw_head(theme, parts.head, buf);
        table::draw(lab, &found, theme, parts.body, buf);
        let lines = summary::lines(&found, inner.width.into());
        for (line, words) in (0..parts.foot.height).zip(lines) {
            let style = if line < 2 { theme.title } else { theme.text };
            let words = visible(&words, theme.symbols).into_owned();
            put_owned(theme.symbols, buf, parts.foot, line, &[(words, style)]);
        }
        return;
    }
    let grid = Grid::new(lab, &found, theme);
    grid.draw_head(parts.head, buf);
    grid.draw(parts.body, buf);
    grid.draw_foot(parts.foot, buf);
}

/// The pages, and what is judged.
fn draw_pages(lab: &Lab, work: &Workspace, found: &Found, run: &str, line: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let names = Page::ALL.iter().map(|page| {
        let name = visible(page.name(), theme.symbols).into_owned();
        let style = match *page == lab.page {
            true => theme.accent,
            false => theme.dim,
        };
        (format!("{name}  "), style)
    });
    let names: Vec<_> = names.collect();
    put_owned(theme.symbols, buf, line, 0, &names);
    let taken: usize = names.iter().map(|(name, _)| name.chars().count()).sum();
    let (facts, n) = (found.matrix.facts.len(), found.matrix.templates.len());
    let times = theme.symbols.times();
    let words = format!(
        "{} {times} {n} of {}, halves {}",
        count(facts, "fact"),
        visible(run, theme.symbols),
        work.judging.wish.seed
    );
    put_right(buf, line, 0, taken as u16, &[(&words, theme.dim)]);
}

/// What is said where there is nothing to look at yet.
fn waiting(work: &Workspace, standing: &Standing) -> Vec<String> {
    match standing {
        Standing::Unasked => {
            let Some(data) = work.data() else {
                return vec!["the data is still being read".to_owned()];
            };
            let relation = &data.relations[work.browse.relation].id;
            let facts = work.browse.facts_in(work.browse.relation).len();
            let (chosen, all) = work.askable();
            let asks = |key: &str, templates: usize, what: &str| {
                let answers = thousands(facts * templates);
                format!("{key}  asks {what}: {templates} templates, up to {answers} answers")
            };
            vec![
                format!(
                    "No answers of {relation}'s templates alone are on screen: the lab judges sets of \
                     templates by what each of them answers by itself."
                ),
                String::new(),
                asks("a", all, "every template"),
                asks("c", chosen, "the chosen ones alone"),
                String::new(),
                format!(
                    "A kept run of method per-prompt will do as well: open it ({}).",
                    work.keymap.key(crate::tui::keymap::Action::Runs)
                ),
            ]
        }
        Standing::Asking(done, all) => vec![format!(
            "Templates are being asked alone: {} of {}",
            thousands(*done),
            count(*all, "fact")
        )],
        Standing::Counting => vec!["Sets of templates are being compared…".to_owned()],
        Standing::Ready(_, Err(why)) => vec![
            why.clone(),
            String::new(),
            "a  asks every template of the relation alone".to_owned(),
        ],
        Standing::Ready(_, Ok(_)) => Vec::new(),
    }
}
