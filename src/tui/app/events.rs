//! What an event changes.

use std::time::Duration;

use super::jobs::MODEL_IS_LOADING;
use super::{App, Effect, Event, Model, News, Notice, Pieces};
use crate::engine::dtype_in_words;

impl App {
    /// Takes one event and says what must be done about it.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.dirty = true;
        match event {
            Event::Key(key) => return self.key(key),
            Event::Mouse(mouse) => return self.mouse_event(mouse),
            Event::Paste(text) => {
                self.unsay();
                self.paste(&text);
            }
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.follow = true;
            }
            Event::Data(data) => self.take_data(data),
            Event::Words(words) => {
                self.pieces = Some(Pieces::new(words));
                self.sequence = None;
                self.models += 1;
            }
            Event::Reading(step) => self.reading = step,
            Event::Loading(step) => self.model = Model::Loading(step),
            Event::Model(Ok(about)) => {
                self.mention(format!(
                    "model {} is ready: {} {}",
                    about.model,
                    about.device,
                    dtype_in_words(&about.dtype)
                ));
                // Of what stands in the message line, this alone is no longer true.
                let waits = |notice: &mut Notice| notice.text == MODEL_IS_LOADING;
                self.notice.take_if(waits);
                self.model = Model::Ready(about);
            }
            Event::Model(Err(message)) => {
                self.runs.fail(&message);
                self.complain(message.clone());
                self.model = Model::Failed(message);
            }
            Event::Run {
                generation,
                at,
                news,
            } => return self.take_news(generation, at, news),
            Event::Sets(Ok(sets)) => self.sets = sets,
            Event::Refused {
                question,
                answer,
                refusal,
            } => self.take_refusal(question, answer, refusal),
            Event::Sets(Err(message)) | Event::Said(Err(message)) => self.complain(message),
            Event::Said(Ok(message)) => self.say(message),
            Event::Saved {
                generation,
                rows,
                message,
            } => {
                self.runs.saved(generation, rows);
                self.say(message);
            }
        }
        Vec::new()
    }

    fn take_news(&mut self, generation: u64, at: Duration, news: News) -> Vec<Effect> {
        let ours = self
            .runs
            .current
            .as_ref()
            .filter(|run| run.job.generation == generation);
        match (&news, ours.map(|run| run.job.title.clone())) {
            (_, None) => self.dirty = false,
            (News::Done, Some(title)) => self.note(format!("done: {title}")),
            (News::Cancelled, Some(title)) => self.note(format!("cancelled: {title}")),
            (News::Failed(message), Some(title)) => self.complain(format!("{title}: {message}")),
            (News::Update { .. }, Some(_)) => {}
        }
        self.runs
            .take(generation, at, news)
            .map(Effect::Start)
            .into_iter()
            .collect()
    }
}
