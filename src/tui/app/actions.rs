//! What every key means.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::{App, Effect, Overlay, Pane, Scope};
use crate::engine::Method;
use crate::model::ModelRef;
use crate::tui::archive::Order;
use crate::tui::keymap::{Action, Area, Key};
use crate::tui::overlays::{
    Commands, Help, InputsList, Lab, OptionsList, Palette, RunsList, SetsList, ShotsEditor,
};
use crate::tui::screen::PaneSizes;
use crate::tui::workspace::choice::next_of;
use crate::tui::workspace::status::Notice;

/// Closes every overlay, whatever is being typed.
const INTERRUPT: Key = Key {
    code: KeyCode::Char('c'),
    modifiers: KeyModifiers::CONTROL,
};

/// More rows than any list has.
const FAR: isize = isize::MAX / 2;

impl App {
    /// A key goes to the overlay, to a filter being typed, or through the table.
    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        let status = &mut self.work.status;
        status.asked = status.notice.take().and_then(|notice| notice.asks);
        if self.overlay.is_some() {
            return self.overlay_key(key);
        }
        if let Some(pane) = self.filtering
            && self.filter_key(pane, key)
        {
            return Vec::new();
        }
        match self.work.keymap.action(key, self.view.focus) {
            Some(action) => self.carry_out(action),
            None => {
                self.say_where(key);
                Vec::new()
            }
        }
    }

    /// Carries out an action, and opens the overlay that it asks for.
    pub(super) fn carry_out(&mut self, action: Action) -> Vec<Effect> {
        let effects = self.act(action);
        if let Some(overlay) = self.work.opens.take() {
            self.overlay = Some(overlay);
        }
        effects
    }

    fn overlay_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(mut overlay) = self.overlay.take() else {
            return Vec::new();
        };
        let dialog = overlay.dialog_mut();
        if key == INTERRUPT {
            let stays = dialog.interrupt(&mut self.work, key);
            self.overlay = stays.then_some(overlay);
            return Vec::new();
        }
        let (mut effects, stays) = dialog.key(&mut self.work, key);
        self.overlay = match (self.work.opens.take(), stays) {
            // What a key asked lies over what it was pressed in.
            (Some(Overlay::Question(mut question)), true) => {
                question.under = Some(Box::new(overlay));
                Some(Overlay::Question(question))
            }
            (Some(opened), _) => Some(opened),
            (None, true) => Some(overlay),
            (None, false) => match overlay {
                Overlay::Question(question) => question.under.map(|under| *under),
                _ => None,
            },
        };
        if let Some(action) = self.work.acts.take() {
            if let Some(Area::Pane(pane)) = self.work.keymap.place(action) {
                self.focus_on(pane);
            }
            effects.extend(self.carry_out(action));
        }
        effects
    }

    /// Says in which panes a key does something, where it does nothing in this one.
    fn say_where(&mut self, key: Key) {
        let keymap = &self.work.keymap;
        let panes = keymap.panes(key);
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
            .map(|&pane| keymap.key(Action::Go(pane)))
            .collect();
        // Nothing has happened: no line for the log.
        let words = format!("{key} is a key of the {names} ({})", keys.join(", "));
        self.work.status.notice = Some(Notice::plain(words));
    }

    pub(super) fn focus_on(&mut self, pane: Pane) {
        self.view.focus = pane;
        self.filtering = None;
        if pane.slot().is_shared() {
            self.view.lower = pane;
        }
        self.work.crosshair.follow = true;
    }

    /// Carries out what a key means.
    pub(super) fn act(&mut self, action: Action) -> Vec<Effect> {
        let work = &mut self.work;
        match action {
            Action::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Action::Palette => self.overlay = Some(Overlay::Palette(Palette::new(work))),
            Action::Quit => return self.leave(),
            Action::NextPane => self.focus_on(self.view.focus.next(1)),
            Action::PreviousPane => self.focus_on(self.view.focus.previous()),
            Action::Go(pane) => self.focus_on(pane),
            Action::Enlarge => {
                self.view.enlarged = !self.view.enlarged;
                work.crosshair.follow = true;
            }
            Action::Preset => {
                work.change(|choice| choice.turn_preset(1));
                work.say_if_idle("preset", "preset");
            }
            Action::PresetBack => {
                work.change(|choice| choice.turn_preset(-1));
                work.say_if_idle("preset", "preset");
            }
            Action::Cross => {
                work.change(|choice| {
                    choice.options.manual_cross_attention = !choice.options.manual_cross_attention;
                });
                work.say_if_idle("manual-cross-attention", "cross-attention");
            }
            Action::Method => work.change(|choice| {
                choice.method = next_of(Method::ALL, choice.method, 1);
            }),
            Action::Options => self.overlay = Some(Overlay::Options(OptionsList::default())),
            Action::RunFact => {
                let scope = work.browse.fact.map(Scope::Fact);
                return self.submit(scope);
            }
            Action::Compare => {
                let scope = work.browse.fact.map(Scope::Compare);
                return self.submit(scope);
            }
            Action::CompareMany => {
                let scope = match work.choice.marks.is_empty() {
                    true => Scope::CompareRelation(work.browse.relation),
                    false => Scope::CompareSelection,
                };
                return self.submit(Some(scope));
            }
            Action::RunRelation => {
                let relation = work.browse.relation;
                return self.submit(Some(Scope::Relation(relation)));
            }
            Action::RunSelection => return self.submit(Some(Scope::Selection)),
            Action::RunEverything => return self.submit(Some(Scope::Everything)),
            Action::Pause => match work.runs.pause() {
                Some(pause) => return vec![Effect::Pause(pause)],
                None => work.say("no run goes on".into()),
            },
            Action::CancelRun if work.leave_data() => return vec![Effect::LeaveData],
            Action::CancelRun => {
                let next = work.runs.next.clone();
                if !work.runs.cancel() {
                    work.say("no run goes on".into());
                    return Vec::new();
                }
                if let Some(job) = next {
                    work.say(format!("dropped as well: {}", job.title));
                }
                return vec![Effect::Cancel];
            }
            Action::SaveResults => work.ask_save(),
            Action::OtherRun => work.turn_run(),
            Action::ContinueRun => return work.continue_run(),
            Action::Runs => {
                self.overlay = Some(Overlay::Runs(RunsList::new(work)));
                return vec![Effect::Archive(Order::List)];
            }
            Action::Lab => self.overlay = Some(Overlay::Lab(Lab::default())),
            Action::VisitBack => work.revisit(true),
            Action::VisitForward => work.revisit(false),
            Action::Wider => self.resize(1, 0),
            Action::Narrower => self.resize(-1, 0),
            Action::Taller => self.resize(0, 1),
            Action::Shorter => self.resize(0, -1),
            Action::ResetSizes => self.view.sizes = PaneSizes::default(),
            Action::Walk => work.turn_walk(),
            Action::Undo => work.time_travel(true),
            Action::Redo => work.time_travel(false),
            Action::Copy => return work.copy_command(0),
            Action::Command => self.overlay = Some(Overlay::Commands(Commands::new(work))),
            Action::Sets => {
                self.overlay = Some(Overlay::Sets(SetsList::default()));
                return vec![Effect::ReadSets];
            }
            Action::Shots => {
                work.prepare_shots();
                if let Some(Ok(shots)) = work.shots() {
                    self.overlay = Some(Overlay::Shots(ShotsEditor::new(shots.clone())));
                }
            }
            Action::NextTheme => {
                work.turn_theme(1);
                work.say(format!("theme {}", work.theme.name));
            }
            Action::Mouse => {
                work.mouse = !work.mouse;
                let words = match work.mouse {
                    true => "mouse on",
                    false => "mouse off: select text as usual",
                };
                work.say(words.into());
                return vec![Effect::Mouse(work.mouse)];
            }
            Action::Inputs => self.overlay = Some(Overlay::Inputs(InputsList::default())),
            Action::Reload => return work.load_model(None),
            Action::LoadDemo => {
                let demo = ModelRef::Embedded.to_string();
                return work.load_model(Some(demo));
            }
            Action::Redraw => return vec![Effect::Redraw],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Filter => self.begin_filter(),
            Action::Back => self.back(),
            Action::PreviousPrompt => work.turn_prompt(-1),
            Action::NextPrompt => work.turn_prompt(1),
            Action::Up => self.go(-1, 0),
            Action::Down => self.go(1, 0),
            Action::Left => self.go(0, -1),
            Action::Right => self.go(0, 1),
            Action::PageUp => self.go(-self.page_rows(), 0),
            Action::PageDown => self.go(self.page_rows(), 0),
            Action::Top => self.go(-FAR, 0),
            Action::Bottom => self.go(FAR, 0),
            of_a_pane => return self.act_in_panes(of_a_pane),
        }
        Vec::new()
    }

    /// The rest of the table is the panes'.
    fn act_in_panes(&mut self, action: Action) -> Vec<Effect> {
        let screen = self.screen();
        let acted = Pane::ALL.iter().find_map(|&pane| {
            let frame = self.frame(&screen, pane);
            self.panes.get_mut(pane).act(&mut self.work, frame, action)
        });
        acted.unwrap_or_default()
    }

    /// Moves a border of the focused pane, so that it grows or shrinks.
    fn resize(&mut self, columns: i16, rows: i16) {
        match self.screen().grown(self.view.focus, columns, rows) {
            Some(sizes) => {
                self.view.sizes = sizes;
                self.work.crosshair.follow = true;
            }
            None => self.work.say("this pane has all the room".into()),
        }
    }

    fn submit(&mut self, scope: Option<Scope>) -> Vec<Effect> {
        scope.map_or(Vec::new(), |scope| self.work.submit(scope))
    }

    fn page_rows(&self) -> isize {
        let pane = self.view.focus;
        let frame = self.frame(&self.screen(), pane);
        let rows = self.panes.get(pane).page(&self.work, frame);
        (rows as isize - 1).max(1)
    }

    /// Moves cursor, crosshair or scroll offset of the focused pane.
    fn go(&mut self, rows: isize, columns: isize) {
        let pane = self.view.focus;
        let frame = self.frame(&self.screen(), pane);
        let component = self.panes.get_mut(pane);
        component.go(&mut self.work, frame, rows, columns);
    }

    /// Clears the filter, or leaves the enlarged pane.
    fn back(&mut self) {
        let component = self.panes.get_mut(self.view.focus);
        match component.list_mut().filter(|list| !list.query.is_empty()) {
            Some(list) => {
                list.query.clear();
                component.refill(&mut self.work);
            }
            None => {
                self.view.enlarged = false;
                self.work.crosshair.follow = true;
            }
        }
    }
}
