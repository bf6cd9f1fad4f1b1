//! Which rows the table has, and what opening one does.

use super::belief::lines;
use super::figures::figures;
use super::groups::groups;
use super::show::Terms;
use super::{RunPane, Table};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::Scored;

/// What the list was filled from: the run, how many rows it has, the pinned run, whether BELIEF's figures are known.
pub type Version = (u64, usize, Option<String>, bool);

/// The list is filled anew where this changed.
pub fn version(work: &Workspace) -> Version {
    let run = work.runs.current.as_ref();
    let (generation, rows) = run.map_or((0, 0), |run| (run.generation, run.row_lines()));
    let pinned = work.kept.listing.pinned.as_ref();
    let pinned = pinned.map(|pinned| pinned.id.clone());
    (generation, rows, pinned, work.run_figures().is_some())
}

/// Fills the list with what filter and order leave of the run.
pub fn fill(pane: &mut RunPane, work: &Workspace) {
    let Some(run) = &work.runs.current else {
        return;
    };
    let keep = pane.list.selected().filter(|_| pane.list.cursor() > 0);
    let [only] = &run.columns[..] else {
        let labels = run.columns.iter().map(|column| column.label.clone());
        return pane.list.fill(labels.enumerate(), false, keep);
    };
    pane.figures = figures(&only.tally);
    match pane.table {
        Table::Answers => fill_answers(pane, work, &only.rows, keep),
        Table::Figures => {
            let labels = pane.figures.iter().map(|figure| figure.label.clone());
            pane.list.fill(labels.enumerate(), false, keep);
        }
        Table::Belief => {
            pane.belief = work.run_figures().map_or(Vec::new(), |found| lines(found));
            let names = pane.belief.iter().map(|line| line.name.clone());
            pane.list.fill(names.enumerate(), false, keep);
        }
        Table::Groups => {
            pane.groups = groups(&only.rows);
            let said = pane.groups.iter().map(|group| group.prediction.clone());
            pane.list.fill(said.enumerate(), false, keep);
        }
    }
}

fn fill_answers(pane: &mut RunPane, work: &Workspace, rows: &[Scored], keep: Option<usize>) {
    let is_label = |word: &str| {
        let mut figures = pane.figures.iter();
        figures.any(|figure| figure.label.eq_ignore_ascii_case(word))
    };
    let terms = Terms::parse(&pane.list.query, is_label);
    let shown = |&row: &usize| pane.show.shows(work, &rows[row]) && terms.shows(work, &rows[row]);
    let mut items: Vec<usize> = (0..rows.len()).filter(shown).collect();
    pane.order.sort(work, rows, &mut items);
    if pane.reversed {
        items.reverse();
    }
    // What a filter looks at costs too much to be written where there is none.
    let text = |row: usize| match terms.text.is_empty() {
        true => String::new(),
        false => text(&rows[row]),
    };
    let all: Vec<_> = items.into_iter().map(|row| (row, text(row))).collect();
    pane.list.fill_by(&terms.text, all.into_iter(), false, keep);
}

/// What a filter looks at.
fn text(Scored { row, .. }: &Scored) -> String {
    let ids: Vec<String> = row.templates.iter().map(ToString::to_string).collect();
    format!(
        "{} {} {} {} {}",
        row.relation,
        row.subject,
        row.prediction,
        row.answers.join(" "),
        ids.join(" ")
    )
}

/// Goes to the fact of the answer under the cursor; of a comparison, takes over the method and the options; of a group or
/// a relation, shows its answers.
pub fn open(pane: &mut RunPane, work: &mut Workspace) {
    let Some((item, run)) = pane.list.selected().zip(work.runs.current.as_ref()) else {
        return work.say("no answer to open".into());
    };
    if let (true, Some(job)) = (run.compares(), run.job()) {
        let (label, plan) = job.plans[item].clone();
        work.change(|choice| (choice.method, choice.options) = (plan.method, plan.options.clone()));
        return work.say(format!("{label} is chosen"));
    }
    let filter = match pane.table {
        Table::Answers => None,
        Table::Figures => pane.figures.get(item).map(|figure| figure.label.clone()),
        Table::Groups => pane.groups.get(item).map(|group| group.filter()),
        Table::Belief => return work.say("a figure of the whole run: no answer to open".into()),
    };
    if let Some(filter) = filter {
        pane.table = Table::Answers;
        pane.list.query = filter;
        fill(pane, work);
        pane.list.go(0);
        return;
    }
    let Some(scored) = run.columns[0].rows.get(item) else {
        return;
    };
    let template = scored.row.templates.first().copied();
    let Some(fact) = scored.fact else {
        let row = &scored.row;
        let name = match row.subject.is_empty() {
            true => format!("fact {}", row.uuid),
            false => row.subject.clone(),
        };
        let words = format!("{name} ({}) is not in the data on screen", row.relation);
        return work.say(words);
    };
    work.open_fact(fact);
    // Of an answer that one template gave, its prompt is shown.
    let ids = work.chosen_ids(work.browse.relation);
    work.browse.prompt = ids.iter().position(|&id| Some(id) == template).unwrap_or(0);
}
