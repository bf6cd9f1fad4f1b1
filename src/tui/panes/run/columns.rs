//! The columns of answers, where there is room for them: drawn and clicked.

use ratatui::layout::Rect;

use super::Order;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Verdict,
    Change,
    Relation,
    Template,
    Subject,
    Prediction,
    Expected,
}

/// Where they stand: first cell and width of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(pub Vec<(Column, Rect)>);

impl Column {
    pub fn title(self) -> &'static str {
        match self {
            Column::Verdict => "sure",
            Column::Change => "",
            Column::Relation => "relation",
            Column::Template => "template",
            Column::Subject => "subject",
            Column::Prediction => "prediction",
            Column::Expected => "expected",
        }
    }

    /// What a click on its head sorts by.
    pub fn order(self) -> Order {
        match self {
            Column::Verdict => Order::LeastSure,
            Column::Change => Order::Flipped,
            Column::Relation => Order::Relation,
            Column::Template => Order::Template,
            Column::Subject => Order::Subject,
            Column::Prediction => Order::Prediction,
            Column::Expected => Order::Expected,
        }
    }
}

impl Columns {
    /// In a line: what is wide shares the room that the rest leaves. Templates have a column where each was asked `alone`.
    pub fn new(line: Rect, alone: bool) -> Self {
        let fixed = [
            (Column::Verdict, 6),
            (Column::Change, 2),
            (Column::Relation, 9),
            (Column::Template, if alone { 9 } else { 0 }),
        ];
        let taken: u16 = fixed.iter().map(|(_, width)| width).sum();
        let each = line.width.saturating_sub(taken) / 3;
        let wide = [Column::Subject, Column::Prediction, Column::Expected].map(|one| (one, each));
        let mut x = line.x;
        let all = fixed.into_iter().chain(wide);
        let columns = all.filter(|(_, width)| *width > 0).map(|(column, width)| {
            let width = width.min(line.right().saturating_sub(x));
            let area = Rect { x, width, ..line };
            x += width;
            (column, area)
        });
        Columns(columns.collect())
    }

    /// The column that stands at a cell's `x`.
    pub fn at(&self, x: u16) -> Option<Column> {
        let inside = |area: &Rect| (area.left()..area.right()).contains(&x);
        self.0
            .iter()
            .find(|(_, area)| inside(area))
            .map(|(column, _)| *column)
    }
}
