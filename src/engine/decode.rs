//! The decoding loop: tasks become prompts, prompts become tokens, until every answer has ended.

use std::time::{Duration, Instant};

use super::argmax::{Fuse, Group, TopTokens, among};
use super::cancel::Cancel;
use super::draw::Draws;
use super::error::{EngineError, TaskError};
use super::event::{Answer, Candidate, Event, Reading, Task, Token};
use super::labels::Chosen;
use super::method::{Method, Mix};
use super::runner::{Runner, SequenceId};
use super::stream::{Prompts, Stop, Stream};
use crate::layout::Layout;
use crate::model::Tokenizer;

/// Takes a stream that has ended, and where to report.
type Ended<'a> = dyn FnMut(Stream, &mut dyn FnMut(Event)) + 'a;

/// Least time between two reports of reading: often enough for an eye, too seldom to be felt by a headless run.
const BETWEEN_REPORTS: Duration = Duration::from_millis(60);

/// Tokens that a text that ends answers has at most: a byte each.
const MOST_OF_END: usize = 16;
/// What comes next in a stream.
enum Choice {
    Next(TopTokens),
    Label(Chosen),
}

/// Drives a runner through tasks.
pub(crate) struct Decoding<'a> {
    pub runner: &'a mut dyn Runner,
    pub prompts: Prompts<'a>,
    pub eos: &'a [u32],
    pub cancel: &'a Cancel,
    /// When reading was reported last, whatever batch that was.
    pub reported: Option<Instant>,
}

