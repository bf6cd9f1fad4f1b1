//! What an event changes.

use std::time::Duration;

use super::{App, Effect, Event, Model, Overlay, Pane, Question, Refusal, Run, RunEvent};
use crate::engine::dtype_in_words;
use crate::tui::keymap::Action;
use crate::tui::overlays::QuestionBox;
use crate::tui::panes::run::Table;
use crate::tui::workspace::jobs::MODEL_IS_LOADING;
use crate::tui::workspace::runs::Runs;
use crate::tui::workspace::sequence::Pieces;
use crate::tui::workspace::status::Notice;

impl App {
    /// Takes one event and says what must be done about it.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.dirty = true;
        let mut effects = self.take(event);
        let overlay = self.overlay.as_ref();
        self.work.draft = overlay.and_then(|overlay| overlay.dialog().draft());
        self.sync();
        effects.extend(self.look());
        effects.extend(self.judge());
        if self.filtering.is_none() {
            self.work.walk_on(self.view.focus);
        }
        self.work.note_visit();
        effects
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        let work = &mut self.work;
        match event {
            Event::Key(key) => return self.key(key),
            Event::Mouse(mouse) => return self.mouse_event(mouse),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(columns, rows) => {
                work.size = (columns, rows);
                work.crosshair.follow = true;
            }
            Event::Data(data) => {
                let is_first = work.data().is_none();
                let effects = work.stop_for(&data);
                work.take_data(data);
                self.before_filter = None;
                let wrong = |notice: &Notice| notice.is_error;
                let wrong = self.work.status.notice.as_ref().is_some_and(wrong);
                if self.work.start.offers_walk && is_first && !wrong {
                    let key = |action| self.work.keymap.key(action);
                    let (walk, help) = (key(Action::Walk), key(Action::Help));
                    let words = format!("new here? {walk} is a walk of six steps, {help} the help");
                    self.work.say(words);
                }
                return effects;
            }
            Event::Words(words) => {
                work.cache.set_tokenizer(Pieces::new(words));
                work.models += 1;
            }
            Event::Reading(step) => work.browse.reading = step,
            Event::Loading(step) => work.model = Model::Loading(step),
            Event::Model(Ok(about)) => {
                let ready = format!(
                    "model {} is ready: {} {}",
                    about.model,
                    about.device,
                    dtype_in_words(&about.dtype)
                );
                self.mention(ready);
                // Of what stands in the message line, this alone is no longer true.
                let waits = |notice: &mut Notice| notice.text == MODEL_IS_LOADING;
                self.work.status.notice.take_if(waits);
                self.work.take_model(about);
            }
            Event::Kept(about, message) => {
                work.inputs.next_model = None;
                work.model = Model::Ready(about);
                work.complain(message);
            }
            Event::Model(Err(message)) => {
                let active = work.runs.active();
                let effects = active.map_or(Vec::new(), Run::keep);
                work.runs.fail(&message);
                work.complain(message.clone());
                work.model = Model::Failed(message);
                return effects;
            }
            Event::Run {
                generation,
                at,
                event,
            } => return self.take_run_event(generation, at, event),
            Event::Observed { version, seen } => work.take_seen(version, seen),
            Event::Studied { version, found } => work.take_found(version, found),
            Event::Contrasted {
                version,
                other,
                found,
            } => work.take_rivals((version, other), found),
            Event::Warmed(picture, heat) => work.take_heat(picture, heat),
            Event::Judged(judged) => work.take_judged(judged),
            Event::Sweep(read) => return self.work.take_sweep(read),
            Event::Sets(Ok(sets)) => work.sets = sets,
            Event::Refused {
                question,
                answer,
                refusal,
            } => self.take_refusal(question, answer, refusal),
            Event::Sets(Err(message)) | Event::Said(Err(message)) => work.complain(message),
            Event::Said(Ok(message)) => work.say(message),
            Event::Archive(news) => work.take_news(news),
            Event::End => return self.leave(),
        }
        Vec::new()
    }

    /// Lets the panes follow what has changed.
    pub(super) fn sync(&mut self) {
        for &pane in Pane::ALL {
            if self.panes.get_mut(pane).sync(&mut self.work) && pane.slot().is_shared() {
                self.view.lower = pane;
            }
        }
    }

    /// What of attention must be computed for what is on screen.
    fn look(&mut self) -> Vec<Effect> {
        if !self.work.looking.on {
            return Vec::new();
        }
        self.prepare();
        let frame = self.frame(&self.screen(), Pane::Mask);
        let picture = self.panes.mask.picture(&self.work, frame);
        self.work.look(picture)
    }

    /// What must be counted for what is on screen.
    fn judge(&mut self) -> Option<Effect> {
        match self.overlay {
            Some(Overlay::Lab(_)) => self.work.judge_templates(),
            _ if self.panes.run.table == Table::Belief => self.work.judge_run(),
            _ => None,
        }
    }

    fn take_run_event(&mut self, generation: u64, at: Duration, event: RunEvent) -> Vec<Effect> {
        let work = &mut self.work;
        let ours = work.runs.find(generation);
        match (&event, ours.map(|run| run.title().to_owned())) {
            (_, None) => self.dirty = false,
            (RunEvent::Done, Some(title)) => work.note(format!("done: {title}")),
            (RunEvent::Cancelled, Some(title)) => work.note(format!("cancelled: {title}")),
            (RunEvent::Failed(message), Some(title)) => {
                work.complain(format!("{title}: {message}"));
            }
            (RunEvent::Update { .. }, Some(_)) => {}
        }
        let goes_on = |runs: &Runs| runs.find(generation).is_some_and(Run::is_active);
        let was_active = goes_on(&work.runs);
        let next = work.runs.take(generation, at, event);
        let over = work
            .runs
            .find(generation)
            .filter(|_| was_active && !goes_on(&work.runs));
        let mut effects = over.map_or(Vec::new(), Run::keep);
        if effects.is_empty() && work.runs.is_due(at) {
            effects = work.runs.active().map_or(Vec::new(), Run::keep);
        }
        if let Some(job) = &next {
            // It waits no longer.
            let waits = |notice: &mut Notice| notice.text == format!("next: {}", job.title);
            work.status.notice.take_if(waits);
        }
        effects.extend(next.map(Effect::Start));
        effects
    }

    /// Ends the program; what has come back of the run that goes on is kept.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        let mut effects = self.work.stop();
        effects.push(Effect::Quit);
        effects
    }

    /// Adds a line to the log, and shows it where nothing else is shown in its place.
    fn mention(&mut self, text: String) {
        let work = &mut self.work;
        if work.status.notice.is_none() && self.overlay.is_none() && self.filtering.is_none() {
            work.say(text);
        } else {
            work.note(text);
        }
    }

    /// An answer could not be carried out: the box comes back with it and the reason. The reason alone is said where
    /// the user is at something else by now.
    fn take_refusal(&mut self, question: Question, answer: String, refusal: Refusal) {
        let work = &mut self.work;
        let is_current = match question {
            Question::SavePath(generation) => {
                let current = work.runs.current.as_ref();
                current.is_some_and(|run| run.generation == generation)
            }
            _ => true,
        };
        let is_free = match &self.overlay {
            None => self.filtering.is_none(),
            Some(Overlay::Sets(_)) => question == Question::SetName,
            Some(_) => false,
        };
        if !(is_current && is_free) {
            return work.complain(match refusal {
                Refusal::Exists => format!("{answer} exists already: save under another name"),
                Refusal::Failed(message) => message,
            });
        }
        let notice = match refusal {
            Refusal::Exists => Notice::replaces(question, &answer),
            Refusal::Failed(message) => Notice::error(message),
        };
        if notice.is_error {
            work.note(notice.text.clone());
        }
        self.overlay = Some(Overlay::Question(QuestionBox {
            says: Some(notice),
            under: self.overlay.take().map(Box::new),
            ..QuestionBox::new(question, answer)
        }));
    }
}
