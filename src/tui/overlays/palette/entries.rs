//! What the palette finds. To add a kind of entry, write its two functions and its row in [`KINDS`].

use crate::numbers::count;
use crate::tui::archive::{Order, Which};
use crate::tui::keymap::Area;
use crate::tui::message::Effect;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::inputs::Input;

/// A kind of entry: all of them, and what is done with the chosen one.
struct Kind {
    name: &'static str,
    list: fn(&Workspace) -> Vec<Words>,
    choose: fn(&mut Workspace, usize) -> Vec<Effect>,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "action",
        list: actions,
        choose: act,
    },
    Kind {
        name: "relation",
        list: relations,
        choose: open_relation,
    },
    Kind {
        name: "set",
        list: sets,
        choose: use_set,
    },
    Kind {
        name: "run",
        list: runs,
        choose: open_run,
    },
    Kind {
        name: "open",
        list: inputs,
        choose: open_input,
    },
];

/// What is written about an entry: its keys, what it is, and what more there is to say.
struct Words {
    keys: String,
    what: String,
    more: String,
}

/// Something that can be found and chosen.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Index into [`KINDS`], and the entry's place among those of its kind.
    kind: usize,
    index: usize,
    /// Its keys, or the name of its kind where it has none.
    pub keys: String,
    pub what: String,
    pub more: String,
}

impl Entry {
    /// What the typed letters are looked for in.
    pub fn text(&self) -> String {
        format!("{} {} {}", self.what, self.more, self.keys)
    }

    pub fn choose(&self, work: &mut Workspace) -> Vec<Effect> {
        (KINDS[self.kind].choose)(work, self.index)
    }
}

/// Everything that there is to find.
pub fn all(work: &Workspace) -> Vec<Entry> {
    let of = |(kind, row): (usize, &Kind)| {
        let name = row.name;
        let entry = move |(index, words): (usize, Words)| Entry {
            kind,
            index,
            keys: match words.keys.is_empty() {
                true => name.to_owned(),
                false => words.keys,
            },
            what: words.what,
            more: words.more,
        };
        (row.list)(work).into_iter().enumerate().map(entry)
    };
    KINDS.iter().enumerate().flat_map(of).collect()
}

fn actions(work: &Workspace) -> Vec<Words> {
    let rows = work.keymap.rows().map(|(entry, keys)| Words {
        keys,
        what: match entry.place {
            Area::Everywhere => entry.help.to_owned(),
            place => format!("{}: {}", place.title().to_lowercase(), entry.help),
        },
        more: entry.name.to_owned(),
    });
    rows.collect()
}

fn act(work: &mut Workspace, index: usize) -> Vec<Effect> {
    work.acts = work.keymap.rows().nth(index).map(|(entry, _)| entry.action);
    Vec::new()
}

fn relations(work: &Workspace) -> Vec<Words> {
    let all = work.data().into_iter().flat_map(|data| &data.relations);
    let words = |(index, relation): (usize, &crate::data::Relation)| Words {
        keys: String::new(),
        what: format!("{} {}", relation.id, relation.label),
        more: count(work.browse.facts_in(index).len(), "fact"),
    };
    all.enumerate().map(words).collect()
}

fn open_relation(work: &mut Workspace, index: usize) -> Vec<Effect> {
    work.open_relation(index);
    Vec::new()
}

fn sets(work: &Workspace) -> Vec<Words> {
    let words = |set: &crate::sets::TemplateSet| Words {
        keys: String::new(),
        what: set.name.clone(),
        more: format!("templates of {}", count(set.templates.len(), "relation")),
    };
    work.sets.iter().map(words).collect()
}

fn use_set(work: &mut Workspace, index: usize) -> Vec<Effect> {
    if let Some(set) = work.sets.get(index).cloned() {
        work.use_set(&set);
    }
    Vec::new()
}

fn runs(work: &Workspace) -> Vec<Words> {
    let words = |run: &crate::tui::archive::Entry| Words {
        keys: String::new(),
        what: run.label().to_owned(),
        more: format!(
            "{:.1} % of {}, templates {}",
            100.0 * run.counts.accuracy(),
            count(run.counts.facts, "fact"),
            run.templates
        ),
    };
    work.kept.listing.runs.iter().map(words).collect()
}

fn open_run(work: &mut Workspace, index: usize) -> Vec<Effect> {
    let run = work.kept.listing.runs.get(index);
    let open = run.map(|run| Effect::Archive(Order::Open(Which::Kept(run.id.clone()))));
    open.into_iter().collect()
}

fn inputs(work: &Workspace) -> Vec<Words> {
    let words = |input: Input| {
        let (kind, name) = match input {
            Input::Model(name) => ("model", name),
            Input::Data(name) => ("data", name),
        };
        Words {
            keys: String::new(),
            what: format!("{kind} {name}"),
            more: String::new(),
        }
    };
    work.inputs.all().into_iter().map(words).collect()
}

fn open_input(work: &mut Workspace, index: usize) -> Vec<Effect> {
    match work.inputs.all().into_iter().nth(index) {
        Some(input) => work.open_input(input),
        None => Vec::new(),
    }
}
