//! The report as plain tables.

use std::io::{self, Write};

use super::figures;
use crate::cli::plain::{Align, Table, count, percent, thousands};
use crate::cli::session::some;
use crate::engine::{About, dtype_in_words};
use crate::evaluate::{Count, RelationTally, trained_wordings};
use crate::results::{Comparison, Configuration, Original, Report, Run, Sameness, Test};
use crate::score::Interval;

/// `[49.1, 87.5]` in percent; nothing where nothing is counted.
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or(String::new(), |i| {
        format!("[{}, {}]", percent(i.low), percent(i.high))
    })
}

/// One run: what it was, its accuracy, its relations. `about` says more of the engine where it is at hand.
pub fn write_run(
    out: &mut impl Write,
    run: &Run,
    about: Option<&About>,
    same: Sameness,
) -> io::Result<()> {
    let mut head = Table::pairs();
    if !run.files.is_empty() {
        let names: Vec<String> = run
            .files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        head.row(["file", &names.join(" ")]);
    }
    if let Some(all) = run.incomplete() {
        let given: Vec<String> = run.shards.iter().map(|s| s.index().to_string()).collect();
        let name = if given.len() == 1 { "shard" } else { "shards" };
        head.row([name.to_owned(), format!("{} of {all}", given.join(", "))]);
    }
    if let Some(configuration) = &run.configuration {
        head.row(["method", &method(configuration)]);
        describe(&mut head, configuration, about);
    }
    if let Some(original) = &run.summary.original {
        how_read(&mut head, original);
    }
    let tally = &run.summary.tally;
    head.row(["facts", &facts(run)]);
    if let Some((missing, all)) = run.missing() {
        let missing = thousands(missing);
        let all = count(all, "fact");
        head.row([
            "missing".to_owned(),
            format!("{missing} of {all}: the run was stopped before its end"),
        ]);
    }
    if !run.no_answer().is_empty() {
        let without = run.no_answer();
        let all = count(tally.facts + without.len(), "fact");
        let (number, uuids) = (thousands(without.len()), some(without));
        head.row([
            "no answer".to_owned(),
            format!("{number} of {all}: the logits are not finite ({uuids})"),
        ]);
    }
    head.row(["accuracy".to_owned(), accuracy(&tally.total)]);
    head.row([
        "bidirectional".to_owned(),
        accuracy(&tally.total.bidirectional()),
    ]);
    figures::agreement(&mut head, &run.summary.several, same);
    figures::belief(&mut head, &run.summary);
    figures::calibration(&mut head, &run.summary);
    head.write(out)?;
    writeln!(out)?;
    relation_table(&tally.relations).write(out)
}

/// What is known of a run of the Python originals, and what its verdicts are worth.
fn how_read(head: &mut Table, original: &Original) {
    if let Some((least, most)) = original.wordings {
        let count = match least == most {
            true => count(most, "wording"),
            false => format!("{} to {}", thousands(least), count(most, "wording")),
        };
        head.row([
            "templates",
            &format!("{count} of each question, without ids"),
        ]);
    }
    let mut judged = "anew, from prediction and answers".to_owned();
    if original.with_lemmas > 0 {
        judged.push_str(&format!(
            "; as by the file's own lemmas in {} of {} rows",
            thousands(original.same_verdict),
            thousands(original.with_lemmas)
        ));
    }
    head.row(["judged", &judged]);
}

pub(super) fn method(configuration: &Configuration) -> String {
    let method = &configuration.method;
    match &configuration.options {
        Some(options) => {
            format!("{method}, preset {}", options.describe())
        }
        None => match configuration.blend {
            Some(blend) => format!("{method}, {blend}"),
            None => method.clone(),
        },
    }
}

/// What was asked of which model, the method aside.
pub fn describe(head: &mut Table, configuration: &Configuration, about: Option<&About>) {
    head.row(["templates", &configuration.selection.templates]);
    let exceptions = configuration.selection.exceptions();
    if !exceptions.is_empty() {
        head.row(["except", &others(&exceptions)]);
    }
    let Configuration {
        model,
        device,
        dtype,
        ..
    } = configuration;
    let hardware = about.map(|about| {
        format!(
            ", {} parameters, {}",
            thousands(about.parameters),
            about.hardware
        )
    });
    head.row([
        "model".to_owned(),
        format!(
            "{model}, {device} {}{}",
            dtype_in_words(dtype),
            hardware.unwrap_or_default()
        ),
    ]);
    head.row(["data", &configuration.data]);
    let mut shots = thousands(configuration.shots.count());
    shots.push_str(match &configuration.shots.near {
        None => "",
        Some(near) if near.own_template => " of the question's relation, in its own template",
        Some(_) => " of the question's relation",
    });
    if configuration.left_out > 0 {
        let left_out = count(configuration.left_out, "selected fact");
        shots.push_str(&format!("; {left_out} drawn as shots and left out"));
    }
    head.row(["shots", &shots]);
    if !configuration.chat.is_off() {
        head.row(["chat", configuration.chat.name()]);
    }
    if let Some(tokens) = configuration.thinking {
        let tokens = count(tokens, "token");
        let words = format!("each question alone, for at most {tokens}");
        head.row(["thinking", &words]);
    }
    head.row([
        "answers".to_owned(),
        match configuration.has_choices() {
            true => "the label whose token is the likeliest next one".to_owned(),
            false => format!(
                "the first {} of at most {}",
                configuration.extract,
                count(configuration.max_new_tokens, "new token")
            ),
        },
    ]);
}

