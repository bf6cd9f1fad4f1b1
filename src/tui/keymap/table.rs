//! Everything that a key can do, one row each: where it applies, its keys, its words.

use crate::tui::panes::Pane;

/// Where an action applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    Everywhere,
    /// Panes with a filter.
    Lists,
    Pane(Pane),
}

macro_rules! actions {
    ($($action:ident $name:literal $place:expr, $keys:literal, $rank:literal, $words:literal $(: $help:literal)?;)*) => {
        /// Everything that a key can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            /// To a pane.
            Go(Pane),
            $($action,)*
        }

        /// The table without the ways to panes: action, name for the configuration, place, keys (parted by spaces), rank
        /// in the footer (0: help only, 1 first), what it does in the words of the footer, and of the help where that
        /// has more to say.
        const ACTIONS: &[Entry] = &[$(Entry {
            action: Action::$action,
            name: $name,
            place: $place,
            keys: $keys,
            rank: $rank,
            words: $words,
            help: [$($help,)? $words][0],
        },)*];
    };
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub action: Action,
    pub name: &'static str,
    pub place: Area,
    /// Parted by spaces; the user may give others.
    pub(super) keys: &'static str,
    pub rank: u8,
    pub words: &'static str,
    /// As `words`, for the help, which has more room than the footer.
    pub help: &'static str,
}

use Area::{Everywhere, Lists};
const RELATIONS: Area = Area::Pane(Pane::Relations);
const FACTS: Area = Area::Pane(Pane::Facts);
const TEMPLATES: Area = Area::Pane(Pane::Templates);
const MASK: Area = Area::Pane(Pane::Mask);
const PROMPT: Area = Area::Pane(Pane::Prompt);
const RUN: Area = Area::Pane(Pane::Run);

