//! In which order answers stand.

use std::cmp::Ordering;

use crate::named::named;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::Scored;

named! {
    /// In which order the answers stand.
    #[derive(Default)]
    pub enum Order {
        /// The newest first
        #[default]
        Newest = "newest first",
        /// As in the list of facts
        Facts = "as the facts",
        /// Wrong ones first
        WrongFirst = "wrong first",
        /// The least probable first
        LeastSure = "least sure first",
        /// By relation
        Relation = "by relation",
        /// By subject
        Subject = "by subject",
        /// By the one template that was asked
        Template = "by template",
        /// By prediction
        Prediction = "by prediction",
        /// By the first accepted answer
        Expected = "by expected answer",
        /// Those that the pinned run had right, then those that it had wrong
        Flipped = "lost and gained first",
    }
}

impl Order {
    pub fn next(self) -> Self {
        let all = Order::ALL;
        all[(self as usize + 1) % all.len()]
    }

    /// Sorts indices into rows, which stand in the order of their coming.
    pub fn sort(self, work: &Workspace, rows: &[Scored], items: &mut [usize]) {
        let by = |compare: &dyn Fn(&Scored, &Scored) -> Ordering, items: &mut [usize]| {
            items.sort_by(|&a, &b| compare(&rows[a], &rows[b]));
        };
        match self {
            Order::Newest => items.reverse(),
            Order::Facts => items.sort_by_key(|&row| rows[row].fact),
            Order::WrongFirst => {
                items.sort_by_key(|&row| (rows[row].row.verdict.correct, rows[row].fact));
            }
            Order::LeastSure => by(
                &|a, b| a.row.probability.total_cmp(&b.row.probability),
                items,
            ),
            Order::Relation => by(&|a, b| a.row.relation.cmp(&b.row.relation), items),
            Order::Subject => by(&|a, b| a.row.subject.cmp(&b.row.subject), items),
            Order::Template => by(&|a, b| a.row.templates.cmp(&b.row.templates), items),
            Order::Prediction => by(&|a, b| a.row.prediction.cmp(&b.row.prediction), items),
            Order::Expected => by(
                &|a, b| a.row.answers.first().cmp(&b.row.answers.first()),
                items,
            ),
            Order::Flipped => items.sort_by_cached_key(|&row| {
                let change = work.change_of(&rows[row].row);
                (change.is_none(), change)
            }),
        }
    }
}
