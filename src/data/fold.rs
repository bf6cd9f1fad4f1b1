//! Rows folded into relations, templates and facts: the one path behind every format.
//!
//! A row says five things (fact, relation, subject, template, kind). [`Fold`] numbers every
//! distinct string in order of first appearance, so that a row is five small numbers and memory
//! follows the facts. A fact's answers are taken from its first row.

use super::columns::{
    MYRIAD_ANSWERS, RELATION, SUBJECT, Shape, TEMPLATE, UUID, WEB_ANSWERS, wording,
};
use super::error::quote;
use super::interner::Interner;
use super::unpacked::Amount;
use super::{Dataset, Fact, Relation, Template, TemplateId, labels};

/// Id of the only relation of WebQuestions-style data.
pub(super) const WEBQA: &str = "webqa";

/// Why a row cannot be used; the reader adds file and row.
pub(super) type What = String;

/// One MyriadLAMA row, by the numbers that [`Fold`] gave to its strings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) fact: u32,
    pub(super) relation: u32,
    pub(super) subject: u32,
    pub(super) template: u32,
    pub(super) manual: bool,
}

/// Where a fact's first row stands: the part (file or run of row groups) and the row in it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) part: u32,
    pub(super) row: u64,
}

/// What has been read so far.
pub(super) struct Fold {
    pub(super) shape: Shape,
    pub(super) uuids: Interner,
    pub(super) relations: Interner,
    pub(super) subjects: Interner,
    pub(super) templates: Interner,
    /// One per uuid, in the same order.
    facts: Vec<Folded>,
    /// Per template text, where it is used; nearly always once.
    uses: Vec<Vec<(u32, bool)>>,
    /// Distinct (relation, template text, manual) in order of first appearance.
    order: Vec<(u32, u32, bool)>,
    /// Of answers and paraphrases.
    amount: Amount,
}

struct Folded {
    relation: u32,
    subject: u32,
    place: Place,
    answers: Vec<String>,
    paraphrases: Vec<String>,
}

impl Fold {
    /// `amount` limits what is kept of each column.
    pub(super) fn new(shape: Shape, amount: Amount) -> Self {
        let names = [UUID, RELATION, SUBJECT, TEMPLATE].map(str::to_owned);
        Fold::of_columns(shape, amount, names)
    }

