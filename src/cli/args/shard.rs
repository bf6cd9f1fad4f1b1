//! Which part of a run a process does: named, or as Slurm says.

use std::str::FromStr;

use crate::cli::CliError;
use crate::results::Shard;

/// `i/n`, or `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardArg {
    Part(Shard),
    /// The task of a Slurm array (`sbatch --array`).
    Auto,
}

impl FromStr for ShardArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(ShardArg::Auto),
            part => match part.parse() {
                Ok(shard) => Ok(ShardArg::Part(shard)),
                Err(why) => Err(format!("{why}, or auto in a Slurm array")),
            },
        }
    }
}

impl ShardArg {
    /// The part that this process does.
    ///
    /// # Errors
    /// `auto` outside an array, or in one that leaves out numbers.
    pub fn shard(self) -> Result<Shard, CliError> {
        match self {
            ShardArg::Part(shard) => Ok(shard),
            ShardArg::Auto => of_array(|name| std::env::var(name).ok()).map_err(CliError::Usage),
        }
    }
}

/// What the variables of a Slurm array mean: a task's place among those of its array, whatever number it begins with and
/// in whatever steps it counts.
fn of_array(variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| -> Result<usize, String> {
        let name = format!("SLURM_ARRAY_TASK_{name}");
        let value = variable(&name).ok_or_else(|| {
            format!("--shard auto: {name} is not set: use it in a job of `sbatch --array=1-8`, or say which part as in --shard 1/8")
        })?;
        let number = value.trim().parse();
        number.map_err(|_| format!("--shard auto: {name} is `{value}`, expected a number"))
    };
    let [id, min, max, count] = [
        number("ID")?,
        number("MIN")?,
        number("MAX")?,
        number("COUNT")?,
    ];
    // Slurm sets it for arrays with a step alone.
    let step = number("STEP").unwrap_or(1).max(1);
    let is_even = max >= min && (max - min) / step + 1 == count;
    let place = id.checked_sub(min).filter(|from| from % step == 0);
    match place.map(|from| from / step + 1) {
        Some(index) if is_even && index <= count => format!("{index}/{count}").parse(),
        _ => Err(format!(
            "--shard auto: task {id} of an array of {count} from {min} to {max}: expected all numbers from the first to the \
             last, as in `sbatch --array=1-8`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<String, String> {
        let found = |name: &str| {
            let name = name.strip_prefix("SLURM_ARRAY_TASK_")?;
            let of_name = variables.iter().find(|(known, _)| *known == name);
            of_name.map(|(_, value)| (*value).to_owned())
        };
        of_array(found).map(|shard| shard.to_string())
    }

    #[test]
    fn a_task_does_its_part_of_the_array() {
        let array =
            |id, min, max, count| [("ID", id), ("MIN", min), ("MAX", max), ("COUNT", count)];
        for (variables, shard) in [
            (array("1", "1", "8", "8"), "1/8"),
            (array("8", "1", "8", "8"), "8/8"),
            (array("0", "0", "3", "4"), "1/4"),
            (array("12", "10", "12", "3"), "3/3"),
        ] {
            assert_eq!(of(&variables).as_deref(), Ok(shard));
        }
        let mut stepped = array("5", "1", "7", "4").to_vec();
        stepped.push(("STEP", "2"));
        assert_eq!(of(&stepped).as_deref(), Ok("3/4"));
    }

    #[test]
    fn what_is_no_array_or_one_with_holes_is_refused() {
        let said = of(&[]).expect_err("no array");
        assert!(said.contains("SLURM_ARRAY_TASK_ID is not set"), "{said}");
        for (id, min, max, count) in [
            ("3", "1", "7", "3"),
            ("9", "1", "8", "8"),
            ("0", "1", "8", "8"),
        ] {
            let said = of(&[("ID", id), ("MIN", min), ("MAX", max), ("COUNT", count)]);
            assert!(
                said.expect_err(id)
                    .contains("all numbers from the first to the last")
            );
        }
        let wrong = of(&[("ID", "x"), ("MIN", "1"), ("MAX", "2"), ("COUNT", "2")]);
        assert!(
            wrong
                .expect_err("no number")
                .contains("SLURM_ARRAY_TASK_ID is `x`")
        );
    }
}
