//! From questions to a layout.

use std::ops::Range;

use super::{Cue, Fusion, Glue, Isolation, Layout, Options, Positions, Prefix, Preset, Role};
use crate::prompt::{ChatError, Context, Encode, Frame, SEP};

/// What one layout is made of.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub context: &'a Context,
    pub questions: &'a [String],
    /// The last manual question, counted from 1: how many are manual where these stand in front.
    pub manual: usize,
    /// Sizes of the groups that the first questions fall into; each of the others is alone.
    pub groups: &'a [usize],
    /// The questions' confidences, for the bias `weighted`; all alike where empty.
    pub weights: &'a [f32],
}

impl<'a> Source<'a> {
    /// Questions, the first so many of them manual, each alone and of the same weight.
    pub fn new(context: &'a Context, questions: &'a [String], manual: usize) -> Self {
        Source {
            context,
            questions,
            manual,
            groups: &[],
            weights: &[],
        }
    }
}

/// Why no layout can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error("no question to lay out: choose at least one template")]
    NoQuestion,
    #[error(
        "the prompt's largest position {position} and {new} new tokens reach the model's \
         max_position_embeddings {limit}: choose fewer templates or shots, or fewer new tokens"
    )]
    TooLong {
        position: u32,
        new: usize,
        limit: usize,
    },
}

impl Layout {
    /// Lays the questions out in one sequence.
    ///
    /// The text is tokenized piece by piece: a whole segment with its cue, the shared context, each separator,
    /// the tail cue (tokenizers merge `.\n\n` only inside a piece).
    pub fn build(
        tokenizer: &impl Encode,
        source: Source<'_>,
        options: Options,
    ) -> Result<Layout, LayoutError> {
        options.check().map_err(LayoutError::Refused)?;
        if source.questions.is_empty() {
            return Err(LayoutError::NoQuestion);
        }
        let frame = source.context.frame(tokenizer)?;
        let attached = options.glue == Glue::Attached;
        let bos = frame.begin(tokenizer);
        let separator = tokenizer.encode(SEP);
        let cue = match options.cue {
            Cue::Segment => frame.cue.as_str(),
            Cue::Tail => "",
        };

        let mut put = Pieces::default();
        let first = if attached { Role::Shared } else { Role::Orphan };
        put.piece(&bos, None, first);
        let front = match options.prefix {
            Prefix::Repeated => None,
            Prefix::Shared => Some(Role::Shared),
            Prefix::Apart => Some(Role::Context),
        };
        if let Some(role) = front {
            put.piece(&tokenizer.encode(&frame.before), None, role);
            put.piece(&tokenizer.encode(frame.separator), None, role);
        }
        for (i, question) in (0u32..).zip(source.questions) {
            // Restarted segments are parallel continuations: no separator stands between them.
            if i > 0 && options.positions == Positions::Continuous {
                if attached {
                    put.piece(&separator, Some(i - 1), Role::Segment);
                } else {
                    put.piece(&separator, None, Role::Orphan);
                }
            }
            let (
                asked,
                Frame {
                    before, separator, ..
                },
            ) = (frame.ask(question), &*frame);
            let text = match options.prefix {
                Prefix::Repeated => format!("{before}{separator}{asked}{cue}"),
                Prefix::Shared | Prefix::Apart => format!("{asked}{cue}"),
            };
            put.piece(&tokenizer.encode(&text), Some(i), Role::Segment);
        }
        if options.glue == Glue::Shifted && !bos.is_empty() {
            put.shift();
        }
        if options.cue == Cue::Tail {
            put.piece(&tokenizer.encode(&frame.cue), None, Role::Tail);
        }
        if let Some(last) = put.role.last_mut()
            && options.fusion == Fusion::LastToken
            && *last == Role::Segment
        {
            *last = Role::TailInSegment;
        }
        Ok(put.layout(source, options))
    }

    /// One question's whole prompt, read causally: what every method but `flex` gives the model.
    pub fn plain(tokenizer: &impl Encode, frame: &Frame, question: &str) -> Layout {
        let mut put = Pieces::default();
        put.piece(&frame.begin(tokenizer), None, Role::Shared);
        let prompt = tokenizer.encode(&frame.prompt(question));
        put.piece(&prompt, Some(0), Role::Segment);
        let options = Options {
            isolation: Isolation::None,
            ..Preset::Fused.options()
        };
        let questions = [String::new()];
        put.layout(Source::new(&Context::new("", &[]), &questions, 0), options)
    }

