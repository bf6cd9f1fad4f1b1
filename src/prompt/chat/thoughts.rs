//! What a model writes before its answer, where its template has a place for that.
//!
//! ```text
//! … question ⟨end of turn⟩ ⟨assistant⟩ <think> thoughts </think> answer
//!            └──────────── Open ─────────────┘         └ Closed ┘
//! ```

/// Where in the assistant's turn a prompt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Thoughts {
    /// Before the answer, without thoughts.
    #[default]
    Off,
    /// Where thoughts begin.
    Open,
    /// Behind thoughts, which stand with the question: its cue is what ends them.
    Closed,
}

/// How thoughts stand in a turn.
#[derive(Debug, PartialEq, Eq)]
pub struct Marks {
    /// In templates with a place for thoughts.
    sign: &'static str,
    /// What a template may leave at the end of a prompt, and what the answer needs behind that where there are no
    /// thoughts.
    turn: Option<(&'static str, &'static str)>,
    open: &'static str,
    pub end: &'static str,
    /// Between the end and the answer.
    answer: &'static str,
}

/// The first whose sign stands in a template is its own.
const KNOWN: [Marks; 2] = [
    // gpt-oss leaves the assistant's turn without a channel.
    Marks {
        sign: "<|channel|>",
        turn: Some(("<|start|>assistant", "<|channel|>final<|message|>")),
        open: "<|channel|>analysis<|message|>",
        end: "<|end|>",
        answer: "<|start|>assistant<|channel|>final<|message|>",
    },
    Marks {
        sign: "</think>",
        turn: None,
        open: "<think>\n",
        end: "</think>",
        answer: "\n\n",
    },
];

impl Marks {
    pub(super) fn of(template: &str) -> Option<&'static Marks> {
        KNOWN.iter().find(|marks| template.contains(marks.sign))
    }

    /// What asks for an answer, or for thoughts, behind what the template wrote.
    pub(super) fn cue(&self, written: &str, thoughts: Thoughts) -> String {
        match (thoughts, self.turn) {
            (Thoughts::Closed, _) => format!("{}{}", self.end, self.answer),
            // Some templates open them, some leave that to the model.
            (Thoughts::Open, _) if written.trim_end().ends_with(self.open.trim_end()) => {
                written.to_owned()
            }
            (Thoughts::Open, _) => format!("{written}{}", self.open),
            (Thoughts::Off, Some((turn, answer))) if written.ends_with(turn) => {
                format!("{written}{answer}")
            }
            (Thoughts::Off, _) => written.to_owned(),
        }
    }
}
