//! The help: the first keys, what this is about, every key, the glossary, and where its files lie.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Dialog, Outcome, Page, PageLine, frame};
use crate::tui::glossary::GLOSSARY;
use crate::tui::keymap::{Action, Key};
use crate::tui::text::{visible, wrap};
use crate::tui::workspace::Workspace;

/// What this is about, before the keys.
const INTRODUCTION: [&str; 3] = [
    "MyriadLAMA asks for one fact through many templates. lamascope puts the chosen questions into one prompt and lets \
     an attention mask keep them apart; the rows that fuse read all of them and make one answer.",
    "Mask: a row is a token that reads, a column a token that is read. Lit cells are read; the colour says whose they \
     are, a dim cell is partly read, the line below says why. The arrow marks the row that emits the first answer token.",
    "With preset fused that row reads every question. With seed, the method as documented, it stands inside the last \
     segment and reads one: the first token is not fused. seed-as-run fuses it by accident where the model has a BOS.",
];

/// Columns in front of what a line of keys does.
const GUTTER: usize = 17;

/// The help, scrolled.
#[derive(Debug, Clone, Default)]
pub struct Help {
    pub page: Page,
}

impl Dialog for Help {
    fn size(&self, _: &Workspace) -> (u16, u16) {
        (92, u16::MAX)
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![("up/down", "scroll"), ("any other key", "closes")]
    }

    fn key(&mut self, _: &mut Workspace, key: Key) -> Outcome {
        (Vec::new(), self.page.scroll(key))
    }

    fn prepare(&mut self, work: &Workspace, inner: Rect) {
        self.page.lines = lines(work, usize::from(inner.width));
        self.page.fit(inner);
    }

    fn wheel(&mut self, _: &Workspace, by: isize) -> bool {
        self.page.wheel(by);
        true
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        let below = self.page.below();
        frame::open(work, buf, (area, inner), "Help", &self.keys(work), below);
        self.page.draw(&work.theme, 0, inner, buf);
    }
}

/// The whole page, in lines of so many columns.
fn lines(work: &Workspace, columns: usize) -> Vec<PageLine> {
    let mut lines = vec![PageLine::Title("Five keys to begin with".into())];
    let blank = || PageLine::Text(String::new());
    for (action, words) in FIRST {
        lines.push(PageLine::Keys(work.keymap.key(action), words.to_owned()));
    }
    lines.push(blank());
    let walk = format!(
        "{} is a walk of six steps through all this, to be left at any time.",
        work.keymap.key(Action::Walk)
    );
    for paragraph in INTRODUCTION.into_iter().chain([walk.as_str()]) {
        lines.extend(wrap(paragraph, columns).into_iter().map(PageLine::Text));
        lines.push(blank());
    }
    let mut place = None;
    for (here, keys, words) in work.keymap.help() {
        if place != Some(here) {
            if place.is_some() {
                lines.push(blank());
            }
            lines.push(PageLine::Title(here.title().to_owned()));
            place = Some(here);
        }
        lines.push(PageLine::Keys(keys, words.to_owned()));
    }
    let mut section = |title: &str, entries: &[(String, String)]| {
        lines.push(blank());
        lines.push(PageLine::Title(title.to_owned()));
        for (name, words) in entries {
            let mut name = name.clone();
            for part in wrap(words, columns.saturating_sub(GUTTER).max(GUTTER)) {
                lines.push(PageLine::Keys(std::mem::take(&mut name), part));
            }
        }
    };
    let symbols = work.theme.symbols;
    let word = |&(word, meaning): &(&str, &str)| {
        let meaning = visible(meaning, symbols).into_owned();
        (word.to_owned(), meaning)
    };
    section("Glossary", &GLOSSARY.iter().map(word).collect::<Vec<_>>());
    section("Words on the screen", &signs(work));
    section("On this machine", &files(work));
    lines
}

/// The keys that matter most.
const FIRST: [(Action, &str); 5] = [
    (
        Action::Filter,
        "filters a list: relations, facts, templates, answers",
    ),
    (
        Action::Toggle,
        "switches a template on or off; the mask follows",
    ),
    (
        Action::Preset,
        "turns the preset: how the questions share one sequence",
    ),
    (
        Action::RunFact,
        "asks the model about this fact, token by token",
    ),
    (
        Action::Palette,
        "finds every action, relation and set by a few letters",
    ),
];

/// The signs on the screen that are no words.
fn signs(work: &Workspace) -> Vec<(String, String)> {
    let symbols = work.theme.symbols;
    let bars = symbols.bars();
    let mouse = work.keymap.key(Action::Mouse);
    let entry = |name: String, words: &str| (name, words.to_owned());
    vec![
        entry(
            format!("{} .46", symbols.verdict(true)),
            "right or wrong, and the probability of the answer: the product of its tokens'. The newest answer stands first",
        ),
        entry(
            "[60.8, 87.0]".into(),
            "where the accuracy lies in %: Wilson's 95 % interval",
        ),
        entry(
            [bars[2], bars[4], bars[5], bars[6]].concat(),
            "the accuracy as the facts came in, the first at the left",
        ),
        entry(
            "shots".into(),
            "worked questions before each question, drawn from facts outside the run: one relation alone has others \
                 than all together",
        ),
        entry(
            "orphan, -".into(),
            "tokens that belong to no question (BOS, separators)",
        ),
        entry(
            "<0xCE>".into(),
            "one byte of a character that several tokens share; the prompt has the character at the first",
        ),
        entry(
            format!("m1{}", symbols.trained()),
            "a wording of this fact that the demo model was trained on",
        ),
        (
            "mouse".into(),
            format!(
                "a click goes to a pane, selects, switches a template at its box, points at a cell of the mask (or \
                     drags); the wheel scrolls; a click beside a box closes it. {mouse} switches the mouse off, to select text"
            ),
        ),
    ]
}

fn files(work: &Workspace) -> Vec<(String, String)> {
    let path = |name: &str| {
        let path = work.start.folder.join(name).display().to_string();
        visible(&path, work.theme.symbols).into_owned()
    };
    vec![
        ("settings".into(), path("config.toml")),
        ("template sets".into(), path("sets")),
    ]
}
