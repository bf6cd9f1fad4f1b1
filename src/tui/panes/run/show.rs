//! Which answers are listed: by a key, and by what is typed into the filter.

use crate::named::named;
use crate::tui::archive::Change;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::Scored;

named! {
    /// Which answers are listed. Gained and lost ones are those that the pinned run had wrong and right.
    #[derive(Default)]
    pub enum Show {
        /// All
        #[default]
        All = "all",
        /// Wrong ones
        Wrong = "wrong",
        /// Right ones
        Right = "right",
        /// Wrong in the pinned run, right here
        Gained = "gained",
        /// Right in the pinned run, wrong here
        Lost = "lost",
        /// Gained and lost
        Flipped = "flipped",
    }
}

impl Show {
    /// The next one; those about the pinned run only where there is one.
    pub fn next(self, pinned: bool) -> Self {
        let all = match pinned {
            true => Show::ALL,
            false => &Show::ALL[..3],
        };
        all[(self as usize + 1) % all.len()]
    }

    pub fn words(self) -> &'static str {
        match self {
            Show::All => "all",
            Show::Wrong => "wrong ones only",
            Show::Right => "right ones only",
            Show::Gained => "gained ones only",
            Show::Lost => "lost ones only",
            Show::Flipped => "gained and lost ones only",
        }
    }

    pub fn shows(self, work: &Workspace, Scored { row, .. }: &Scored) -> bool {
        match self {
            Show::All => true,
            Show::Wrong => !row.verdict.correct,
            Show::Right => row.verdict.correct,
            Show::Gained => work.change_of(row) == Some(Change::Gained),
            Show::Lost => work.change_of(row) == Some(Change::Lost),
            Show::Flipped => work.change_of(row).is_some(),
        }
    }
}

/// What is typed into the filter: words with a meaning of their own, and a text that is looked for.
#[derive(Debug, Default)]
pub struct Terms {
    shows: Vec<Show>,
    /// Relations and templates.
    labels: Vec<String>,
    pub text: String,
}

impl Terms {
    /// `wrong P36 paris`: a word of [`Show`], a relation of the run, a template that was asked alone; the rest is looked for
    /// as elsewhere.
    pub fn parse(query: &str, is_label: impl Fn(&str) -> bool) -> Self {
        let mut terms = Terms::default();
        let mut rest = Vec::new();
        for word in query.split(' ') {
            let lower = word.to_lowercase();
            match lower.parse() {
                Ok(show) if show != Show::All => terms.shows.push(show),
                _ if is_label(word) => terms.labels.push(lower),
                _ => rest.push(word),
            }
        }
        terms.text = rest.join(" ").trim().to_owned();
        terms
    }

    pub fn shows(&self, work: &Workspace, scored: &Scored) -> bool {
        let row = &scored.row;
        let is_of = |label: &String| {
            let mut ids = row.templates.iter();
            row.relation.eq_ignore_ascii_case(label) || ids.any(|id| id.to_string() == *label)
        };
        self.shows.iter().all(|show| show.shows(work, scored)) && self.labels.iter().all(is_of)
    }
}
