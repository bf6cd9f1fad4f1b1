//! A choice of templates as tables and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::ids;
use crate::cli::plain::{Align, Table, count, percent, thousands};
use crate::cli::report::interval;
use crate::evaluate::select::{Choice, Matrix, mean};
use crate::evaluate::{Row, Tally, trained_wordings};
use crate::results::Influences;
use crate::score::{Interval, wilson_interval};
use crate::text::shell_line;

/// Templates whose agreement is shown pair by pair at most: more do not fit a screen.
const MOST_PAIRS: usize = 16;

/// All that is told about the templates of a relation; accuracies in 0..=1.
#[derive(Serialize)]
pub struct Lab {
    relation: String,
    /// How a set gives one answer.
    judged: String,
    facts: usize,
    /// Facts that the demo model was asked in wordings that it was trained in.
    trained: usize,
    /// Facts of which a template has no answer.
    left_out: usize,
    templates: Vec<Template>,
    /// Share of facts with the same prediction, template by template.
    agreement: Vec<Vec<f64>>,
    chosen: Vec<String>,
    seen: Share,
    unseen: Share,
    optimism: f64,
    random: Random,
    disjoint: Vec<f64>,
    all: f64,
    orders: Vec<f64>,
    /// What uses the set.
    command: String,
    /// Whether the choice is real, in words.
    #[serde(skip)]
    verdict: String,
}

#[derive(Serialize)]
struct Template {
    id: String,
    chosen: bool,
    right: usize,
    accuracy: f64,
    interval: Option<Interval>,
    agrees: f64,
    adds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mass: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shapley: Option<f64>,
    text: String,
}

#[derive(Serialize)]
struct Share {
    facts: usize,
    accuracy: f64,
    interval: Option<Interval>,
}

#[derive(Serialize)]
struct Random {
    sets: usize,
    mean: f64,
    deviation: f64,
    gain: f64,
    p: f64,
}

impl Share {
    fn new(accuracy: f64, facts: usize) -> Self {
        let right = (accuracy * facts as f64).round() as u64;
        Share {
            facts,
            accuracy,
            interval: wilson_interval(right, facts as u64),
        }
    }
}

impl Lab {
    /// `demo` tells the demo model on the sample, `line` is the command that uses the set, but for the templates, `judged` says
    /// how a set gives one answer.
    pub fn new(
        rows: &[Row],
        matrix: Matrix,
        choice: Choice,
        demo: bool,
        line: Vec<String>,
        judged: String,
    ) -> Self {
        let n = matrix.templates.len();
        let facts = matrix.facts.len();
        let agreement: Vec<Vec<f64>> = (0..n)
            .map(|a| (0..n).map(|b| matrix.agreement(a, b)).collect())
            .collect();
        let text = |template: usize| {
            let id = matrix.templates[template];
            let row = rows.iter().find(|row| row.templates == [id]);
            let text = row.and_then(|row| row.template_texts.first());
            text.cloned().unwrap_or_default()
        };
        let template = |at: usize| Template {
            id: matrix.templates[at].to_string(),
            chosen: choice.set.contains(&at),
            right: matrix.right(at),
            accuracy: matrix.right(at) as f64 / facts.max(1) as f64,
            interval: wilson_interval(matrix.right(at) as u64, facts as u64),
            agrees: (agreement[at].iter().sum::<f64>() - 1.0) / (n - 1).max(1) as f64,
            adds: choice.adds[at],
            mass: None,
            left_out: None,
            shapley: None,
            text: text(at),
        };
        let mut tally = Tally::default();
        rows.chunk_by(|a, b| a.uuid == b.uuid)
            .for_each(|rows| tally.add(rows));
        let set = ids(&matrix, &choice.set);
        let (first, rest) = line.split_at(2);
        Lab {
            relation: rows
                .first()
                .map_or(String::new(), |row| row.relation.clone()),
            judged,
            facts,
            trained: if demo { tally.trained } else { 0 },
            left_out: matrix.left_out,
            templates: (0..n).map(template).collect(),
            chosen: set.split(',').map(str::to_owned).collect(),
            seen: Share::new(choice.on_seen, choice.seen.len()),
            unseen: Share::new(choice.on_unseen, choice.unseen.len()),
            optimism: choice.optimism(),
            random: Random {
                sets: choice.random.len(),
                mean: mean(&choice.random),
                deviation: choice.spread(),
                gain: choice.gain(),
                p: choice.p(),
            },
            command: format!(
                "lamascope run {} --templates {set} {}",
                shell_line(first),
                shell_line(rest)
            ),
            verdict: choice.verdict(),
            disjoint: choice.disjoint,
            all: choice.all,
            orders: choice.orders,
            agreement,
        }
    }

    /// With what answers read of each template and what it did to them, where that was measured.
    pub fn seen_from_inside(mut self, inside: &Influences) -> Self {
        for template in &mut self.templates {
            let id = template.id.parse();
            let found = id.ok().and_then(|id| inside.of(&self.relation, id));
            if let Some(found) = found {
                template.mass = found.mass;
                template.left_out = found.left_out;
                template.shapley = found.shapley;
            }
        }
        self
    }
}

