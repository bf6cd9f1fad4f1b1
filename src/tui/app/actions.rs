//! What every key does.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::choice::next_of;
use super::{
    App, Effect, Marks, Model, Notice, Overlay, Pane, Picks, Question, Rows, Scope, ShotsEditor,
    Step, Zoom,
};
use crate::data::TemplateKind;
use crate::engine::Method;
use crate::tui::keymap::{Action, Key};

impl App {
    /// A key goes to the overlay, to a filter being typed, or through the table.
    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        self.asked = self.notice.take().and_then(|notice| notice.asks);
        if self.overlay.is_some() {
            return self.overlay_key(key);
        }
        if let Some(pane) = self.filtering
            && self.filter_key(pane, key)
        {
            return Vec::new();
        }
        match self.keymap.action(key, self.focus) {
            Some(action) => self.act(action),
            None => {
                self.say_where(key);
                Vec::new()
            }
        }
    }

    /// Says in which panes a key does something, where it does nothing in this one.
    fn say_where(&mut self, key: Key) {
        let panes = self.keymap.panes(key);
        let Some((last, others)) = panes.split_last() else {
            return;
        };
        let name = |pane: &Pane| pane.title().to_lowercase();
        let names = match others {
            [] => format!("{} pane", name(last)),
            others => {
                let others: Vec<String> = others.iter().map(name).collect();
                format!("{} and {} panes", others.join(", "), name(last))
            }
        };
        let keys: Vec<String> = panes
            .iter()
            .map(|&pane| self.keymap.key(Action::to(pane)))
            .collect();
        // Nothing has happened: no line for the log.
        let words = format!("{key} is a key of the {names} ({})", keys.join(", "));
        self.notice = Some(Notice::plain(words));
    }

    pub(super) fn focus_on(&mut self, pane: Pane) {
        self.focus = pane;
        self.filtering = None;
        if !pane.is_list() {
            self.lower = pane;
        }
        self.follow = true;
    }

    /// Carries out what a key means.
    pub(super) fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Help => self.overlay = Some(Overlay::Help { top: 0 }),
            Action::Quit if self.may_drop(action) => return vec![Effect::Cancel, Effect::Quit],
            Action::Quit => {}
            Action::NextPane => self.focus_on(self.focus.next(1)),
            Action::PreviousPane => self.focus_on(self.focus.next(5)),
            Action::Pane1 => self.focus_on(Pane::Relations),
            Action::Pane2 => self.focus_on(Pane::Facts),
            Action::Pane3 => self.focus_on(Pane::Templates),
            Action::Pane4 => self.focus_on(Pane::Mask),
            Action::Pane5 => self.focus_on(Pane::Prompt),
            Action::Pane6 => self.focus_on(Pane::Run),
            Action::Enlarge => {
                self.enlarged = !self.enlarged;
                self.follow = true;
            }
            Action::Preset => self.change(|choice| choice.turn_preset(1)),
            Action::PresetBack => self.change(|choice| choice.turn_preset(-1)),
            Action::Cross => self.change(|choice| {
                choice.options.manual_cross_attention = !choice.options.manual_cross_attention;
            }),
            Action::Method => {
                self.change(|choice| choice.method = next_of(Method::ALL, choice.method, 1))
            }
            Action::Options => self.overlay = Some(Overlay::Options(Rows::default())),
            Action::RunFact => {
                return self
                    .fact
                    .map_or(Vec::new(), |fact| self.submit(Scope::Fact(fact)));
            }
            Action::RunRelation => return self.submit(Scope::Relation(self.relation)),
            Action::RunSelection => return self.submit(Scope::Selection),
            Action::RunEverything => return self.submit(Scope::Everything),
            Action::Compare => {
                return self
                    .fact
                    .map_or(Vec::new(), |fact| self.submit(Scope::Compare(fact)));
            }
            Action::Pause => match self.runs.pause() {
                Some(pause) => return vec![Effect::Pause(pause)],
                None => self.say("no run goes on".into()),
            },
            Action::CancelRun => {
                let next = self.runs.next.clone();
                if self.runs.cancel() {
                    if let Some(job) = next {
                        self.say(format!("dropped as well: {}", job.title));
                    }
                    return vec![Effect::Cancel];
                }
                self.say("no run goes on".into());
            }
            Action::SaveResults => self.ask_save(),
            Action::ZoomCycle => self.zoom(|zoom, _, fit| zoom.next(fit)),
            Action::ZoomIn => self.zoom(|zoom, grid, _| zoom.closer(grid)),
            Action::ZoomOut => self.zoom(Zoom::farther),
            Action::Fit => self.zoom(|_, _, _| Zoom::Fit),
            Action::Undo => self.time_travel(true),
            Action::Redo => self.time_travel(false),
            Action::Copy => return self.copy_command(0),
            Action::Command => return self.open_commands(),
            Action::Sets => {
                self.overlay = Some(Overlay::Sets(Rows::default()));
                return vec![Effect::ReadSets];
            }
            Action::Shots => {
                self.prepare_shots();
                if let Some(Ok(shots)) = self.shots() {
                    self.overlay = Some(Overlay::Shots(ShotsEditor::new(shots.clone())));
                }
            }
            Action::NextTheme => {
                self.turn_theme(1);
                self.say(format!("theme {}", self.theme.name));
            }
            Action::Mouse => {
                self.mouse = !self.mouse;
                self.say(
                    if self.mouse {
                        "mouse on"
                    } else {
                        "mouse off: select text as usual"
                    }
                    .into(),
                );
                return vec![Effect::Mouse(self.mouse)];
            }
            Action::Reload => return self.load(false),
            Action::LoadDemo => return self.load(true),
            Action::Redraw => return vec![Effect::Redraw],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Filter => self.begin_filter(),
            Action::Back => {
                let pane = self.focus;
                match self.list_mut(pane).filter(|list| !list.query.is_empty()) {
                    Some(list) => {
                        list.query.clear();
                        self.refill(pane);
                    }
                    None => {
                        self.enlarged = false;
                        self.follow = true;
                    }
                }
            }
            Action::MarkRelation => self.mark(Pane::Relations, |marks| &mut marks.relations),
            Action::MarkFact => self.mark(Pane::Facts, |marks| &mut marks.facts),
            Action::Toggle => {
                if let Some(template) = self.templates.selected() {
                    self.pick(|picks| picks.toggle(template));
                }
            }
            Action::AllAuto => self.pick_kind(TemplateKind::Auto),
            Action::AllManual => self.pick_kind(TemplateKind::Manual),
            Action::OnlyManual => self.pick_shown("all manual, no auto", Picks::only_manual),
            Action::Invert => self.pick_shown("inverted", Picks::invert),
            Action::FirstK => self.ask(Question::FirstK, String::new()),
            Action::RandomK => self.ask(Question::RandomK, String::new()),
            Action::MoveUp => self.move_template(true),
            Action::MoveDown => self.move_template(false),
            Action::PreviousSegment => self.segment(-1, true),
            Action::NextSegment => self.segment(1, true),
            Action::PreviousKeySegment => self.segment(-1, false),
            Action::NextKeySegment => self.segment(1, false),
            Action::Emitting => {
                self.prepare();
                if let Some((_, Ok(sequence))) = &self.sequence {
                    self.mask.row = sequence.emitting();
                }
                self.follow = true;
            }
            Action::Log => {
                self.show_log = !self.show_log;
                self.log_back = 0;
            }
            Action::Up => self.go(-1, 0),
            Action::Down => self.go(1, 0),
            Action::Left => self.go(0, -1),
            Action::Right => self.go(0, 1),
            Action::PageUp => self.go(-self.page_rows(), 0),
            Action::PageDown => self.go(self.page_rows(), 0),
            Action::Top => self.go(-FAR, 0),
            Action::Bottom => self.go(FAR, 0),
        }
        Vec::new()
    }

    fn page_rows(&self) -> isize {
        let rows = match self.focus {
            Pane::Run => self.run_page(),
            pane => self.screen().inner(pane).height,
        };
        (rows as isize - 1).max(1)
    }

    /// Moves cursor, crosshair or scroll offset of the focused pane.
    pub(super) fn go(&mut self, rows: isize, columns: isize) {
        match self.focus {
            Pane::Mask => self.move_crosshair(rows, columns),
            Pane::Prompt => {
                self.prompt_top = self
                    .prompt_top
                    .saturating_add_signed(rows)
                    .min(self.prompt_lines().len().saturating_sub(1));
            }
            Pane::Run => self.scroll_run(rows),
            pane => {
                if let Some(list) = self.list_mut(pane) {
                    list.step(rows);
                }
                self.settle_cursors();
            }
        }
    }

    fn move_template(&mut self, up: bool) {
        if let Some(template) = self.templates.selected() {
            self.pick(|picks| {
                picks.shift(template, up);
            });
            self.templates.select(template);
        }
    }

    /// Marks what the cursor of a list stands on, or takes its mark away. The cursor goes on, so that many can be marked
    /// in a row.
    fn mark(&mut self, pane: Pane, of: fn(&mut Marks) -> &mut BTreeSet<usize>) {
        let selected = self.list_mut(pane).and_then(|list| list.selected());
        self.change(|choice| {
            let marks = of(Arc::make_mut(&mut choice.marks));
            if let Some(item) = selected.filter(|item| !marks.remove(item)) {
                marks.insert(item);
            }
        });
        if let Some(list) = self.list_mut(pane) {
            list.step(1);
        }
        self.settle_cursors();
    }

    fn load(&mut self, demo: bool) -> Vec<Effect> {
        if self.runs.is_active() {
            self.say("a run goes on: cancel it first".into());
            return Vec::new();
        }
        self.model = Model::Loading(Step::new("loading model"));
        if demo {
            let words = &mut self.start.engine_words;
            if let Some(at) = words.iter().position(|word| word == "--model") {
                words.drain(at..(at + 2).min(words.len()));
            }
        }
        vec![Effect::LoadModel { demo }]
    }
}

/// Farther than any list is long.
const FAR: isize = isize::MAX / 2;