actions! {
    Help "help" Everywhere, "? f1", 90, "help";
    Palette "palette" Everywhere, ": ctrl-p", 14, "find": "find actions, relations, sets, runs, models by a few letters";
    Walk "walk" Everywhere, "W", 0, "a walk of six steps through the explorer; again leaves it";
    Quit "quit" Everywhere, "q ctrl-c", 91, "quit";
    NextPane "next-pane" Everywhere, "tab", 60, "next pane";
    PreviousPane "previous-pane" Everywhere, "backtab", 0, "previous pane";
    Enlarge "enlarge" Everywhere, "enter Z", 65, "enlarge": "enlarge this pane, and back";
    Back "back" Everywhere, "esc", 0, "clear the filter, or back from the enlarged pane";
    Preset "preset" Everywhere, "p", 11, "preset": "next preset";
    PresetBack "preset-back" Everywhere, "P", 0, "previous preset";
    Cross "cross" Everywhere, "x", 10, "cross": "manual cross-attention on or off";
    Method "method" Everywhere, "m", 22, "method": "next method";
    Options "options" Everywhere, "o", 21, "options": "all options of layout and run";
    RunFact "run-fact" Everywhere, "r", 12, "run fact": "run this fact, token by token";
    RunRelation "run-relation" Everywhere, "R", 13, "run relation": "run all facts of this relation";
    RunSelection "run-selection" Everywhere, "v", 0, "run the marked relations and facts";
    RunEverything "run-everything" Everywhere, "E", 0, "run all facts of all relations";
    Compare "compare" Everywhere, "c", 14, "compare": "compare all methods and presets on this fact";
    CompareMany "compare-many" Everywhere, "C", 0, "compare on what is marked, or on this relation";
    Pause "pause" Everywhere, "w", 1, "pause": "pause the run, go on";
    CancelRun "cancel-run" Everywhere, "X", 1, "cancel": "cancel the run";
    Runs "runs" Everywhere, "B", 23, "runs": "the runs that are kept: open, compare, rename, delete";
    OtherRun "other-run" Everywhere, "b", 0, "the run before on screen, and back";
    SaveResults "save-results" Everywhere, "s", 20, "save": "save (export) the results as a Feather file";
    Lab "lab" Everywhere, "A", 0, "template lab: which templates to use, and is it real";
    ZoomCycle "zoom" Everywhere, "z", 15, "zoom": "mask: whole, by the token, in between";
    Undo "undo" Everywhere, "u", 30, "undo";
    Redo "redo" Everywhere, "U ctrl-r", 31, "redo";
    Copy "copy-command" Everywhere, "y", 16, "copy command": "copy the equivalent command line";
    Command "show-command" Everywhere, "Y", 0, "show the command line";
    Sets "sets" Everywhere, "S", 32, "sets": "named sets of templates";
    Shots "shots" Everywhere, "t", 33, "shots": "shots (worked examples before the question): see, replace";
    NextTheme "theme" Everywhere, "T", 0, "next theme";
    Mouse "mouse" Everywhere, "f2", 0, "mouse capture on or off";
    Inputs "inputs" Everywhere, "I", 24, "inputs": "open another model or other data";
    Reload "reload-model" Everywhere, "L", 0, "load the model again";
    LoadDemo "load-demo" Everywhere, "D", 0, "load the demo model instead";
    Redraw "redraw" Everywhere, "ctrl-l", 0, "draw the screen again";
    Suspend "suspend" Everywhere, "ctrl-z", 0, "suspend (fg resumes)";
    PreviousPrompt "previous-prompt" Everywhere, "<", 0, "prompt of the previous template, where each is read alone";
    NextPrompt "next-prompt" Everywhere, ">", 0, "prompt of the next template, where each is read alone";
    VisitBack "visit-back" Everywhere, "alt-left ctrl-o", 0, "back to the fact that was looked at before";
    VisitForward "visit-forward" Everywhere, "alt-right", 0, "forward again";
    Wider "wider" Everywhere, "ctrl-right", 0, "make this pane wider";
    Narrower "narrower" Everywhere, "ctrl-left", 0, "make this pane narrower";
    Taller "taller" Everywhere, "ctrl-down", 0, "make this pane taller";
    Shorter "shorter" Everywhere, "ctrl-up", 0, "make this pane shorter";
    ResetSizes "reset-sizes" Everywhere, "|", 0, "give every pane its first size";
    Up "up" Everywhere, "up k", 0, "up";
    Down "down" Everywhere, "down j", 0, "down";
    Left "left" Everywhere, "left h", 0, "left";
    Right "right" Everywhere, "right l", 0, "right";
    PageUp "page-up" Everywhere, "pageup", 0, "a page up";
    PageDown "page-down" Everywhere, "pagedown", 0, "a page down";
    Top "top" Everywhere, "home g", 0, "to the start";
    Bottom "bottom" Everywhere, "end G", 0, "to the end";
    Filter "filter" Lists, "/", 17, "filter": "filter, or find in the prompt; all auto means those shown";
    MarkRelation "mark-relation" RELATIONS, "space", 1, "mark": "mark for a run of the selection";
    MarkFact "mark-fact" FACTS, "space", 1, "mark": "mark for a run of the selection";
    Toggle "toggle" TEMPLATES, "space", 1, "toggle";
    OwnWording "own-wording" TEMPLATES, "n", 14, "own wording": "ask in words of your own: … [X] … [Y] …";
    EditWording "edit-wording" TEMPLATES, "e", 0, "change this own wording, or write one after this template";
    DeleteWording "delete-wording" TEMPLATES, "d delete", 0, "take this own wording away";
    AllAuto "all-auto" TEMPLATES, "a", 19, "all auto": "all auto, or none";
    AllManual "all-manual" TEMPLATES, "M", 18, "all manual": "all manual, or none";
    OnlyManual "only-manual" TEMPLATES, "O", 0, "all manual, no auto";
    Invert "invert" TEMPLATES, "i", 24, "invert";
    FirstK "first-k" TEMPLATES, "f", 0, "choose the first k";
    RandomK "random-k" TEMPLATES, "F", 0, "choose k at random, with a seed";
    MoveUp "move-up" TEMPLATES, "K shift-up", 0, "move up within its kind";
    MoveDown "move-down" TEMPLATES, "J shift-down", 0, "move down within its kind";
    ZoomIn "zoom-in" MASK, "+ =", 27, "in";
    ZoomOut "zoom-out" MASK, "-", 28, "out";
    Fit "fit" MASK, "0", 0, "show the whole mask";
    PreviousSegment "previous-segment" MASK, "[", 0, "row: previous segment";
    NextSegment "next-segment" MASK, "]", 0, "row: next segment";
    PreviousKeySegment "previous-key-segment" MASK, "{", 0, "key: previous segment";
    NextKeySegment "next-key-segment" MASK, "}", 0, "key: next segment";
    Emitting "emitting-row" MASK, "e", 1, "first answer row": "to the row that emits the first answer token";
    Attention "attention" MASK, "a", 2, "attention": "what the answer on screen read, or who may read whom";
    Layers "layers" MASK, "N", 0, "mask of the layers with a sliding window, or of the others";
    NextView "next-view" MASK, "d", 12, "views": "what the answer read: on the mask, by token, layer, head, question";
    WhyNot "why-not" MASK, "n", 0, "why the answer on screen and not another one: per question and layer";
    SaveView "save-view" MASK, "ctrl-e", 0, "save what is shown here: .svg .png .csv .feather";
    PreviousLayer "previous-layer" MASK, ",", 0, "attention: layer before, or the mean of all";
    NextLayer "next-layer" MASK, ".", 0, "attention: next layer";
    PreviousHead "previous-head" MASK, "'", 0, "attention: head before, or the mean of all";
    NextHead "next-head" MASK, ";", 0, "attention: next head";
    StrongestHead "strongest-head" MASK, "H", 0, "attention: the head that reads most of the key's question";
    NextMatch "next-match" PROMPT, "n", 1, "next match": "to the next place that has the text looked for";
    PreviousMatch "previous-match" PROMPT, "N", 0, "to the one before";
    OpenRow "open-row" RUN, "enter", 2, "open": "to the fact of this answer, or choose this line's method";
    OrderRows "order-rows" RUN, "f", 26, "order": "order: newest, as the facts, wrong first, by any column";
    ReverseRows "reverse-rows" RUN, "F", 0, "the other way round";
    ShowWrong "show-wrong" RUN, "e", 25, "wrong only": "wrong, right; gained or lost against the pinned run; all";
    RunTable "run-table" RUN, "d", 24, "figures": "answers; by relation, template; wrong by prediction; BELIEF";
    ContinueRun "continue-run" RUN, "n", 0, "go on with an interrupted run: ask what is missing";
    Log "log" RUN, "a", 1, "answers or log";
}

