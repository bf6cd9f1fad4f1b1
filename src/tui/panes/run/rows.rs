//! Which answers are listed, in which order, and what opening one does.

use super::RunPane;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::Scored;

/// In which order the answers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Newest,
    /// As in the list of facts.
    Facts,
    WrongFirst,
    /// The least probable answer first.
    LeastSure,
}

/// Which answers are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    #[default]
    All,
    Wrong,
    Right,
}

impl Order {
    pub fn next(self) -> Self {
        match self {
            Order::Newest => Order::Facts,
            Order::Facts => Order::WrongFirst,
            Order::WrongFirst => Order::LeastSure,
            Order::LeastSure => Order::Newest,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Order::Newest => "newest first",
            Order::Facts => "as the facts",
            Order::WrongFirst => "wrong first",
            Order::LeastSure => "least sure first",
        }
    }

    fn sort(self, rows: &[Scored], items: &mut [usize]) {
        match self {
            Order::Newest => items.reverse(),
            Order::Facts => items.sort_by_key(|&row| rows[row].fact),
            Order::WrongFirst => {
                items.sort_by_key(|&row| (rows[row].row.verdict.correct, rows[row].fact));
            }
            Order::LeastSure => items.sort_by(|&a, &b| {
                let probability = |row: usize| rows[row].row.probability;
                probability(a).total_cmp(&probability(b))
            }),
        }
    }
}

impl Show {
    pub fn next(self) -> Self {
        match self {
            Show::All => Show::Wrong,
            Show::Wrong => Show::Right,
            Show::Right => Show::All,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Show::All => "all",
            Show::Wrong => "wrong ones only",
            Show::Right => "right ones only",
        }
    }

    fn shows(self, correct: bool) -> bool {
        match self {
            Show::All => true,
            Show::Wrong => !correct,
            Show::Right => correct,
        }
    }
}

/// The run and how many rows it has: the list is filled anew where this changed.
pub fn version(work: &Workspace) -> (u64, usize) {
    let run = work.runs.current.as_ref();
    run.map_or((0, 0), |run| (run.generation, run.row_lines()))
}

/// Fills the list with what filter and order leave of the run.
pub fn fill(pane: &mut RunPane, work: &Workspace) {
    let Some(run) = &work.runs.current else {
        return;
    };
    let keep = pane.list.selected().filter(|_| pane.list.cursor() > 0);
    match &run.columns[..] {
        [only] => {
            let rows = &only.rows[..];
            let shown = |&row: &usize| pane.show.shows(rows[row].row.verdict.correct);
            let mut items: Vec<usize> = (0..rows.len()).filter(shown).collect();
            pane.order.sort(rows, &mut items);
            // What a filter looks at costs too much to be written where there is none.
            let text = |row: usize| match pane.list.query.is_empty() {
                true => String::new(),
                false => text(&rows[row]),
            };
            let all: Vec<_> = items.into_iter().map(|row| (row, text(row))).collect();
            pane.list.fill(all.into_iter(), false, keep);
        }
        several => {
            let labels = several.iter().map(|column| column.label.clone());
            pane.list.fill(labels.enumerate(), false, keep);
        }
    }
}

/// What a filter looks at.
fn text(Scored { row, .. }: &Scored) -> String {
    let verdict = if row.verdict.correct {
        "right"
    } else {
        "wrong"
    };
    let ids: Vec<String> = row.templates.iter().map(ToString::to_string).collect();
    format!(
        "{verdict} {} {} {} {} {}",
        row.relation,
        row.subject,
        row.prediction,
        row.answers.join(" "),
        ids.join(" ")
    )
}

/// Goes to the fact of the answer under the cursor; of a comparison, takes over the method and the options.
pub fn open(pane: &RunPane, work: &mut Workspace) {
    let Some((item, run)) = pane.list.selected().zip(work.runs.current.as_ref()) else {
        return work.say("no answer to open".into());
    };
    if let (true, Some(job)) = (run.compares(), run.job()) {
        let (label, plan) = job.plans[item].clone();
        work.change(|choice| (choice.method, choice.options) = (plan.method, plan.options.clone()));
        return work.say(format!("{label} is chosen"));
    }
    let Some(scored) = run.columns[0].rows.get(item) else {
        return;
    };
    let template = scored.row.templates.first().copied();
    let Some(fact) = scored.fact else {
        let uuid = scored.row.uuid.clone();
        return work.say(format!("the data on screen have no fact {uuid}"));
    };
    work.open_fact(fact);
    // Of an answer that one template gave, its prompt is shown.
    let ids = work.chosen_ids(work.browse.relation);
    work.browse.prompt = ids.iter().position(|&id| Some(id) == template).unwrap_or(0);
}
