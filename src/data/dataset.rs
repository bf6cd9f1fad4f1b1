//! What a data set holds once its rows are folded: relations with templates, and facts.

use std::fmt;
use std::str::FromStr;

use super::choices::{PHRASINGS, letter};

/// A whole data set: relations in order of first appearance, facts in data order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    pub style: Style,
    pub relations: Vec<Relation>,
    /// All facts, in the order in which their first row stands in the data.
    pub facts: Vec<Fact>,
}

/// How questions are made: from templates, or given with every fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Templates with `[X]` and `[Y]`.
    #[default]
    MyriadLama,
    /// Every fact carries its own paraphrases of one question.
    WebQuestions,
    /// The same, and what there is to choose from: the answer is the label of a choice.
    MultipleChoice,
}

/// A relation and its templates: manual ones first, then auto ones, each kind in order of first appearance; then own
/// wordings, as they were added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Wikidata property, `P36`; `webqa` for WebQuestions-style data, `questions` for other tables that name none.
    pub id: String,
    /// `capital`; empty where neither the data nor the built-in list knows one.
    pub label: String,
    pub templates: Vec<Template>,
}

/// One way to ask: a sentence with `[X]` (subject) and `[Y]` (object).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    /// Empty where the wording stands with the fact, as in WebQuestions-style data.
    pub text: String,
}

/// `m1`, `m2`, … for manual templates, `a1`, `a2`, … for auto ones and `o1`, `o2`, … for one's own; `m1#2` for a
/// template's second copy in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateId {
    pub kind: TemplateKind,
    /// Counted from 1 within the kind.
    pub number: usize,
    /// Counted from 1; data have first copies only.
    pub copy: usize,
}

/// Written by a person, generated, or added by the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TemplateKind {
    Manual,
    Auto,
    Own,
}

/// One subject of one relation, with every accepted answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub uuid: String,
    /// Index into [`Dataset::relations`].
    pub relation: usize,
    /// For WebQuestions-style data the first wording.
    pub subject: String,
    /// Aliases of all objects, in data order; never empty. Of a choice the letters of those that are right.
    pub answers: Vec<String>,
    /// The fact's own wordings, one per template, empty where it lacks one; of a choice that is asked in phrasings one for
    /// all. None for MyriadLAMA.
    pub paraphrases: Vec<String>,
    /// What there is to choose from, `A` first.
    pub choices: Vec<String>,
}

impl Dataset {
    pub fn relation_of(&self, fact: &Fact) -> &Relation {
        &self.relations[fact.relation]
    }

    /// The question that `template` (an index into the relation's templates) asks about `fact`; empty where it asks none.
    pub fn question(&self, fact: &Fact, template: usize) -> String {
        let own = |at: usize| fact.paraphrases.get(at).map_or("", String::as_str);
        let known = &self.relations[fact.relation].templates[template];
        match self.style {
            Style::MyriadLama => known.question(&fact.subject),
            Style::WebQuestions => own(template).to_owned(),
            Style::MultipleChoice if !known.text.is_empty() => {
                PHRASINGS[template].ask(own(0), &fact.choices)
            }
            Style::MultipleChoice if own(template).is_empty() => String::new(),
            Style::MultipleChoice => PHRASINGS[0].ask(own(template), &fact.choices),
        }
    }

    /// Whether a template asks about a fact: wordings that stand with the facts may be fewer for some.
    pub fn asks(&self, fact: &Fact, template: usize) -> bool {
        let has_text = !self.relations[fact.relation].templates[template]
            .text
            .is_empty();
        has_text
            || fact
                .paraphrases
                .get(template)
                .is_some_and(|text| !text.is_empty())
    }

    /// The question of the first template that asks about a fact.
    pub fn first_question(&self, fact: &Fact) -> String {
        let templates = 0..self.relations[fact.relation].templates.len();
        let first = { templates }.find(|&template| self.asks(fact, template));
        first.map_or(String::new(), |template| self.question(fact, template))
    }
}

impl Fact {
    /// The labels of its choices; none where any answer may be given.
    pub fn labels(&self) -> Vec<String> {
        (0..self.choices.len()).map(letter).collect()
    }
}

impl Relation {
    /// Templates of one kind, in order.
    pub fn of_kind(&self, kind: TemplateKind) -> impl Iterator<Item = &Template> {
        self.templates.iter().filter(move |t| t.id.kind == kind)
    }

    /// Index of the template with this id.
    pub fn find_template(&self, id: TemplateId) -> Option<usize> {
        self.templates.iter().position(|t| t.id == id)
    }
}

impl Template {
    /// The template with `[X]` replaced by the subject and `[Y]` by `[MASK]`.
    pub fn question(&self, subject: &str) -> String {
        // `[Y]` first: a subject may contain the text "[Y]", a template's `[Y]` is never the subject's.
        self.text.replace("[Y]", "[MASK]").replace("[X]", subject)
    }

    pub fn is_manual(&self) -> bool {
        self.id.kind == TemplateKind::Manual
    }

    pub fn is_own(&self) -> bool {
        self.id.kind == TemplateKind::Own
    }
}

impl TemplateId {
    pub fn manual(number: usize) -> Self {
        TemplateId {
            kind: TemplateKind::Manual,
            number,
            copy: 1,
        }
    }

    pub fn auto(number: usize) -> Self {
        TemplateId {
            kind: TemplateKind::Auto,
            number,
            copy: 1,
        }
    }

    pub fn own(number: usize) -> Self {
        TemplateId {
            kind: TemplateKind::Own,
            number,
            copy: 1,
        }
    }
}

impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            TemplateKind::Manual => 'm',
            TemplateKind::Auto => 'a',
            TemplateKind::Own => 'o',
        };
        write!(f, "{kind}{}", self.number)?;
        match self.copy {
            1 => Ok(()),
            copy => write!(f, "#{copy}"),
        }
    }
}

impl FromStr for TemplateId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no template id: expected m1, m2, … or a1, a2, …");
        let kind = match text.as_bytes().first() {
            Some(b'm') => TemplateKind::Manual,
            Some(b'a') => TemplateKind::Auto,
            Some(b'o') => TemplateKind::Own,
            _ => return Err(wrong()),
        };
        let (number, copy) = text[1..].split_once('#').unwrap_or((&text[1..], "1"));
        match (number.parse(), copy.parse()) {
            (Ok(number), Ok(copy)) if number > 0 && copy > 0 => {
                Ok(TemplateId { kind, number, copy })
            }
            _ => Err(wrong()),
        }
    }
}