/// The whole table. The ways to panes stand behind those to the next one and the one before.
pub(super) fn table() -> impl Iterator<Item = Entry> {
    let panes = ACTIONS
        .iter()
        .position(|entry| entry.action == Action::Enlarge);
    let (before, after) = ACTIONS.split_at(panes.unwrap_or_default());
    let ways = Pane::ALL.iter().map(|&pane| Entry::to(pane));
    let before = before.iter().copied();
    before.chain(ways).chain(after.iter().copied())
}

impl Entry {
    /// The way to a pane.
    fn to(pane: Pane) -> Self {
        let (keys, name, words) = pane.way();
        Entry {
            action: Action::Go(pane),
            name,
            place: Everywhere,
            keys,
            rank: 0,
            words,
            help: words,
        }
    }
}

impl Area {
    pub(super) fn covers(self, pane: Pane) -> bool {
        match self {
            Area::Everywhere => true,
            Area::Lists => pane.is_list(),
            Area::Pane(one) => one == pane,
        }
    }

    /// A row of one pane takes a key from one for lists, and that from one for everywhere.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Area::Everywhere => 0,
            Area::Lists => 1,
            Area::Pane(_) => 2,
        }
    }

    /// Whether both apply in some pane, and neither takes the key from the other.
    pub(super) fn meets(self, other: Area) -> bool {
        self.precedence() == other.precedence()
            && Pane::ALL
                .iter()
                .any(|&pane| self.covers(pane) && other.covers(pane))
    }

    pub fn title(self) -> &'static str {
        match self {
            Area::Everywhere => "Everywhere",
            Area::Lists => "In lists",
            Area::Pane(pane) => pane.title(),
        }
    }
}
