//! Thoughts before answers: every question thinks alone, and its thoughts stand behind it in whatever prompt it comes to.

use std::collections::HashMap;

use super::{EvaluateError, Plan, Update};
use crate::engine::{Cancel, Engine, EngineError, Event, Method, Request, Task};
use crate::layout::LayoutError;
use crate::model::Tokenizer;
use crate::prompt::Thoughts;

/// Gives the questions of every task their thoughts, of at most so many tokens each, greedily. What asks for the answer
/// then is what ends them. A task that fails is told and taken out.
pub(super) fn think(
    engine: &mut Engine,
    plan: &Plan,
    tokens: usize,
    tasks: &mut Vec<Task>,
    sink: &mut dyn FnMut(Update),
    cancel: &Cancel,
) -> Result<(), EvaluateError> {
    let refused = |error| EngineError::from(LayoutError::from(error));
    let open = plan.context().with_thoughts(Thoughts::Open);
    let end = open.end_of_thoughts(engine.tokenizer()).map_err(refused)?;
    let request = Request {
        method: Method::PerPrompt,
        context: open,
        max_new_tokens: tokens,
        until: Some(end.to_owned()),
        draws: None,
        stream: false,
        ..plan.request()
    };
    set_thoughts(tasks, Thoughts::Open);
    let tokenizer = engine.tokenizer().clone();
    let mut thought: HashMap<usize, Vec<String>> = HashMap::new();
    engine.run(
        &request,
        tasks,
        &mut |event| match event {
            Event::Finished { task, answers } => {
                let texts = answers.iter().map(|answer| {
                    let generated = &answer.generated;
                    thoughts_in(&tokenizer, generated, end, generated.len() < tokens)
                });
                thought.insert(task, texts.collect());
            }
            Event::Failed { task: fact, error } => sink(Update::Failed { fact, error }),
            event => sink(Update::Engine(event)),
        },
        cancel,
    )?;
    tasks.retain(|task| thought.contains_key(&task.id));
    for task in tasks.iter_mut() {
        let texts = thought.remove(&task.id).unwrap_or_default();
        for (at, text) in texts.iter().enumerate() {
            let frame = task.context(at, &request.context).frame(&tokenizer);
            let cue = &frame.map_err(refused)?.cue;
            task.questions[at].push_str(&format!("{cue}{text}"));
        }
    }
    set_thoughts(tasks, Thoughts::Closed);
    Ok(())
}

/// The text of generated tokens up to where thoughts end. Without such an end they were cut off, or `ended` by a token that
/// is no thought.
fn thoughts_in(tokenizer: &Tokenizer, generated: &[u32], end: &str, ended: bool) -> String {
    let text = tokenizer.visible(generated);
    if let Some((thoughts, _)) = text.split_once(end) {
        return thoughts.to_owned();
    }
    let kept = match generated.split_last() {
        Some((_, before)) if ended => before,
        _ => generated,
    };
    // A character whose last bytes were cut off is none.
    let text = tokenizer.visible(kept);
    text.trim_end_matches(char::REPLACEMENT_CHARACTER)
        .to_owned()
}

fn set_thoughts(tasks: &mut [Task], thoughts: Thoughts) {
    for task in tasks {
        let contexts = std::mem::take(&mut task.contexts).into_iter();
        task.contexts = contexts.map(|of| of.with_thoughts(thoughts)).collect();
    }
}
