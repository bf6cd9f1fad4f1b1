//! What is computed from the choice and kept until it changes: shots, layout, and where the mask is looked at.

use std::sync::Arc;

use super::choice::ShotsFrom;
use super::runs::Scope;
use super::sequence::{Alone, Ingredients, Pieces, Sequence};
use super::{Model, Workspace};
use crate::data::{Fact, TemplateId, TemplateKind};
use crate::engine::Reads;
use crate::prompt::{Context, Shots};

/// The cell of the mask that is looked at: row (who reads) and key (what is read), as token indices.
#[derive(Debug, Clone, Copy)]
pub struct Crosshair {
    pub row: usize,
    pub key: usize,
    /// It moved: the mask scrolls to it before the next frame.
    pub follow: bool,
}

impl Default for Crosshair {
    fn default() -> Self {
        Crosshair {
            row: 0,
            key: 0,
            follow: true,
        }
    }
}

/// A question of the prompt, and the template that it comes from.
#[derive(Clone)]
struct Asked {
    id: TemplateId,
    name: String,
    question: String,
}

impl Asked {
    /// The name of what has no number yet.
    const DRAFT: &str = "new";
}

/// What the shots on screen depend on.
type ShotsKey = (ShotsFrom, usize);

/// Shots with what they are as a context, or why there are none.
type ShotsRead = Result<(Arc<Shots>, Context), String>;

/// Shots and layout of the present choice.
#[derive(Default)]
pub struct Cache {
    pieces: Option<Pieces>,
    shots: Option<(ShotsKey, ShotsRead)>,
    sequence: Option<(Ingredients, Result<Sequence, String>)>,
    /// The sequence before, while there is none: where the reader looked in it.
    last: Option<Sequence>,
    /// Counts the sequences that have been built.
    built: u64,
}

impl Cache {
    /// Token ids of the answer to exactly what is on screen.
    pub(super) fn generated(&self) -> Option<&[u32]> {
        let (ingredients, built) = self.sequence.as_ref()?;
        built.is_ok().then_some(&ingredients.generated)
    }

    /// What stands around the questions on screen.
    pub(super) fn context(&self) -> Option<&Context> {
        self.sequence.as_ref().map(|(of, _)| &of.context)
    }

    /// Other data: shots were drawn from those before.
    pub(super) fn forget_shots(&mut self) {
        self.shots = None;
    }

    /// The questions on screen, in the order of their segments.
    pub(super) fn questions(&self) -> &[String] {
        let sequence = self.sequence.as_ref();
        sequence.map_or(&[], |(ingredients, _)| &ingredients.questions)
    }

    /// Another tokenizer: every token of the present layout is void.
    pub fn set_tokenizer(&mut self, pieces: Pieces) {
        self.pieces = Some(pieces);
        self.sequence = None;
    }
}

impl Workspace {
    /// The layout of what is chosen, or why there is none. Stands after [`Workspace::prepare`].
    pub fn sequence(&self) -> Option<Result<&Sequence, &str>> {
        let (_, built) = self.cache.sequence.as_ref()?;
        Some(built.as_ref().map_err(String::as_str))
    }

    /// The layout of what is chosen where there is one.
    pub fn built(&self) -> Option<&Sequence> {
        self.sequence()?.ok()
    }

    /// Changes whenever [`Workspace::sequence`] does.
    pub fn sequence_version(&self) -> u64 {
        self.cache.built
    }

    /// The shots on screen: given, or drawn for the relation on screen.
    pub fn shots(&self) -> Option<Result<&Arc<Shots>, &str>> {
        let (_, shots) = self.cache.shots.as_ref()?;
        Some(
            shots
                .as_ref()
                .map(|(shots, _)| shots)
                .map_err(String::as_str),
        )
    }

    /// What stands in front of every question on screen.
    pub(super) fn shots_context(&self) -> Option<Context> {
        let (_, shots) = self.cache.shots.as_ref()?;
        let (_, context) = shots.as_ref().ok()?;
        Some(context.clone().asked_as(self.choice.chat))
    }

    /// Brings shots and layout up to date. Cheap where nothing changed.
    pub fn prepare(&mut self) {
        self.prepare_shots();
        self.prepare_sequence();
    }

    pub(in crate::tui) fn prepare_shots(&mut self) {
        let Some(data) = self.browse.data() else {
            return;
        };
        let relation = self.browse.relation;
        let key = (self.choice.shots.clone(), relation);
        if matches!(&self.cache.shots, Some((known, _)) if *known == key) {
            return;
        }
        let shots = match &self.choice.shots {
            ShotsFrom::Given(shots) => Ok(shots.clone()),
            ShotsFrom::Drawn { count, seed } => {
                let mut selected = self.browse.facts_in(relation).to_vec();
                Shots::draw(data, &mut selected, *count, *seed)
                    .map(|(shots, _)| Arc::new(shots))
                    .map_err(|error| error.to_string())
            }
        };
        let with_context = |shots: Arc<Shots>| {
            let context = shots.context(data.style);
            (shots, context)
        };
        self.cache.shots = Some((key, shots.map(with_context)));
    }