/// A column of what was measured, and how its numbers are shown.
type Measured = (&'static str, fn(&Template) -> Option<String>);

const MEASURED: [Measured; 3] = [
    ("mass, %", |template| template.mass.map(percent)),
    ("left out", |template| {
        Some(format!("{:+.3}", template.left_out?))
    }),
    ("Shapley", |template| {
        Some(format!("{:+.3}", template.shapley?))
    }),
];

/// Points with a sign.
fn points(difference: f64) -> String {
    format!("{:+.1}", difference * 100.0)
}

/// Every relation, one after the other.
pub fn write(out: &mut impl Write, labs: &[Lab]) -> io::Result<()> {
    for (at, lab) in labs.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write_one(out, lab)?;
    }
    Ok(())
}

fn write_one(out: &mut impl Write, lab: &Lab) -> io::Result<()> {
    let left_out = match lab.left_out {
        0 => String::new(),
        n => format!(
            "; {} not answered by every template left out",
            count(n, "fact")
        ),
    };
    writeln!(
        out,
        "{}: {}{} in {}; sets judged by {}{left_out}\n",
        lab.relation,
        count(lab.facts, "fact"),
        trained_wordings(lab.trained).map_or(String::new(), |trained| format!(", {trained},")),
        count(lab.templates.len(), "template"),
        lab.judged
    )?;
    let measured = MEASURED.into_iter();
    let measured: Vec<Measured> = measured
        .filter(|(_, of)| lab.templates.iter().any(|template| of(template).is_some()))
        .collect();
    let mut columns = vec![
        ("", Align::Left),
        ("", Align::Left),
        ("right", Align::Right),
        ("alone", Align::Right),
        ("95 % interval", Align::Left),
        ("agrees", Align::Right),
        ("adds", Align::Right),
    ];
    columns.extend(measured.iter().map(|(name, _)| (*name, Align::Right)));
    columns.push(("template", Align::Left));
    let mut table = Table::new(&columns);
    for template in &lab.templates {
        let mut row = vec![
            if template.chosen { "*" } else { "" }.to_owned(),
            template.id.clone(),
            thousands(template.right),
            percent(template.accuracy),
            interval(template.interval),
            percent(template.agrees),
            points(template.adds),
        ];
        row.extend(
            measured
                .iter()
                .map(|(_, of)| of(template).unwrap_or_default()),
        );
        row.push(template.text.clone());
        table.row(row);
    }
    table.write(out)?;
    if lab.templates.len() <= MOST_PAIRS {
        writeln!(out, "\nsame prediction, % of facts")?;
        agreement(lab).write(out)?;
    }
    writeln!(out)?;
    let k = lab.chosen.len();
    let mut pairs = Table::pairs();
    let share = |share: &Share| {
        format!(
            "{} %  {}  {}",
            percent(share.accuracy),
            interval(share.interval),
            count(share.facts, "fact")
        )
    };
    pairs.row(["chosen".to_owned(), lab.chosen.join(",")]);
    pairs.row(["seen".to_owned(), share(&lab.seen)]);
    pairs.row(["unseen".to_owned(), share(&lab.unseen)]);
    pairs.row([
        "optimism".to_owned(),
        format!("{} points", points(lab.optimism)),
    ]);
    let Random {
        sets,
        mean,
        deviation,
        gain,
        p,
    } = lab.random;
    pairs.row([
        format!("random {k}"),
        format!(
            "{} %, standard deviation {}: {} on the unseen facts",
            percent(mean),
            percent(deviation),
            count(sets, "set")
        ),
    ]);
    pairs.row([
        "gain".to_owned(),
        format!("{} points, p {p:.3}", points(gain)),
    ]);
    let disjoint: Vec<String> = lab.disjoint.iter().map(|share| percent(*share)).collect();
    pairs.row([format!("disjoint {k}"), disjoint.join(" ")]);
    pairs.row([
        format!("all {}", lab.templates.len()),
        format!("{} %", percent(lab.all)),
    ]);
    if lab.orders.len() > 1 {
        let least = lab.orders.iter().copied().fold(1.0, f64::min);
        let most = lab.orders.iter().copied().fold(0.0, f64::max);
        let number = lab.orders.len();
        let range = format!(
            "{} to {} % in {number} orders",
            percent(least),
            percent(most)
        );
        pairs.row(["order".to_owned(), range]);
    }
    pairs.row(["is it real".to_owned(), lab.verdict.clone()]);
    pairs.row(["use".to_owned(), lab.command.clone()]);
    pairs.write(out)
}

/// The lower triangle.
fn agreement(lab: &Lab) -> Table {
    let names: Vec<&str> = lab.templates.iter().map(|t| t.id.as_str()).collect();
    let mut header = vec![("", Align::Left)];
    header.extend(names.iter().map(|name| (*name, Align::Right)));
    header.pop();
    let mut table = Table::new(&header);
    for (a, row) in lab.agreement.iter().enumerate().skip(1) {
        let cells = row[..a].iter().map(|share| format!("{:.0}", share * 100.0));
        table.row(std::iter::once(names[a].to_owned()).chain(cells));
    }
    table
}