/// `P30: m1; P17: m1,a1`: relations that lack some of the chosen templates, or chose others.
fn others(exceptions: &[(&str, &str)]) -> String {
    const SHOWN: usize = 3;
    let one = |(relation, templates): &(&str, &str)| format!("{relation}: {templates}");
    let mut said: Vec<String> = exceptions.iter().take(SHOWN).map(one).collect();
    if exceptions.len() > SHOWN {
        let rest = count(exceptions.len() - SHOWN, "other relation");
        said.push(format!("and {rest}: see the column `templates`"));
    }
    said.join("; ")
}

/// `492 of 41 relations`, and how many of them the model knows in the wordings asked.
pub fn facts(run: &Run) -> String {
    let tally = &run.summary.tally;
    let relations = count(tally.relations.len(), "relation");
    let trained = trained_wordings(run.trained());
    let trained = trained.map_or(String::new(), |trained| format!(", {trained}"));
    format!("{} of {relations}{trained}", thousands(tally.facts))
}

fn accuracy(count: &Count) -> String {
    format!(
        "{} %  {}  {} of {}",
        percent(count.accuracy()),
        interval(count.interval()),
        thousands(count.correct),
        thousands(count.n)
    )
}

fn relation_table(relations: &[RelationTally]) -> Table {
    let by_template = relations
        .iter()
        .any(|relation| relation.templates.len() > 1);
    let mut header = vec![
        ("relation", Align::Left),
        ("rows", Align::Right),
        ("right", Align::Right),
        ("accuracy", Align::Right),
        ("95 % interval", Align::Left),
    ];
    if by_template {
        header.extend([
            ("worst template", Align::Left),
            ("best template", Align::Left),
        ]);
    }
    let mut table = Table::new(&header);
    for relation in relations {
        let mut cells = vec![
            relation.id.clone(),
            thousands(relation.total.n),
            thousands(relation.total.correct),
            percent(relation.total.accuracy()),
            interval(relation.total.interval()),
        ];
        if by_template {
            cells.extend(extremes(relation));
        }
        table.row(cells);
    }
    table
}

/// The worst and the best template; of equal ones the first.
fn extremes(relation: &RelationTally) -> [String; 2] {
    let mut ranked: Vec<_> = relation.templates.iter().collect();
    ranked.sort_by(|a, b| a.1.accuracy().total_cmp(&b.1.accuracy()));
    let name = |(id, count): (_, &Count)| format!("{id} {}", percent(count.accuracy()));
    let Some((&worst, &last)) = ranked.first().zip(ranked.last()) else {
        return Default::default();
    };
    let best = ranked
        .iter()
        .find(|of| of.1.accuracy() == last.1.accuracy())
        .copied()
        .unwrap_or(last);
    [name(worst), name(best)]
}

/// Every pair of runs with its test.
pub fn write_comparisons(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut header = vec![("first", Align::Left), ("second", Align::Left)];
    header.extend(DIFFERENCE);
    let mut table = Table::new(&header);
    for comparison in &report.comparisons {
        let name = |run: usize| report.runs[run].name();
        let mut cells = vec![name(comparison.first), name(comparison.second)];
        cells.extend(difference_cells(comparison));
        table.row(cells);
    }
    table.write(out)
}

/// The columns of a comparison.
pub(super) const DIFFERENCE: [(&str, Align); 6] = [
    ("facts", Align::Right),
    ("accuracies", Align::Left),
    ("difference", Align::Right),
    ("95 % interval", Align::Left),
    ("test", Align::Left),
    ("p", Align::Right),
];

/// What stands in them.
pub(super) fn difference_cells(comparison: &Comparison) -> [String; DIFFERENCE.len()] {
    let (a, b) = comparison.accuracies;
    let test = match comparison.test {
        Test::McNemar {
            only_first,
            only_second,
        } => format!("McNemar exact, {only_first} : {only_second}"),
        Test::Permutation => "paired permutation".to_owned(),
    };
    [
        thousands(comparison.facts),
        format!("{} {}", percent(a), percent(b)),
        points(comparison),
        points_interval(comparison),
        test,
        p_value(comparison.p),
    ]
}

/// `+4.1`: from the first to the second, in points.
pub fn points(comparison: &Comparison) -> String {
    signed(comparison.difference())
}

/// `[-0.3, +8.5]`: what the difference may be, in points.
pub fn points_interval(comparison: &Comparison) -> String {
    let Interval { low, high } = comparison.interval;
    format!("[{}, {}]", signed(low), signed(high))
}

/// A share in points with its sign; nothing to speak of has none below zero.
fn signed(share: f64) -> String {
    let points = (share * 1_000.0).round() / 10.0;
    format!("{:+.1}", points + 0.0)
}

/// Three digits, small ones by their size.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}