    fn prepare_sequence(&mut self) {
        let Some(ingredients) = self.ingredients() else {
            self.cache.built += u64::from(self.cache.sequence.take().is_some());
            return;
        };
        if matches!(&self.cache.sequence, Some((known, _)) if *known == ingredients) {
            return;
        }
        let Some(pieces) = &mut self.cache.pieces else {
            return;
        };
        let built = Sequence::build(pieces, &ingredients).map_err(|error| error.to_string());
        let old = match self.cache.sequence.take() {
            Some((_, Ok(sequence))) => Some(sequence),
            _ => self.cache.last.take(),
        };
        match &built {
            Ok(sequence) => self.crosshair.move_into(sequence, old.as_ref()),
            Err(_) => self.cache.last = old,
        }
        self.cache.sequence = Some((ingredients, built));
        self.cache.built += 1;
    }

    /// What the layout on screen is made of; `None` while data or tokenizer are missing.
    fn ingredients(&self) -> Option<Ingredients> {
        let (data, fact) = (self.data()?, self.browse.fact?);
        self.cache.pieces.as_ref()?;
        let context = self.shots_context()?;
        let this = &data.facts[fact];
        let mut asked = self.asked(this)?;
        let draft = asked.iter().position(|one| one.name == Asked::DRAFT);
        let limit = match &self.model {
            Model::Ready(about) => Some((self.choice.max_new_tokens, about.max_positions)),
            _ => None,
        };
        let generated = match &self.runs.current {
            // Of a wording that is being typed nothing has been asked.
            Some(run)
                if draft.is_none()
                    && run.job().is_some_and(|job| {
                        let scope = Scope::Fact(fact);
                        job.scope == scope && job.settings == self.settings(scope)
                    }) =>
            {
                run.generated.clone()
            }
            _ => Vec::new(),
        };
        let count = match self.choice.method.reads() {
            Reads::Layout => None,
            Reads::First => {
                // What is being typed is what one wants to see.
                let first = draft.unwrap_or(0);
                asked = asked.into_iter().skip(first).take(1).collect();
                Some(asked.len())
            }
            Reads::Each | Reads::All => Some(asked.len()),
        };
        let alone = count.map(|count| Alone {
            index: draft
                .unwrap_or(self.browse.prompt)
                .min(count.saturating_sub(1)),
            count,
        });
        let groups = match alone {
            Some(Alone { index, .. }) => {
                asked = asked.into_iter().skip(index).take(1).collect();
                Vec::new()
            }
            None => {
                let ids: Vec<_> = asked.iter().map(|one| one.id).collect();
                let (order, groups) = self.choice.options.groups.arrange(&ids);
                asked = order.iter().map(|&at| asked[at].clone()).collect();
                groups
            }
        };
        let manual = |one: &Asked| one.id.kind == TemplateKind::Manual;
        let manual = asked.iter().rposition(manual).map_or(0, |last| last + 1);
        let (names, questions) = asked
            .into_iter()
            .map(|one| (one.name, one.question))
            .unzip();
        Some(Ingredients {
            context,
            questions,
            manual,
            groups,
            names,
            options: self.choice.options.clone(),
            limit,
            alone,
            window: self.window().map(|window| window.tokens),
            generated,
        })
    }

    /// The questions of the chosen templates about a fact, and that of the wording that is being typed.
    fn asked(&self, fact: &Fact) -> Option<Vec<Asked>> {
        let (data, chosen) = (self.data()?, self.picks()?.chosen());
        let templates = &data.relation_of(fact).templates;
        let one = |&template: &usize| Asked {
            id: templates[template].id,
            name: templates[template].id.to_string(),
            question: data.question(fact, template),
        };
        let asks = |template: &&usize| data.asks(fact, **template);
        let mut asked: Vec<Asked> = chosen.iter().filter(asks).map(one).collect();
        if let Some(draft) = &self.draft {
            let new = Asked {
                id: TemplateId::own(usize::MAX),
                name: Asked::DRAFT.to_owned(),
                question: draft.question(&fact.subject),
            };
            let replaced = draft
                .replaces
                .and_then(|old| chosen.iter().position(|&one| one == old));
            match replaced {
                Some(at) => asked[at] = new,
                None => asked.push(new),
            }
        }
        Some(asked)
    }

    /// Shows the prompt of the next template, or of the one before, where the method reads each alone.
    pub(in crate::tui) fn turn_prompt(&mut self, by: isize) {
        self.prepare();
        match self.built().and_then(|sequence| sequence.alone) {
            Some(Alone { index, count }) if count > 1 => {
                let last = count as isize;
                self.browse.prompt = (index as isize + by).rem_euclid(last) as usize;
            }
            Some(_) => self.say("this is the only prompt".into()),
            None => {
                let words = "one prompt has all questions: methods other than flex have one each";
                self.say(words.into());
            }
        }
    }
}

impl Crosshair {
    /// Points into a sequence that takes the place of an old one: where the reader looked in that, or else at the row
    /// that matters and the last segment's beginning, a cell that says something in every layout.
    fn move_into(&mut self, sequence: &Sequence, old: Option<&Sequence>) {
        let now = |token: usize| old.and_then(|old| sequence.counterpart(token, old));
        let emits = old.is_some_and(|old| old.emitting() == self.row);
        let row = now(self.row).filter(|_| !emits);
        let row = row.unwrap_or(sequence.emitting());
        let key = now(self.key).or(sequence.layout.segments().last().map(|last| last.start));
        let place = (row, key.unwrap_or(0));
        self.follow |= emits || place != (self.row, self.key);
        (self.row, self.key) = place;
    }
}