impl Decoding<'_> {
    /// Runs tasks together. Nothing is kept of them afterwards, whatever happens.
    pub fn run(&mut self, tasks: &[Task], sink: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let method = self.prompts.request.method;
        let mut confidences: Vec<Option<Vec<f32>>> =
            tasks.iter().map(|task| task.confidence.clone()).collect();
        let mut failed = vec![false; tasks.len()];
        if method.is_weighted(&self.prompts.request.options) {
            self.measure_confidences(tasks, &mut confidences, &mut failed, sink)?;
        }
        let mut streams = self.prompts.streams(tasks, method, &confidences)?;
        streams.retain(|stream| !failed[stream.task]);
        let mut open = vec![0usize; tasks.len()];
        for stream in &streams {
            open[stream.task] += 1;
        }
        // Streams of one task end at different steps; the task ends with the last of them.
        let mut ended: Vec<Vec<(Option<usize>, Answer)>> = vec![Vec::new(); tasks.len()];
        let tokenizer = self.prompts.tokenizer;
        let draws = self.prompts.request.draws;
        let draws = draws.filter(|_| method.has_one_prompt());
        // Tasks whose answers are there, but not what is drawn beside them.
        let mut greedy = Vec::new();
        self.generate(method, tasks, streams, sink, &mut |stream, sink| {
            let task = stream.task;
            if let Some(Stop::NotFinite) = stream.stop {
                return fail(&mut failed, tasks, task, sink);
            }
            ended[task].push((stream.question, stream.answer(tokenizer)));
            open[task] -= 1;
            if open[task] == 0 {
                let mut answers = std::mem::take(&mut ended[task]);
                answers.sort_by_key(|(question, _)| *question);
                let answers = answers.into_iter().map(|(_, answer)| answer).collect();
                match draws {
                    None => finish(tasks, task, answers, sink),
                    Some(_) => greedy.push((task, answers)),
                }
            }
        })?;
        match draws {
            None => Ok(()),
            Some(draws) => self.draw_beside(&draws, tasks, greedy, sink),
        }
    }

    /// Draws answers beside those of tasks, and finishes these.
    fn draw_beside(
        &mut self,
        draws: &Draws,
        tasks: &[Task],
        greedy: Vec<(usize, Vec<Answer>)>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let prompts: Vec<&Layout> = greedy
            .iter()
            .flat_map(|(_, answers)| answers)
            .flat_map(|answer| &answer.layouts)
            .collect();
        let mut drawn = self.draw(&prompts, draws)?.into_iter();
        let mut failed = vec![false; tasks.len()];
        for (task, mut answers) in greedy {
            let of_task: Vec<_> = drawn.by_ref().take(answers.len()).collect();
            for (answer, drawn) in answers.iter_mut().zip(of_task) {
                match drawn {
                    Some(drawn) => {
                        let texts = drawn.iter().map(|ids| self.prompts.tokenizer.decode(ids));
                        answer.drawn = texts.collect();
                    }
                    None => fail(&mut failed, tasks, task, sink),
                }
            }
            if !failed[task] {
                finish(tasks, task, answers, sink);
            }
        }
        Ok(())
    }

    /// The weighted methods' first half: every question's own greedy answer, where no confidence is given.
    fn measure_confidences(
        &mut self,
        tasks: &[Task],
        confidences: &mut [Option<Vec<f32>>],
        failed: &mut [bool],
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let method = Method::PerPrompt;
        let mut streams = self.prompts.streams(tasks, method, confidences)?;
        streams.retain(|stream| confidences[stream.task].is_none());
        let mut measured: Vec<Vec<f32>> = tasks
            .iter()
            .map(|task| vec![0.0; task.questions.len()])
            .collect();
        self.generate(method, tasks, streams, sink, &mut |stream, sink| {
            if let Some(Stop::NotFinite) = stream.stop {
                return fail(failed, tasks, stream.task, sink);
            }
            if let Some(question) = stream.question {
                measured[stream.task][question] = stream.confidence();
            }
        })?;
        for (confidence, measured) in confidences.iter_mut().zip(measured) {
            confidence.get_or_insert(measured);
        }
        Ok(())
    }

    /// Generates until every stream has ended, handing each over as it does.
    fn generate(
        &mut self,
        method: Method,
        tasks: &[Task],
        mut streams: Vec<Stream>,
        sink: &mut dyn FnMut(Event),
        ended: &mut Ended<'_>,
    ) -> Result<(), EngineError> {
        let outcome = self.generate_all(method, tasks, &mut streams, sink, ended);
        // After an error what is still held must go.
        for sequence in streams.iter().flat_map(|stream| &stream.sequences) {
            self.runner.release(*sequence);
        }
        outcome
    }

    fn generate_all(
        &mut self,
        method: Method,
        tasks: &[Task],
        streams: &mut Vec<Stream>,
        sink: &mut dyn FnMut(Event),
        ended: &mut Ended<'_>,
    ) -> Result<(), EngineError> {
        if streams.is_empty() {
            return Ok(());
        }
        self.read_prompts(method, tasks, streams, sink)?;
        while !streams.is_empty() {
            let mut row = 0;
            let groups: Vec<Group<'_>> = streams
                .iter()
                .map(|stream| {
                    let rows = row..row + stream.sequences.len();
                    row = rows.end;
                    let fuse = match (&stream.weights, self.prompts.request.method.mix()) {
                        (Some(weights), _) => Fuse::Weighted(weights),
                        (None, Mix::Max) => Fuse::Max,
                        (None, Mix::Probabilities) => Fuse::MeanProbability,
                        _ => Fuse::Mean,
                    };
                    Group { rows, fuse }
                })
                .collect();
            let choices = self.choices(streams, &groups)?;
            let mut failed = Vec::new();
            for (stream, choice) in streams.iter_mut().zip(choices) {
                match choice {
                    Some(Choice::Next(next)) => self.take(tasks, stream, next, sink),
                    Some(Choice::Label(chosen)) => {
                        stream.label_probabilities = chosen.probabilities;
                        self.take(tasks, stream, chosen.top, sink);
                        // A label is the whole answer.
                        stream.stop = Some(Stop::Length);
                    }
                    None => failed.push(stream.task),
                }
            }
            // A task's streams have one fate.
            for stream in streams.iter_mut().filter(|s| failed.contains(&s.task)) {
                stream.stop = Some(Stop::NotFinite);
            }
            let (done, open) = std::mem::take(streams)
                .into_iter()
                .partition(|s| s.stop.is_some());
            *streams = open;
            for stream in Vec::<Stream>::into_iter(done) {
                for sequence in &stream.sequences {
                    self.runner.release(*sequence);
                }
                ended(stream, sink);
            }
            if streams.is_empty() {
                break;
            }
            if self.cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let next: Vec<(SequenceId, u32)> = streams
                .iter()
                .flat_map(|stream| {
                    let token = stream.generated[stream.generated.len() - 1];
                    stream.sequences.iter().map(move |id| (*id, token))
                })
                .collect();
            let blending = self.prompts.blending(method, streams);
            self.runner.decode_step(&next, blending.as_ref())?;
        }
        Ok(())
    }

    /// What comes next in each stream: any token, or one of its labels. All streams want the one or the other.
    fn choices(
        &mut self,
        streams: &[Stream],
        groups: &[Group<'_>],
    ) -> Result<Vec<Option<Choice>>, EngineError> {
        if streams.iter().all(|stream| stream.labels.is_empty()) {
            let next = self.runner.argmax(groups)?.into_iter();
            return Ok(next.map(|next| next.map(Choice::Next)).collect());
        }
        let logits = self.runner.logits()?;
        let vocabulary = self.prompts.vocabulary;
        let choice = |(stream, group): (&Stream, &Group<'_>)| {
            let rows = group.rows.start * vocabulary..group.rows.end * vocabulary;
            let ln_p = among(&logits[rows], vocabulary, group.fuse, &stream.labels)?;
            Some(Choice::Label(Chosen::of(&stream.labels, &ln_p)))
        };
        Ok(streams.iter().zip(groups).map(choice).collect())
    }

    fn read_prompts(
        &mut self,
        method: Method,
        tasks: &[Task],
        streams: &mut [Stream],
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let started = Instant::now();
        let blending = self.prompts.blending(method, streams);
        let prompts: Vec<&Layout> = streams
            .iter()
            .flat_map(|stream| &stream.layouts[stream.read.clone()])
            .collect();
        let prompt_tokens = prompts.iter().map(|prompt| prompt.len()).sum();
        let mut computed = 0;
        let reported = &mut self.reported;
        let mut progress = |reading: Reading| {
            computed = reading.computed;
            let now = Instant::now();
            let due = reported.is_none_or(|last| now - last >= BETWEEN_REPORTS);
            // The end is told below.
            if due && reading.computed < reading.tokens {
                *reported = Some(now);
                sink(Event::Reading(reading));
            }
        };
        let mut ids = self
            .runner
            .prefill(&prompts, blending.as_ref(), self.cancel, &mut progress)?
            .into_iter();
        for stream in streams {
            stream.sequences = ids.by_ref().take(stream.read.len()).collect();
        }
        sink(Event::Prefilled {
            tasks: tasks.len(),
            computed,
            prompt_tokens,
            took: started.elapsed(),
        });
        Ok(())
    }

    /// Adds the chosen token to a stream and sees whether it ends there.
    fn take(
        &self,
        tasks: &[Task],
        stream: &mut Stream,
        choice: TopTokens,
        sink: &mut dyn FnMut(Event),
    ) {
        let step = stream.generated.len();
        let (id, probability) = (choice.top[0].0, choice.probabilities[0]);
        if self.prompts.request.stream {
            sink(Event::Token {
                task: tasks[stream.task].id,
                question: stream.question,
                step,
                token: self.token(&stream.generated, &choice),
            });
        }
        stream.generated.push(id);
        stream.steps.push(choice.top);
        if stream.labels.is_empty() && self.is_end(&stream.generated) {
            stream.stop = Some(Stop::Token(probability));
            return;
        }
        stream.log_probability += probability.ln();
        stream.counted += 1;
        if step + 1 >= self.prompts.request.max_new_tokens {
            stream.stop = Some(Stop::Length);
        }
    }

    /// Whether the last of these tokens ends an answer.
    pub(super) fn is_end(&self, generated: &[u32]) -> bool {
        let Some((last, before)) = generated.split_last() else {
            return false;
        };
        let tokenizer = self.prompts.tokenizer;
        match &self.prompts.request.until {
            None => ends(tokenizer, self.eos, before.len(), *last),
            Some(end) => {
                let from = generated.len().saturating_sub(MOST_OF_END);
                self.eos.contains(last) || tokenizer.visible(&generated[from..]).contains(end)
            }
        }
    }

    fn token(&self, before: &[u32], choice: &TopTokens) -> Token {
        let top: Vec<Candidate> = choice
            .top
            .iter()
            .zip(&choice.probabilities)
            .map(|((id, _), probability)| Candidate {
                id: *id,
                text: self.prompts.tokenizer.text(*id),
                probability: *probability,
            })
            .collect();
        Token {
            id: top[0].id,
            text: self.prompts.tokenizer.added(before, top[0].id),
            probability: top[0].probability,
            top,
        }
    }
}

/// Whether a token ends an answer. It may begin with a newline; later ones end it.
pub(super) fn ends(tokenizer: &Tokenizer, eos: &[u32], step: usize, token: u32) -> bool {
    eos.contains(&token) || (step > 0 && tokenizer.breaks_line(token))
}

fn finish(tasks: &[Task], task: usize, answers: Vec<Answer>, sink: &mut dyn FnMut(Event)) {
    sink(Event::Finished {
        task: tasks[task].id,
        answers,
    });
}

/// Says once that a task has failed.
fn fail(failed: &mut [bool], tasks: &[Task], task: usize, sink: &mut dyn FnMut(Event)) {
    if !std::mem::replace(&mut failed[task], true) {
        sink(Event::Failed {
            task: tasks[task].id,
            error: TaskError::NotFinite,
        });
    }
}
