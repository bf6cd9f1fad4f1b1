//! `lamascope data`: what there is.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::args::SelectionArgs;
use super::plain::{Align, Table, count, stdout, thousands, write_json};
use super::prepare::load_data;
use super::{CliError, interrupt};
use crate::data::{Dataset, Selected, Selection, TemplateChoice, TemplateKind};
use crate::engine::Cancel;

/// Relations, templates and facts, counted
#[derive(Debug, Args)]
pub struct CountArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Serialize)]
struct Counts {
    relations: Vec<Relation>,
    templates: usize,
    facts: usize,
}

#[derive(Serialize)]
struct Relation {
    id: String,
    label: String,
    manual: usize,
    auto: usize,
    facts: usize,
}

pub fn data(args: &CountArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let mut data = Arc::new(load_data(&args.selection.source, &cancel, args.json)?);
    let mut selected = if args.selection.templates.is_given() {
        args.selection.apply(&mut data)?
    } else {
        // What there is, not what a run would take of it.
        Selection {
            templates: TemplateChoice::First(usize::MAX),
            ..args.selection.selection()?
        }
        .apply(&data)?
    };
    if let Some(named) = args.selection.named_facts(&data, &selected.facts)? {
        selected.facts = named;
    }
    let counts = Counts::of(&data, &selected);
    stdout(|out| {
        if args.json {
            return write_json(out, &counts);
        }
        counts.table().write(out)?;
        counts.total(out)
    })
}

impl Counts {
    /// Relations that have facts among the selected ones.
    fn of(data: &Dataset, selected: &Selected) -> Self {
        let mut facts = vec![0; data.relations.len()];
        for &fact in &selected.facts {
            facts[data.facts[fact].relation] += 1;
        }
        let relations: Vec<Relation> = data
            .relations
            .iter()
            .enumerate()
            .filter(|(i, _)| facts[*i] > 0)
            .map(|(i, relation)| {
                let kind = |kind: TemplateKind| {
                    let chosen = selected.templates[i].iter();
                    chosen
                        .filter(|&&t| relation.templates[t].id.kind == kind)
                        .count()
                };
                Relation {
                    id: relation.id.clone(),
                    label: relation.label.clone(),
                    manual: kind(TemplateKind::Manual),
                    auto: kind(TemplateKind::Auto),
                    facts: facts[i],
                }
            })
            .collect();
        Counts {
            templates: relations.iter().map(|r| r.manual + r.auto).sum(),
            facts: selected.facts.len(),
            relations,
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            ("relation", Align::Left),
            ("label", Align::Left),
            ("manual", Align::Right),
            ("auto", Align::Right),
            ("facts", Align::Right),
        ]);
        for relation in &self.relations {
            table.row([
                relation.id.clone(),
                relation.label.clone(),
                thousands(relation.manual),
                thousands(relation.auto),
                thousands(relation.facts),
            ]);
        }
        table
    }

    fn total(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        writeln!(
            out,
            "\n{}, {}, {}",
            count(self.relations.len(), "relation"),
            count(self.templates, "template"),
            count(self.facts, "fact")
        )
    }
}