    /// The same whole prompt, its first tokens in front of the question and the question's no longer: what is read stays
    /// the same, who owns it does not.
    pub fn with_front(&self, tokens: usize) -> Layout {
        let mut prompt = self.clone();
        prompt.owner[..tokens].fill(None);
        prompt.role[..tokens].fill(Role::Shared);
        // A whole prompt is one segment.
        prompt.segments[0] = tokens..self.len();
        prompt.shared = tokens;
        prompt.front = tokens;
        prompt
    }

    /// Refuses a prompt that, with `new` tokens more, leaves the positions that a model knows.
    pub fn check_fits(&self, new: usize, limit: usize) -> Result<(), LayoutError> {
        let position = self.next_position().saturating_sub(1);
        if position as usize + new < limit {
            return Ok(());
        }
        Err(LayoutError::TooLong {
            position,
            new,
            limit,
        })
    }
}

#[derive(Default)]
struct Pieces {
    tokens: Vec<u32>,
    owner: Vec<Option<u32>>,
    role: Vec<Role>,
}

impl Pieces {
    fn piece(&mut self, tokens: &[u32], owner: Option<u32>, role: Role) {
        self.tokens.extend_from_slice(tokens);
        self.owner.resize(self.tokens.len(), owner);
        self.role.resize(self.tokens.len(), role);
    }

    /// The Python original counts segment borders without BOS and then reads the text with BOS: every owner
    /// slides one token to the left, and the last token lies past the counted length.
    fn shift(&mut self) {
        self.owner.remove(0);
        self.owner.push(None);
        self.role.remove(0);
        self.role.push(Role::Tail);
    }

    fn layout(self, source: Source<'_>, options: Options) -> Layout {
        let Pieces {
            tokens,
            owner,
            role,
        } = self;
        let mut segments = vec![0..0; source.questions.len()];
        for (at, owner) in owner.iter().enumerate() {
            if let Some(owner) = owner {
                let segment = &mut segments[*owner as usize];
                if segment.end == 0 {
                    *segment = at..at + 1;
                } else {
                    segment.end = at + 1;
                }
            }
        }
        let shared = role
            .iter()
            .take_while(|role| **role == Role::Shared)
            .count();
        let in_front = |role: &&Role| matches!(role, Role::Shared | Role::Context);
        let front = role.iter().take_while(in_front).count();
        let last_manual = segments[..source.manual]
            .iter()
            .map(|segment| segment.end)
            .max()
            .filter(|&end| options.manual_cross_attention && end > 0)
            .map(|end| end - 1);
        let positions = match options.positions {
            Positions::Continuous => (0..tokens.len() as u32).collect(),
            Positions::Restart => restarted(&owner, &segments, front, |_| 0),
            Positions::AlignEnd => {
                let longest = segments.iter().map(Range::len).max().unwrap_or(0);
                let late = |segment: &Range<usize>| longest - segment.len();
                restarted(&owner, &segments, front, late)
            }
        };
        let lengths: Vec<usize> = segments.iter().map(Range::len).collect();
        let biases = options.bias.per_segment(&lengths, source.weights);
        let group_starts = group_starts(source.groups, segments.len());
        Layout {
            tokens,
            owner,
            role,
            positions,
            segments,
            shared,
            front,
            group_starts,
            biases,
            last_manual,
            hidden: Vec::new(),
            open: Vec::new(),
            window: None,
            options,
        }
    }
}

/// Each segment counts on from what is in front, `late` positions later; the tail follows the largest position so far.
fn restarted(
    owner: &[Option<u32>],
    segments: &[Range<usize>],
    front: usize,
    late: impl Fn(&Range<usize>) -> usize,
) -> Vec<u32> {
    let mut largest = 0;
    let mut positions = Vec::with_capacity(owner.len());
    for (at, owner) in owner.iter().enumerate() {
        let position = match owner {
            Some(owner) => {
                let segment = &segments[*owner as usize];
                front + late(segment) + at - segment.start
            }
            None if at < front => at,
            None => largest + 1,
        };
        largest = largest.max(position);
        positions.push(position as u32);
    }
    positions
}

/// First segment of the group of each of `count` segments.
fn group_starts(sizes: &[usize], count: usize) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::with_capacity(count);
    for &size in sizes {
        let start = starts.len();
        starts.resize((start + size).min(count), start);
    }
    starts.extend(starts.len()..count);
    starts
}
