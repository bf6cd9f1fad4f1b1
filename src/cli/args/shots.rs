//! Which shots.

use std::path::PathBuf;

use clap::Args;

use super::natural;
use crate::cli::CliError;
use crate::prompt::Shots;

/// Shots from a file, or drawn.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct ShotArgs {
    /// Shots from a file: {"instruction": "…", "shots": [["question", "answer"], …]}
    #[arg(long, value_name = "FILE")]
    shots: Option<PathBuf>,
    /// How many shots [default: 5, or all of the file's]
    #[arg(long, alias = "few_shot", value_name = "K", value_parser = natural::<usize>, allow_negative_numbers = true)]
    few_shot: Option<usize>,
    /// Draws the shots where no file gives them, from facts that are not selected as long as there are enough
    #[arg(long, default_value_t = Shots::SEED, value_name = "S", value_parser = natural::<u64>, allow_negative_numbers = true)]
    pub seed: u64,
}

impl ShotArgs {
    /// The shots of the file, where there is one.
    pub fn given(&self) -> Result<Option<Shots>, CliError> {
        let read = |file: &PathBuf| Shots::read(file, self.few_shot);
        Ok(self.shots.as_ref().map(read).transpose()?)
    }

    /// Whether other shots than usual were asked for.
    pub fn is_given(&self) -> bool {
        self.shots.is_some() || self.few_shot.is_some() || self.seed != Shots::SEED
    }

    /// What differs from the defaults, as option names and values.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let file = |path: &PathBuf| ("shots", path.to_string_lossy().into_owned());
        let file = self.shots.as_ref().map(file);
        let count = self.few_shot.map(|count| ("few-shot", count.to_string()));
        let seed = (self.seed != Shots::SEED).then(|| ("seed", self.seed.to_string()));
        file.into_iter().chain(count).chain(seed).collect()
    }

    /// How many are drawn where there is no file.
    pub fn count(&self) -> usize {
        self.few_shot.unwrap_or(Shots::COUNT)
    }
}
