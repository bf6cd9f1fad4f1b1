//! The layout of the present choice, with the texts that the screen shows.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::characters::Rewritten;
use crate::layout::{Layout, LayoutError, Options, Source};
use crate::prompt::{Context, Encode, Template};
use crate::tui::message::TokenText;

/// A layout, its token texts, and what its first answer token reads.
#[derive(Debug, Clone)]
pub struct Sequence {
    pub layout: Layout,
    /// The same as the layers with a sliding window see it, of a model that has such.
    pub(super) near: Option<Box<Layout>>,
    /// Texts of the prompt's tokens and of the generated ones behind them.
    pub texts: Vec<Arc<str>>,
    rewritten: Rewritten,
    /// Template id of each segment, as the data names it: `m3`.
    pub names: Vec<String>,
    /// How many segments the row that emits the first answer token reads.
    pub reads: usize,
    /// Which of several prompts this is, where the method reads each alone.
    pub alone: Option<Alone>,
    /// Where the prompt does not fit the model: the reason.
    pub too_long: Option<String>,
}

/// Token pieces and texts that are known already, so that a toggle only tokenizes what is new.
pub struct Pieces {
    words: Arc<dyn TokenText>,
    pieces: RefCell<HashMap<String, Vec<u32>>>,
    texts: HashMap<u32, Arc<str>>,
}

/// More pieces than a relation's templates times a screenful of subjects; then the cache starts over.
const KEPT: usize = 4_096;

impl Pieces {
    pub fn new(words: Arc<dyn TokenText>) -> Self {
        Pieces {
            words,
            pieces: RefCell::default(),
            texts: HashMap::new(),
        }
    }

    /// Text of a token as the screen shows it (before [`visible`](crate::tui::text::visible)).
    fn text(&mut self, id: u32) -> Arc<str> {
        let words = &self.words;
        self.texts
            .entry(id)
            .or_insert_with(|| words.text(id).into())
            .clone()
    }
}

impl Encode for Pieces {
    fn encode(&self, text: &str) -> Vec<u32> {
        if let Some(known) = self.pieces.borrow().get(text) {
            return known.clone();
        }
        let tokens = self.words.encode(text);
        let mut pieces = self.pieces.borrow_mut();
        if pieces.len() >= KEPT {
            pieces.clear();
        }
        pieces.insert(text.to_owned(), tokens.clone());
        tokens
    }

    fn bos(&self) -> Option<u32> {
        self.words.bos()
    }

    fn chat(&self) -> Option<&Template> {
        self.words.chat()
    }
}

/// One of the prompts that a method reads each for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alone {
    pub index: usize,
    pub count: usize,
}

/// What a sequence is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingredients {
    pub context: Context,
    pub questions: Vec<String>,
    /// The last manual question, counted from 1.
    pub manual: usize,
    /// Sizes of the groups that the first questions fall into.
    pub groups: Vec<usize>,
    pub names: Vec<String>,
    pub options: Options,
    /// New tokens asked for, and the positions that the model knows.
    pub limit: Option<(usize, usize)>,
    /// Where the method reads every prompt alone: which of them this is.
    pub alone: Option<Alone>,
    /// The model's sliding window, in tokens.
    pub window: Option<usize>,
    /// Token ids of an answer made from exactly these ingredients.
    pub generated: Vec<u32>,
}

impl Sequence {
    pub fn build(pieces: &mut Pieces, from: &Ingredients) -> Result<Sequence, LayoutError> {
        let source = Source {
            groups: &from.groups,
            ..Source::new(&from.context, &from.questions, from.manual)
        };
        let layout = match (from.alone, &from.questions[..]) {
            (Some(_), [question]) => {
                let frame = from.context.frame(pieces)?;
                Layout::plain(pieces, &frame, question)
            }
            _ => Layout::build(pieces, source, from.options.clone())?,
        };
        let texts: Vec<Arc<str>> = layout
            .tokens
            .iter()
            .chain(&from.generated)
            .map(|&id| pieces.text(id))
            .collect();
        let reads = layout.segments_read(layout.len() - 1, None);
        let too_long = from
            .limit
            .and_then(|(new, limit)| layout.check_fits(new, limit).err())
            .map(|error| error.to_string());
        let window = from.window;
        Ok(Sequence {
            near: window.map(|_| Box::new(layout.in_window(window))),
            layout,
            rewritten: Rewritten::of(&texts),
            texts,
            names: from.names.clone(),
            reads,
            alone: from.alone,
            too_long,
        })
    }

    /// Rows and columns of the mask: prompt and generated tokens.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The text of a token as one reads it: a character that several tokens share stands at the first of them.
    pub fn written(&self, token: usize) -> &str {
        self.rewritten.text(&self.texts, token)
    }

    /// The row that emits the first answer token.
    pub fn emitting(&self) -> usize {
        self.layout.len() - 1
    }

    /// Whether the first answer token reads every question.
    pub fn is_fused(&self) -> bool {
        self.reads == self.names.len()
    }

    /// Where a token of another sequence stands in this one: as far into the segment of the same name; what belongs to
    /// none as far from the prompt's beginning or, behind the segments, from its end. `None` where the segment is gone.
    pub fn counterpart(&self, token: usize, other: &Sequence) -> Option<usize> {
        let Some(name) = other.owner(token) else {
            let last = other.layout.segments().last();
            return match last.is_some_and(|last| token >= last.end) {
                true => (self.layout.len() + token).checked_sub(other.layout.len()),
                false => Some(token),
            };
        };
        let segment = |of: &Sequence| {
            let place = of.names.iter().position(|other| other == name)?;
            of.layout.segments().get(place).cloned()
        };
        let (from, to) = (segment(other)?, segment(self)?);
        let offset = token.saturating_sub(from.start);
        Some((to.start + offset).min(to.end.saturating_sub(1)))
    }

    /// Place of a segment among the chosen templates, which decides its colour.
    pub fn place(&self, segment: usize) -> usize {
        self.alone.map_or(0, |alone| alone.index) + segment
    }

    /// Name of the segment that a token belongs to.
    pub fn owner(&self, token: usize) -> Option<&str> {
        let owner = self.layout.owner.get(token).copied().flatten()?;
        self.names.get(owner as usize).map(String::as_str)
    }
}
