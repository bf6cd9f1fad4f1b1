//! What a device does at first use only, done before the first question comes.

use super::Cached;
use super::kernels::Kernels;
use crate::engine::argmax::{Fuse, Group};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::runner::{Runner, SequenceId};
use crate::layout::{Layout, LayoutError, Preset, Source};
use crate::prompt::{Context, Encode};

/// Steps after the prompt: a step is run, then recorded, then replayed.
const STEPS: usize = 3;
/// Tokens of a question: with five of them a prompt has the length of the usual ones.
const LETTERS: usize = 100;
const QUESTIONS: usize = 5;

/// One token per letter, always the same.
struct Letters;

impl Encode for Letters {
    fn encode(&self, text: &str) -> Vec<u32> {
        vec![0; text.chars().count()]
    }

    fn bos(&self) -> Option<u32> {
        Some(0)
    }
}

impl<K: Kernels> Cached<K> {
    /// Reads a prompt and takes some steps, so that libraries are loaded, buffers have grown and a step of one row
    /// is recorded. Nothing of what is read is kept. Memory that does not suffice for it is no error: a shorter prompt
    /// may still fit.
    ///
    /// # Errors
    /// A device that fails.
    pub fn warm_up(&mut self) -> Result<(), EngineError> {
        match self.read_and_step() {
            Err(error) if error.is_want_of_memory() => Ok(()),
            outcome => outcome,
        }
    }

    fn read_and_step(&mut self) -> Result<(), EngineError> {
        let layout = layout()?;
        let sequences = self.prefill(&[&layout], None, &Cancel::new(), &mut |_| ())?;
        let stepped = self.steps(&sequences);
        for id in sequences {
            self.release(id);
        }
        // The only round so far.
        self.prefixes.abandon_round();
        stepped
    }

    fn steps(&mut self, sequences: &[SequenceId]) -> Result<(), EngineError> {
        let group = [Group {
            rows: 0..1,
            fuse: Fuse::Mean,
        }];
        let tokens: Vec<_> = sequences.iter().map(|&id| (id, 0)).collect();
        for _ in 0..STEPS {
            self.argmax(&group)?;
            self.decode_step(&tokens, None)?;
        }
        self.argmax(&group)?;
        Ok(())
    }
}

fn layout() -> Result<Layout, LayoutError> {
    let questions = vec!["x".repeat(LETTERS); QUESTIONS];
    let context = Context::new("", &[]);
    let source = Source::new(&context, &questions, QUESTIONS);
    Layout::build(&Letters, source, Preset::Fused.options())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Shape;
    use crate::bench::random::Random;
    use crate::engine::cached::spread::Spread;
    use crate::engine::cpu::{Cpu, Precision};

    fn runner() -> Result<Cached<Cpu>, EngineError> {
        let config = Shape::Demo.config();
        let cpu = Cpu::new(&config, Precision::Exact);
        Cached::load(&config, Spread::one(cpu, &config), &Random, &mut |_| Ok(()))
    }

    #[test]
    fn nothing_is_kept() -> Result<(), EngineError> {
        let mut warm = runner()?;
        warm.warm_up()?;
        assert_eq!(warm.prefixes.used(), 0);
        assert!(warm.sequences.is_empty());
        // What a prompt says is computed anew, with the same outcome.
        let read = |runner: &mut Cached<Cpu>| {
            let mut computed = 0;
            let layout = layout()?;
            runner.prefill(&[&layout], None, &Cancel::new(), &mut |reading| {
                computed = reading.computed;
            })?;
            let group = Group {
                rows: 0..1,
                fuse: Fuse::Mean,
            };
            Ok::<_, EngineError>((computed, layout.len(), runner.argmax(&[group])?))
        };
        let (computed, len, choices) = read(&mut warm)?;
        assert_eq!(computed, len);
        assert_eq!(choices, read(&mut runner()?)?.2);
        Ok(())
    }
}
