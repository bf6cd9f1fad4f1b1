//! Rows of questions to facts: every fact carries its own wordings, and what there is to choose from.

use std::collections::HashMap;

use super::cells::Cells;
use super::columns::{Columns, Key};
use super::right::label_answers;
use crate::data::choices::{MOST, PHRASINGS, Phrasing};
use crate::data::error::quote;
use crate::data::fold::{Place, What};
use crate::data::interner::Interner;
use crate::data::labels;
use crate::data::unpacked::Amount;
use crate::data::uuid::uuid;
use crate::data::{Dataset, Fact, Relation, Style, Template, TemplateId};

/// Questions that have been read.
pub(super) struct Questions {
    relations: Interner,
    facts: Vec<Asked>,
    /// Index of the fact with an id.
    by_id: HashMap<String, usize>,
    /// Facts without an id of their own, by what is hashed for one.
    hashed: HashMap<String, usize>,
    /// Whether they come with choices.
    choose: bool,
    /// The number of the first choice.
    first: usize,
    /// For messages.
    answers: String,
    amount: Amount,
}

/// A fact as its rows say it.
pub(super) struct Asked {
    id: String,
    relation: u32,
    subject: Option<String>,
    /// Empty where a column of several has none.
    wordings: Vec<Wording>,
    pub(super) answers: Vec<String>,
    pub(super) choices: Vec<String>,
    /// The table's own of the choices.
    pub(super) labels: Vec<String>,
    pub(super) place: Place,
}

struct Wording {
    text: String,
    /// `None` where the table does not say.
    manual: Option<bool>,
}

