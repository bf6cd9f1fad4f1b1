//! What many answers read and what their questions did, as text and JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::plain::{Align, Table, count, percent, thousands};
use crate::results::{Influences, Prediction, Predicts, RelationInfluence, TemplateInfluence};
use crate::score::{Coefficient, Correlation};

#[derive(Serialize)]
pub struct View<'a> {
    files: Vec<String>,
    facts: usize,
    relations: Vec<RelationView<'a>>,
    /// How well mass tells the other.
    mass_predicts: Option<PredictsView>,
}

#[derive(Serialize)]
struct RelationView<'a> {
    id: &'a str,
    facts: usize,
    mass: Option<f64>,
    shapley: Option<f64>,
    templates: Vec<TemplateView>,
}

#[derive(Serialize)]
struct TemplateView {
    id: String,
    facts: usize,
    mass: Option<f64>,
    left_out: Option<f64>,
    shapley: Option<f64>,
    carries: Option<f64>,
}

#[derive(Serialize)]
struct PredictsView {
    facts: usize,
    pairs: usize,
    left_out: PredictionView,
    shapley: PredictionView,
}

#[derive(Serialize)]
struct PredictionView {
    pooled: Correlation,
    within: Correlation,
}

impl<'a> View<'a> {
    pub fn of(of: &'a Influences) -> Self {
        View {
            files: (of.files.iter())
                .map(|file| file.to_string_lossy().into_owned())
                .collect(),
            facts: of.facts,
            relations: of.relations.iter().map(RelationView::of).collect(),
            mass_predicts: of.predicts.as_ref().map(PredictsView::of),
        }
    }
}

impl<'a> RelationView<'a> {
    fn of(relation: &'a RelationInfluence) -> Self {
        let template = |of: &TemplateInfluence| TemplateView {
            id: of.id.to_string(),
            facts: of.facts,
            mass: of.mass,
            left_out: of.left_out,
            shapley: of.shapley,
            carries: of.carries,
        };
        RelationView {
            id: &relation.id,
            facts: relation.facts,
            mass: relation.mass,
            shapley: relation.added,
            templates: relation.templates.iter().map(template).collect(),
        }
    }
}

impl PredictsView {
    fn of(of: &Predicts) -> Self {
        let prediction = |Prediction { pooled, within }| PredictionView { pooled, within };
        PredictsView {
            facts: of.facts,
            pairs: of.pairs,
            left_out: prediction(of.left_out),
            shapley: prediction(of.shapley),
        }
    }
}

pub fn write(out: &mut impl Write, of: &Influences) -> io::Result<()> {
    let mut head = Table::pairs();
    let names: Vec<String> = of.files.iter().map(|f| f.display().to_string()).collect();
    head.row(["file", &names.join(" ")]);
    let relations = count(of.relations.len(), "relation");
    head.row(["facts", &format!("{} of {relations}", thousands(of.facts))]);
    head.write(out)?;
    writeln!(out)?;
    relation_table(&of.relations).write(out)?;
    let Some(predicts) = &of.predicts else {
        return Ok(());
    };
    writeln!(
        out,
        "\nDoes mass predict influence? {} of question and fact, {}",
        count(predicts.pairs, "pair"),
        count(predicts.facts, "fact"),
    )?;
    let mut table = Table::new(&[
        ("mass with", Align::Left),
        ("pairs", Align::Left),
        ("r", Align::Right),
        ("95 % interval", Align::Left),
        ("rho", Align::Right),
        ("95 % interval", Align::Left),
    ]);
    for (name, prediction) in [
        ("left out", predicts.left_out),
        ("Shapley", predicts.shapley),
    ] {
        for (pairs, of) in [("pooled", prediction.pooled), ("within", prediction.within)] {
            let [r, r_interval] = cells(of.pearson);
            let [rho, rho_interval] = cells(of.spearman);
            table.row([
                name.to_owned(),
                pairs.to_owned(),
                r,
                r_interval,
                rho,
                rho_interval,
            ]);
        }
    }
    table.write(out)
}

/// Each relation, and below it its templates.
fn relation_table(relations: &[RelationInfluence]) -> Table {
    let mut table = Table::new(&[
        ("relation", Align::Left),
        ("template", Align::Left),
        ("facts", Align::Right),
        ("mass", Align::Right),
        ("left out", Align::Right),
        ("Shapley", Align::Right),
        ("carries", Align::Right),
    ]);
    let share = |of: Option<f64>| of.map_or(String::new(), |of| format!("{} %", percent(of)));
    let nats = |of: Option<f64>| of.map_or(String::new(), |of| format!("{of:+.3}"));
    for relation in relations {
        table.row([
            relation.id.clone(),
            "all".to_owned(),
            thousands(relation.facts),
            share(relation.mass),
            String::new(),
            nats(relation.added),
        ]);
        for of in &relation.templates {
            table.row([
                String::new(),
                of.id.to_string(),
                thousands(of.facts),
                share(of.mass),
                nats(of.left_out),
                nats(of.shapley),
                share(of.carries),
            ]);
        }
    }
    table
}

/// A coefficient and its interval; nothing of either where there is none.
fn cells(of: Option<Coefficient>) -> [String; 2] {
    let value = of.map_or(String::new(), |of| format!("{:+.2}", of.value));
    let interval = of.and_then(|of| of.interval);
    let interval = interval.map_or(String::new(), |i| {
        format!("[{:+.2}, {:+.2}]", i.low, i.high)
    });
    [value, interval]
}
