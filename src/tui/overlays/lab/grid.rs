//! Facts × templates: what is right under which. Templates × templates: how often two say the same.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Lab, Page};
use crate::tui::text::{clip, visible, width};
use crate::tui::theme::{Ink, Theme};
use crate::tui::widgets::cells::{paint, put, put_owned};
use crate::tui::workspace::judging::Lab as Found;

/// Columns for the names of rows at most.
const NAMES: usize = 24;
/// In front of the templates' own accuracies, in %.
const ALONE: &str = "alone %";

/// A row's name and its cells, ready to be drawn.
pub struct Grid<'a> {
    lab: &'a Lab,
    found: &'a Found,
    theme: &'a Theme,
    /// Facts or templates, and templates, by their places in the matrix.
    rows: Vec<usize>,
    columns: Vec<usize>,
    /// Columns for names, and for a cell.
    pub names: usize,
    pub cell: usize,
}

impl<'a> Grid<'a> {
    pub fn new(lab: &'a Lab, found: &'a Found, theme: &'a Theme) -> Self {
        let (facts, templates) = found.in_order(lab.order());
        let rows = match lab.page {
            Page::Matrix => facts,
            _ => templates,
        };
        let id = |&template: &usize| found.matrix.templates[template].to_string().len();
        let widest = templates.iter().map(id).max().unwrap_or(1);
        let mut grid = Grid {
            rows: rows.to_vec(),
            columns: templates.to_vec(),
            names: 0,
            cell: (widest + 1).max(if lab.page == Page::Matrix { 4 } else { 5 }),
            lab,
            found,
            theme,
        };
        let names = (0..grid.rows.len()).map(|row| width(&grid.name(row)));
        grid.names = names.max().unwrap_or(0).clamp(ALONE.len(), NAMES);
        grid
    }

    /// Whom a row is about, or which template it is.
    fn name(&self, row: usize) -> String {
        let row = self.rows[row];
        let name = match self.lab.page {
            Page::Matrix => self.found.subjects[row].clone(),
            _ => self.found.matrix.templates[row].to_string(),
        };
        visible(&name, self.theme.symbols).into_owned()
    }

    /// What stands in a cell.
    fn sign(&self, row: usize, column: usize) -> (String, Style) {
        let (row, column) = (self.rows[row], self.columns[column]);
        let symbols = self.theme.symbols;
        match self.lab.page {
            Page::Matrix if self.found.matrix.cell(row, column).right => {
                (symbols.pick("█", "#").to_owned(), self.theme.good)
            }
            Page::Matrix => (symbols.pick("·", ".").to_owned(), self.theme.bad),
            _ if row == column => (symbols.pick("·", ".").to_owned(), self.theme.dim),
            _ => {
                let share = self.found.matrix.agreement(row, column);
                let style = self.theme.written(Ink::Fuse, 0.35 + 0.65 * share as f32);
                (format!("{:.0}", 100.0 * share), style)
            }
        }
    }

    /// Templates, and below them each one's accuracy.
    pub fn draw_head(&self, head: Rect, buf: &mut Buffer) {
        let (theme, cell, names) = (self.theme, self.cell, self.names);
        let mut ids = vec![(" ".repeat(names + 2), theme.text)];
        let mut shares = vec![(format!("{ALONE:>names$}  "), theme.dim)];
        for (at, &template) in self.columns.iter().enumerate().skip(self.lab.columns.top) {
            let is_chosen = self.found.choice.set.contains(&template);
            let style = match (at == self.lab.columns.cursor, is_chosen) {
                (true, _) => theme.accent,
                (false, true) => theme.title,
                (false, false) => theme.dim,
            };
            let mark = if is_chosen { theme.symbols.mark() } else { "" };
            let id = format!("{mark}{}", self.found.matrix.templates[template]);
            ids.push((format!("{id:^cell$}"), style));
            let share = format!("{:.0}", 100.0 * self.found.accuracy(template));
            shares.push((format!("{share:^cell$}"), theme.dim));
        }
        put_owned(theme.symbols, buf, head, 0, &ids);
        put_owned(theme.symbols, buf, head, 1, &shares);
    }

    pub fn draw(&self, body: Rect, buf: &mut Buffer) {
        let (theme, lab, cell) = (self.theme, self.lab, self.cell);
        for (line, row) in (0..body.height).zip((0..self.rows.len()).skip(lab.rows.top)) {
            let is_here = row == lab.rows.cursor;
            let name = self.name(row);
            let name = clip(&name, self.names, theme.symbols);
            let blank = " ".repeat(self.names - width(&name));
            let lead = if is_here {
                theme.symbols.pointer()
            } else {
                " "
            };
            let mut pieces = vec![
                (lead.to_owned(), theme.accent),
                (format!("{name}{blank} "), theme.text),
            ];
            let room = (usize::from(body.width)).saturating_sub(self.names + 2) / cell;
            for column in (0..self.columns.len()).skip(lab.columns.top).take(room) {
                let (sign, style) = self.sign(row, column);
                let sign = match is_here && column == lab.columns.cursor {
                    true => format!("[{sign}]"),
                    false => sign,
                };
                pieces.push((format!("{sign:^cell$}"), style));
            }
            put_owned(theme.symbols, buf, body, line, &pieces);
            if is_here {
                paint(buf, body, line, theme.cursor);
            }
        }
    }

    /// What is under the cursor, and what the signs mean.
    pub fn draw_foot(&self, foot: Rect, buf: &mut Buffer) {
        let theme = self.theme;
        let symbols = theme.symbols;
        let at =
            (self.rows.get(self.lab.rows.cursor)).zip(self.columns.get(self.lab.columns.cursor));
        let Some((&row, &column)) = at else { return };
        let id = |template: usize| self.found.matrix.templates[template].to_string();
        if self.lab.page == Page::Agreement {
            let words = match row == column {
                true => format!("{}: {}", id(row), self.found.texts[row]),
                false => format!(
                    "{} and {} say the same about {:.0} % of the facts, by lemmas",
                    id(row),
                    id(column),
                    100.0 * self.found.matrix.agreement(row, column)
                ),
            };
            let words = visible(&words, symbols).into_owned();
            put_owned(symbols, buf, foot, 0, &[(words, theme.text)]);
            return;
        }
        let cell = self.found.matrix.cell(row, column);
        let said = &self.found.predictions[row][cell.prediction];
        let pieces = [
            (
                format!("{} {} ", symbols.verdict(cell.right), id(column)),
                theme.verdict(cell.right),
            ),
            (
                visible(&self.found.subjects[row], symbols).into_owned(),
                theme.text,
            ),
            (format!(" {} ", symbols.arrow()), theme.dim),
            (visible(said, symbols).into_owned(), theme.text),
        ];
        put_owned(symbols, buf, foot, 0, &pieces);
        let legend = [
            (symbols.pick("█", "#"), theme.good),
            (" right  ", theme.dim),
            (symbols.pick("·", "."), theme.bad),
            (" wrong  ", theme.dim),
            (symbols.mark(), theme.accent),
            (" of the set  order: ", theme.dim),
            (self.lab.order().name(), theme.dim),
        ];
        put(buf, foot, 1, &legend);
    }
}
