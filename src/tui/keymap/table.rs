//! Everything that a key can do, one row each: where it applies, its keys, its words.

use crate::tui::app::Pane;

/// Where a row of the table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Everywhere,
    /// Relations, facts and templates.
    Lists,
    Pane(Pane),
}

macro_rules! actions {
    ($($action:ident $name:literal $place:expr, $keys:literal, $rank:literal, $words:literal;)*) => {
        /// Everything that a key can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($action,)* }

        /// The table: name for the configuration, place, keys (parted by spaces), rank in the footer
        /// (0: help only, 1 first), what it does.
        pub(super) const TABLE: &[Entry] = &[$(Entry {
            action: Action::$action, name: $name, place: $place, keys: $keys, rank: $rank, words: $words,
        },)*];
    };
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub action: Action,
    pub name: &'static str,
    pub place: Place,
    /// Parted by spaces; the user may give others.
    pub(super) keys: &'static str,
    pub rank: u8,
    pub words: &'static str,
}

use Place::{Everywhere, Lists};
const RELATIONS: Place = Place::Pane(Pane::Relations);
const FACTS: Place = Place::Pane(Pane::Facts);
const TEMPLATES: Place = Place::Pane(Pane::Templates);
const MASK: Place = Place::Pane(Pane::Mask);
const RUN: Place = Place::Pane(Pane::Run);

actions! {
    Help "help" Everywhere, "? f1", 90, "help";
    Quit "quit" Everywhere, "q ctrl-c", 91, "quit";
    NextPane "next-pane" Everywhere, "tab", 60, "next pane";
    PreviousPane "previous-pane" Everywhere, "backtab", 0, "previous pane";
    Pane1 "pane-relations" Everywhere, "1", 0, "go to relations";
    Pane2 "pane-facts" Everywhere, "2", 0, "go to facts";
    Pane3 "pane-templates" Everywhere, "3", 0, "go to templates";
    Pane4 "pane-mask" Everywhere, "4", 0, "go to the mask";
    Pane5 "pane-prompt" Everywhere, "5", 0, "go to the prompt";
    Pane6 "pane-run" Everywhere, "6", 0, "go to the run";
    Enlarge "enlarge" Everywhere, "enter", 65, "enlarge";
    Back "back" Everywhere, "esc", 0, "clear the filter, or back from the enlarged pane";
    Preset "preset" Everywhere, "p", 11, "preset";
    PresetBack "preset-back" Everywhere, "P", 0, "previous preset";
    Cross "cross" Everywhere, "x", 10, "cross";
    Method "method" Everywhere, "m", 22, "method";
    Options "options" Everywhere, "o", 21, "options";
    RunFact "run-fact" Everywhere, "r", 12, "run fact";
    RunRelation "run-relation" Everywhere, "R", 13, "run relation";
    RunSelection "run-selection" Everywhere, "v", 0, "run the marked relations and facts";
    RunEverything "run-everything" Everywhere, "E", 0, "run all facts of all relations";
    Compare "compare" Everywhere, "c", 14, "compare";
    Pause "pause" Everywhere, "w", 1, "pause";
    CancelRun "cancel-run" Everywhere, "X", 1, "cancel";
    SaveResults "save-results" Everywhere, "s", 20, "save";
    ZoomCycle "zoom" Everywhere, "z", 15, "zoom";
    Undo "undo" Everywhere, "u", 30, "undo";
    Redo "redo" Everywhere, "U ctrl-r", 31, "redo";
    Copy "copy-command" Everywhere, "y", 16, "copy command";
    Command "show-command" Everywhere, "Y", 0, "show the command line";
    Sets "sets" Everywhere, "S", 32, "sets";
    Shots "shots" Everywhere, "t", 33, "shots";
    NextTheme "theme" Everywhere, "T", 0, "next theme";
    Mouse "mouse" Everywhere, "f2", 0, "mouse capture on or off";
    Reload "reload-model" Everywhere, "L", 0, "load the model again";
    LoadDemo "load-demo" Everywhere, "D", 0, "load the demo model instead";
    Redraw "redraw" Everywhere, "ctrl-l", 0, "draw the screen again";
    Suspend "suspend" Everywhere, "ctrl-z", 0, "suspend (fg resumes)";
    Up "up" Everywhere, "up k", 0, "up";
    Down "down" Everywhere, "down j", 0, "down";
    Left "left" Everywhere, "left h", 0, "left";
    Right "right" Everywhere, "right l", 0, "right";
    PageUp "page-up" Everywhere, "pageup", 0, "a page up";
    PageDown "page-down" Everywhere, "pagedown", 0, "a page down";
    Top "top" Everywhere, "home g", 0, "to the start";
    Bottom "bottom" Everywhere, "end G", 0, "to the end";
    Filter "filter" Lists, "/", 17, "filter";
    MarkRelation "mark-relation" RELATIONS, "space", 1, "mark";
    MarkFact "mark-fact" FACTS, "space", 1, "mark";
    Toggle "toggle" TEMPLATES, "space", 1, "toggle";
    AllAuto "all-auto" TEMPLATES, "a", 19, "all auto";
    AllManual "all-manual" TEMPLATES, "M", 18, "all manual";
    OnlyManual "only-manual" TEMPLATES, "O", 0, "all manual, no auto";
    Invert "invert" TEMPLATES, "i", 24, "invert";
    FirstK "first-k" TEMPLATES, "f", 0, "choose the first k";
    RandomK "random-k" TEMPLATES, "F", 0, "choose k at random, with a seed";
    MoveUp "move-up" TEMPLATES, "K shift-up", 0, "move up within its kind";
    MoveDown "move-down" TEMPLATES, "J shift-down", 0, "move down within its kind";
    ZoomIn "zoom-in" MASK, "+ =", 2, "in";
    ZoomOut "zoom-out" MASK, "-", 3, "out";
    Fit "fit" MASK, "0", 0, "show the whole mask";
    PreviousSegment "previous-segment" MASK, "[", 0, "row: previous segment";
    NextSegment "next-segment" MASK, "]", 0, "row: next segment";
    PreviousKeySegment "previous-key-segment" MASK, "{", 0, "key: previous segment";
    NextKeySegment "next-key-segment" MASK, "}", 0, "key: next segment";
    Emitting "emitting-row" MASK, "e", 1, "first answer row";
    Log "log" RUN, "a", 1, "answers or log";
}