    /// The same where the columns of uuid, relation, subject and template have other names.
    pub(super) fn of_columns(shape: Shape, amount: Amount, names: [String; 4]) -> Self {
        let [uuid, relation, subject, template] = names;
        Fold {
            shape,
            uuids: Interner::new(uuid, amount),
            relations: Interner::new(relation, amount),
            subjects: Interner::new(subject, amount),
            templates: Interner::of_templates(template, amount),
            facts: Vec::new(),
            uses: Vec::new(),
            order: Vec::new(),
            amount,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Takes in a row whose strings are numbered. Returns the fact's number if this is its first
    /// row, so that the caller can add the answers.
    #[inline]
    pub(super) fn row(&mut self, row: Row, place: Place) -> Result<Option<usize>, What> {
        let number = row.fact as usize;
        let new = number == self.facts.len();
        if new {
            self.facts.push(Folded {
                relation: row.relation,
                subject: row.subject,
                place,
                answers: Vec::new(),
                paraphrases: Vec::new(),
            });
        } else {
            let known = &self.facts[number];
            if known.relation != row.relation || known.subject != row.subject {
                return Err(self.contradiction(number, row.relation, row.subject));
            }
        }
        self.template(row.relation, row.template, row.manual);
        Ok(new.then_some(number))
    }

    #[inline]
    fn template(&mut self, relation: u32, template: u32, manual: bool) {
        if self.uses.len() <= template as usize {
            self.uses.resize(template as usize + 1, Vec::new());
        }
        let uses = &mut self.uses[template as usize];
        if !uses.contains(&(relation, manual)) {
            uses.push((relation, manual));
            self.order.push((relation, template, manual));
        }
    }

    /// Takes in a WebQuestions-style row; `place` says where it stands.
    pub(super) fn question(
        &mut self,
        uuid: &str,
        paraphrases: Vec<String>,
        answers: Vec<String>,
        place: Place,
    ) -> Result<(), What> {
        let number = self.uuids.number(uuid)? as usize;
        if let Some(empty) = paraphrases.iter().position(|p| p.trim().is_empty()) {
            return Err(format!(
                "`{}` is empty: expected the text of a question",
                wording(empty)
            ));
        }
        if let Some(known) = self.facts.get(number) {
            return match known.paraphrases == paraphrases {
                true => Ok(()),
                false => Err(self.other_question(number, &paraphrases)),
            };
        }
        let bytes = paraphrases.iter().map(String::len).sum();
        self.amount.add(bytes, &wording(0))?;
        let relation = self.relations.number(WEBQA)?;
        let subject = self.subjects.number(&paraphrases[0])?;
        self.facts.push(Folded {
            relation,
            subject,
            place,
            answers: Vec::new(),
            paraphrases,
        });
        self.answer(number, answers)
    }

    /// Gives a fact its answers.
    pub(super) fn answer(&mut self, fact: usize, answers: Vec<String>) -> Result<(), What> {
        let column = match self.shape {
            Shape::MyriadLama => MYRIAD_ANSWERS,
            Shape::WebQuestions { .. } => WEB_ANSWERS,
        };
        if answers.is_empty() {
            return Err(format!(
                "`{column}` is an empty list: expected at least one accepted answer"
            ));
        }
        if let Some(empty) = answers.iter().position(|a| a.trim().is_empty()) {
            return Err(format!(
                "entry {} of `{column}` is an empty string: expected an accepted answer",
                empty + 1
            ));
        }
        let bytes = answers.iter().map(String::len).sum();
        self.amount.add(bytes, column)?;
        self.facts[fact].answers = answers;
        Ok(())
    }

    /// Facts whose answers are still to be read, with the place of their first row, in data order.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, Place)> {
        self.facts.iter().map(|f| f.place).enumerate()
    }

    /// Takes in what another part of the data holds; parts must come in data order.
    ///
    /// # Errors
    /// A fact that contradicts an earlier part, with the place of its row in `part`.
    pub(super) fn absorb(&mut self, part: Fold) -> Result<(), (Place, What)> {
        let relations = self.relations.adopt(&part.relations);
        let subjects = self.subjects.adopt(&part.subjects);
        let templates = self.templates.adopt(&part.templates);
        let uuids = self.uuids.adopt(&part.uuids);
        for (fact, &number) in part.facts.into_iter().zip(&uuids) {
            let relation = relations[fact.relation as usize];
            let subject = subjects[fact.subject as usize];
            match self.facts.get(number as usize) {
                Some(known) if known.paraphrases != fact.paraphrases => {
                    let what = self.other_question(number as usize, &fact.paraphrases);
                    return Err((fact.place, what));
                }
                Some(known) if known.relation != relation || known.subject != subject => {
                    let what = self.contradiction(number as usize, relation, subject);
                    return Err((fact.place, what));
                }
                Some(_) => {}
                None => self.facts.push(Folded {
                    relation,
                    subject,
                    ..fact
                }),
            }
        }
        for (relation, template, manual) in part.order {
            let relation = relations[relation as usize];
            self.template(relation, templates[template as usize], manual);
        }
        Ok(())
    }

    #[cold]
    fn contradiction(&self, fact: usize, relation: u32, subject: u32) -> What {
        let known = &self.facts[fact];
        format!(
            "uuid {} is {} of {} here and {} of {} in an earlier row: give every fact its own uuid",
            quote(self.uuids.text(fact as u32)),
            quote(self.subjects.text(subject)),
            quote(self.relations.text(relation)),
            quote(self.subjects.text(known.subject)),
            quote(self.relations.text(known.relation)),
        )
    }

    #[cold]
    fn other_question(&self, fact: usize, paraphrases: &[String]) -> What {
        let known = self.facts[fact].paraphrases.iter();
        let differ = known.zip(paraphrases).find(|(known, here)| known != here);
        let (known, here) = differ.map_or(("", ""), |(known, here)| (known, here));
        format!(
            "uuid {} asks {} here and {} in an earlier row: give every question its own uuid",
            quote(self.uuids.text(fact as u32)),
            quote(here),
            quote(known),
        )
    }

    /// The folded data, with labels for the relations that are known.
    pub(super) fn finish(self) -> Dataset {
        let mut relations: Vec<Relation> = self
            .relations
            .iter()
            .map(|id| Relation {
                id: id.to_string(),
                label: labels::of(id).unwrap_or_default().to_owned(),
                templates: Vec::new(),
            })
            .collect();
        // Manual first; within a kind the order of first appearance, which `order` already is.
        for wanted in [true, false] {
            for &(relation, template, _) in self.order.iter().filter(|o| o.2 == wanted) {
                let templates = &mut relations[relation as usize].templates;
                let same_kind = templates.iter().filter(|t| t.is_manual() == wanted).count();
                templates.push(Template {
                    id: match wanted {
                        true => TemplateId::manual(same_kind + 1),
                        false => TemplateId::auto(same_kind + 1),
                    },
                    text: self.templates.text(template).to_owned(),
                });
            }
        }
        if let Shape::WebQuestions { wordings } = self.shape {
            for relation in &mut relations {
                relation.templates = web_templates(wordings);
            }
        }
        let facts = self.facts.into_iter().zip(self.uuids.iter());
        let facts = facts.map(|(fact, uuid)| Fact {
            uuid: uuid.to_string(),
            relation: fact.relation as usize,
            subject: self.subjects.text(fact.subject).to_owned(),
            answers: fact.answers,
            paraphrases: fact.paraphrases,
            choices: Vec::new(),
        });
        Dataset {
            style: self.shape.style(),
            facts: facts.collect(),
            relations,
        }
    }
}

/// The templates of WebQuestions-style data: `m1`, then `a1`, `a2`, …, all without text.
fn web_templates(wordings: usize) -> Vec<Template> {
    let ids = (0..wordings).map(|i| match i {
        0 => TemplateId::manual(1),
        i => TemplateId::auto(i),
    });
    ids.map(|id| Template {
        id,
        text: String::new(),
    })
    .collect()
}
