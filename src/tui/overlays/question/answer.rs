//! What the answers to questions do. One that cannot be taken is refused in words, and its box stays.

use std::path::PathBuf;

use super::Question;
use crate::layout::LayoutOption;
use crate::prompt::Shots;
use crate::results::Form;
use crate::tui::message::Effect;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::confirm::Confirm;
use crate::tui::workspace::runs::Source;
use crate::tui::workspace::status::Notice;

impl Workspace {
    /// What is to be done, or what the box says about the answer.
    pub(super) fn answer(
        &mut self,
        question: Question,
        answer: &str,
    ) -> Result<Vec<Effect>, Notice> {
        match question {
            Question::SavePath(generation) => return self.save_results(generation, answer),
            Question::ViewPath => return self.save_view(answer),
            Question::SetName => return self.save_set(answer),
            Question::WhyNot => self.why_not(answer)?,
            Question::FirstK => self.first_k(answer)?,
            Question::RandomK => self.random_k(answer)?,
            Question::LayoutOption(index) => {
                let row = &LayoutOption::ALL[index];
                let wrong = |e| Notice::error(format!("{} `{answer}`: {e}", row.name));
                let mut options = self.choice.options.clone();
                row.set(&mut options, answer).map_err(wrong)?;
                self.change(|choice| choice.options = options);
            }
        }
        Ok(Vec::new())
    }

    /// Saves the results that the question was about, unless another run has taken their place.
    fn save_results(&mut self, generation: u64, path: &str) -> Result<Vec<Effect>, Notice> {
        if path.is_empty() {
            return Err(Notice::error("the file needs a name"));
        }
        let run = self.runs.current.as_ref();
        let Some(run) = run.filter(|run| run.generation == generation) else {
            self.complain("nothing is saved: the run that waited has begun".into());
            return Ok(Vec::new());
        };
        let overwrite = self.has_answered(&Confirm::Replace(path.to_owned()));
        let path = PathBuf::from(path);
        Ok(vec![match &run.source {
            Source::Asked(job) => Effect::Save {
                path,
                overwrite,
                job: job.clone(),
                rows: run.columns[0].rows.clone(),
            },
            Source::File(opened) => Effect::CopyFile {
                generation,
                from: opened.path.clone(),
                path,
                overwrite,
            },
        }])
    }

    /// Saves what the mask pane shows as what the name's ending says.
    fn save_view(&mut self, path: &str) -> Result<Vec<Effect>, Notice> {
        let overwrite = self.has_answered(&Confirm::Replace(path.to_owned()));
        let exported = self.exported().map_err(Notice::error)?;
        let path = PathBuf::from(path);
        let Some(form) = Form::of(&path) else {
            let endings = Form::ENDINGS;
            return Err(Notice::error(format!(
                "the file needs a name that ends with {endings}"
            )));
        };
        let exported = Box::new(exported);
        Ok(vec![Effect::SaveView {
            path,
            overwrite,
            form,
            exported,
        }])
    }

    fn first_k(&mut self, answer: &str) -> Result<(), Notice> {
        let no_count = |_| {
            Notice::error(format!(
                "`{answer}` is no count: expected a number such as 3"
            ))
        };
        let count = answer.parse().map_err(no_count)?;
        self.pick_first(count);
        Ok(())
    }

    /// `3`, or `3 42` with a seed.
    fn random_k(&mut self, answer: &str) -> Result<(), Notice> {
        let mut words = answer.split_whitespace();
        let count = words.next().and_then(|word| word.parse().ok());
        let seed = words
            .next()
            .map_or(Some(Shots::SEED), |word| word.parse().ok());
        let (Some(count), Some(seed), None) = (count, seed, words.next()) else {
            return Err(Notice::error(format!(
                "`{answer}`: expected a count, or a count and a seed, such as 3 42"
            )));
        };
        self.pick_random(count, seed);
        Ok(())
    }
}