impl Action {
    /// What goes to a pane.
    pub fn to(pane: Pane) -> Action {
        match pane {
            Pane::Relations => Action::Pane1,
            Pane::Facts => Action::Pane2,
            Pane::Templates => Action::Pane3,
            Pane::Mask => Action::Pane4,
            Pane::Prompt => Action::Pane5,
            Pane::Run => Action::Pane6,
        }
    }
}

impl Entry {
    /// What the action does, in the words of the help: it has more room than the footer.
    pub fn help(&self) -> &'static str {
        match self.action {
            Action::Cross => "manual cross-attention on or off",
            Action::Preset => "next preset",
            Action::Method => "next method",
            Action::Options => "all options of layout and run",
            Action::RunFact => "run this fact, token by token",
            Action::RunRelation => "run all facts of this relation",
            Action::Pause => "pause the run, go on",
            Action::Filter => "filter; of templates, only those shown are then changed",
            Action::AllAuto => "all auto, or none",
            Action::AllManual => "all manual, or none",
            Action::CancelRun => "cancel the run",
            Action::Compare => "compare all methods and presets on this fact",
            Action::SaveResults => "save the results as a Feather file",
            Action::Sets => "named sets of templates",
            Action::Shots => "shots (worked examples before the question): see, replace",
            Action::Copy => "copy the equivalent command line",
            Action::ZoomCycle => "mask: whole, by the token, in between",
            Action::Emitting => "to the row that emits the first answer token",
            Action::Enlarge => "enlarge this pane, and back",
            Action::MarkRelation | Action::MarkFact => "mark for a run of the selection",
            _ => self.words,
        }
    }
}

impl Place {
    pub(super) fn covers(self, pane: Pane) -> bool {
        match self {
            Place::Everywhere => true,
            Place::Lists => pane.is_list(),
            Place::Pane(one) => one == pane,
        }
    }

    /// Whether both apply in some pane.
    pub(super) fn meets(self, other: Place) -> bool {
        Pane::ALL
            .iter()
            .any(|&pane| self.covers(pane) && other.covers(pane))
    }

    pub fn title(self) -> &'static str {
        match self {
            Place::Everywhere => "Everywhere",
            Place::Lists => "In lists",
            Place::Pane(pane) => pane.title(),
        }
    }
}