impl Questions {
    pub(super) fn new(columns: &Columns, amount: Amount) -> Self {
        let relation = columns.one(Key::Relation).unwrap_or_default().to_owned();
        Questions {
            relations: Interner::new(relation, amount),
            facts: Vec::new(),
            by_id: HashMap::new(),
            hashed: HashMap::new(),
            choose: columns.has(Key::Choices),
            first: columns.first(),
            answers: columns.of(Key::Answers).join("+"),
            amount,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Takes in a row: a fact, or another wording of one.
    pub(super) fn take(&mut self, cells: &Cells, place: Place) -> Result<(), What> {
        let wordings = wordings(cells)?;
        let answers = cells.answers()?;
        let choices: Vec<String> = cells.texts(Key::Choices)?.into_iter().flatten().collect();
        let labels: Vec<String> = cells.texts(Key::Labels)?.into_iter().flatten().collect();
        if self.choose {
            check_choices(cells, &choices, &labels)?;
        }
        let texts = wordings.iter().map(|wording| &wording.text);
        let bytes = texts.chain(&answers).chain(&choices).map(String::len).sum();
        self.amount.add(bytes, "question")?;
        let name = cells.relation()?;
        let relation = self.relations.number(&name)?;
        let id = match cells.columns.has(Key::Id) {
            true => cells.required(Key::Id, "the fact's id")?,
            false => self.hash(&name, &wordings, &choices),
        };
        if let Some(&known) = self.by_id.get(&id) {
            let known = &mut self.facts[known];
            let differs = [
                (known.relation != relation, Key::Relation),
                (known.answers != answers, Key::Answers),
                (known.choices != choices, Key::Choices),
            ];
            if let Some((_, key)) = differs.iter().find(|(differs, _)| *differs) {
                return Err(format!(
                    "{} of id {} is not that of an earlier row: give every fact its own id",
                    cells.named(*key),
                    quote(&id)
                ));
            }
            for wording in wordings {
                if !known
                    .wordings
                    .iter()
                    .any(|other| other.text == wording.text)
                {
                    known.wordings.push(wording);
                }
            }
            return Ok(());
        }
        self.by_id.insert(id.clone(), self.facts.len());
        self.facts.push(Asked {
            id,
            relation,
            subject: cells.text(Key::Subject)?,
            wordings,
            answers,
            choices,
            labels,
            place,
        });
        Ok(())
    }

    /// An id that the same question has in every order of rows.
    fn hash(&mut self, relation: &str, wordings: &[Wording], choices: &[String]) -> String {
        let question = wordings.iter().map(|wording| wording.text.as_str());
        let question = question.filter(|text| !text.is_empty()).take(1);
        let said: Vec<&str> = question.chain(choices.iter().map(String::as_str)).collect();
        let id = uuid(relation, &said.join("\n"));
        let times = self.hashed.entry(id.clone()).or_default();
        *times += 1;
        match times {
            1 => id,
            times => format!("{id}-{times}"),
        }
    }

    /// # Errors
    /// A right answer that is none of the choices, with the place of its row.
    pub(super) fn finish(mut self) -> Result<Dataset, (Place, What)> {
        if self.choose {
            label_answers(&mut self.facts, self.first, &self.answers)?;
        }
        // One wording each: there is nothing to fuse but ways to write it down.
        let phrased = self.choose && self.facts.iter().all(|fact| fact.wordings.len() == 1);
        let mut sizes = vec![(0, 0); self.relations.iter().count()];
        for fact in &mut self.facts {
            let manual = settle_kinds(&mut fact.wordings);
            let size: &mut (usize, usize) = &mut sizes[fact.relation as usize];
            *size = (size.0.max(manual), size.1.max(fact.wordings.len() - manual));
        }
        let relation = |(id, &(manual, auto)): (&str, &(usize, usize))| Relation {
            id: id.to_owned(),
            label: labels::of(id).unwrap_or_default().to_owned(),
            templates: match phrased {
                true => phrasings(),
                false => untexted(manual, auto),
            },
        };
        let relations = self.relations.iter().zip(&sizes).map(relation).collect();
        let fact = |fact: Asked| {
            let (manual, auto) = sizes[fact.relation as usize];
            let (by_people, others): (Vec<Wording>, Vec<Wording>) =
                (fact.wordings.into_iter()).partition(|wording| wording.manual == Some(true));
            let texts = |of: Vec<Wording>| of.into_iter().map(|wording| wording.text);
            let mut paraphrases: Vec<String> = texts(by_people).collect();
            if phrased {
                paraphrases.extend(texts(others));
            } else {
                paraphrases.resize(manual, String::new());
                paraphrases.extend(texts(others));
                paraphrases.resize(manual + auto, String::new());
            }
            let first = paraphrases.iter().find(|text| !text.is_empty());
            Fact {
                subject: fact.subject.or(first.cloned()).unwrap_or_default(),
                uuid: fact.id,
                relation: fact.relation as usize,
                answers: fact.answers,
                paraphrases,
                choices: fact.choices,
            }
        };
        Ok(Dataset {
            style: match self.choose {
                true => Style::MultipleChoice,
                false => Style::WebQuestions,
            },
            relations,
            facts: self.facts.into_iter().map(fact).collect(),
        })
    }
}

/// The wordings in a row. Of several columns each has its place, also where it is empty.
fn wordings(cells: &Cells) -> Result<Vec<Wording>, What> {
    let columns = cells.texts(Key::Question)?;
    let several = columns.len() > 1;
    let mut texts = Vec::new();
    for column in columns {
        match column.is_empty() && several {
            true => texts.push(String::new()),
            false => texts.extend(column),
        }
    }
    if texts.iter().all(|text| text.trim().is_empty()) {
        return Err(format!(
            "{} is empty: expected the text of a question",
            cells.named(Key::Question)
        ));
    }
    let manual = cells.is_manual()?;
    let wording = |text: String| Wording {
        text: text.trim().to_owned(),
        manual,
    };
    Ok(texts.into_iter().map(wording).collect())
}

fn check_choices(cells: &Cells, choices: &[String], labels: &[String]) -> Result<(), What> {
    let named = cells.named(Key::Choices);
    if !(2..=MOST).contains(&choices.len()) {
        return Err(format!(
            "{named} holds {}: expected 2 to {MOST}",
            crate::numbers::count(choices.len(), "choice")
        ));
    }
    if !labels.is_empty() && labels.len() != choices.len() {
        return Err(format!(
            "{} holds {} for {}: expected one each",
            cells.named(Key::Labels),
            crate::numbers::count(labels.len(), "label"),
            crate::numbers::count(choices.len(), "choice"),
        ));
    }
    match choices.iter().position(|choice| choice.trim().is_empty()) {
        Some(empty) => Err(format!(
            "entry {} of {named} is empty: expected a text",
            empty + 1
        )),
        None => Ok(()),
    }
}

/// Where the table does not say who wrote a wording, the first is a person's. Returns how many are.
fn settle_kinds(wordings: &mut [Wording]) -> usize {
    for (at, wording) in wordings.iter_mut().enumerate() {
        wording.manual.get_or_insert(at == 0);
    }
    let manual = wordings
        .iter()
        .filter(|wording| wording.manual == Some(true));
    manual.count()
}

/// Templates whose text stands with the facts.
fn untexted(manual: usize, auto: usize) -> Vec<Template> {
    let ids = (1..=manual).map(TemplateId::manual);
    let ids = ids.chain((1..=auto).map(TemplateId::auto));
    ids.map(|id| Template {
        id,
        text: String::new(),
    })
    .collect()
}

/// The ways to write down a question with choices.
fn phrasings() -> Vec<Template> {
    let phrasing = |(number, phrasing): (usize, &Phrasing)| Template {
        id: TemplateId::manual(number),
        text: phrasing.pattern(),
    };
    (1..).zip(&PHRASINGS).map(phrasing).collect()
}
