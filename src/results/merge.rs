//! Shards back into one run.

use std::path::{Path, PathBuf};

use super::{Configuration, Error, Kind, Shard, Table, sweep, write_feather};

/// Files that hold one run: a whole one, or its shards in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub files: Vec<PathBuf>,
    /// One per file; empty for a whole run.
    pub shards: Vec<Shard>,
    /// Of the whole run; `None` for a file that `lamascope run` did not write.
    pub configuration: Option<Configuration>,
}

/// Groups files into runs: shards of the same run are put together, at the place of the first.
///
/// # Errors
/// A file that cannot be read; a shard that is given twice.
pub(super) fn group(files: &[PathBuf]) -> Result<Vec<Parts>, Error> {
    let mut runs: Vec<Parts> = Vec::new();
    for file in files {
        let configuration = match Table::open(file)?.configuration() {
            Ok(configuration) => Some(configuration),
            Err(Error::NoConfiguration { .. }) => None,
            Err(e) => return Err(e),
        };
        let shard = configuration.as_ref().and_then(|c| c.shard);
        let whole = configuration.as_ref().map(Configuration::whole);
        let this_run = configuration.as_ref().map(Configuration::run);
        let of_same_run = |run: &&mut Parts| {
            let same_count =
                |shard: Shard| run.shards.first().map(|s| s.count()) == Some(shard.count());
            let of_one_run = run.configuration.as_ref().map(Configuration::run) == this_run;
            shard.is_some_and(same_count) && of_one_run
        };
        let Some((shard, run)) = shard.zip(runs.iter_mut().find(of_same_run)) else {
            runs.push(Parts {
                files: vec![file.clone()],
                shards: shard.into_iter().collect(),
                configuration: whole,
            });
            continue;
        };
        match run
            .shards
            .binary_search_by_key(&shard.index(), |shard| shard.index())
        {
            Ok(_) => {
                return Err(Error::Shards {
                    path: file.clone(),
                    what: format!("shard {shard} of this run is given twice"),
                });
            }
            Err(place) => {
                run.shards.insert(place, shard);
                run.files.insert(place, file.clone());
                if let (Some(run), Some(whole)) = (&mut run.configuration, whole) {
                    run.no_answer.extend(whole.no_answer);
                    run.no_answer.sort();
                }
            }
        }
    }
    Ok(runs)
}

/// Writes the file that the run would have written without shards.
///
/// # Errors
/// Where the files are not all shards of one run; where one cannot be read; where `out` cannot be written.
pub fn merge(files: &[PathBuf], out: &Path, overwrite: bool) -> Result<(), Error> {
    Kind::Feather.check(out, "results")?;
    if let Some(first) = files.first()
        && Table::open(first)?.sweep()?.is_some()
    {
        return sweep::merge(files, out, overwrite);
    }
    let runs = group(files)?;
    let (run, configuration) = match runs.as_slice() {
        [run] => (run, run.configuration.as_ref()),
        [] => return Ok(()),
        [first, second, ..] => {
            let one = first
                .configuration
                .as_ref()
                .zip(second.configuration.as_ref());
            let what = match one.and_then(|(first, second)| first.difference(second)) {
                Some((key, old, new)) => format!(
                    "belongs to another run than {}: `{key}` is {new}, not {old}",
                    first.files[0].display()
                ),
                None => "is no shard of the same split as the others".to_owned(),
            };
            let path = second.files[0].clone();
            return Err(Error::Shards { path, what });
        }
    };
    let path = &run.files[0];
    let Some((configuration, shard)) = configuration.zip(run.shards.first()) else {
        return Err(Error::Shards {
            path: path.clone(),
            what: "is no shard: it was not written with --shard".to_owned(),
        });
    };
    require_all(path, &run.shards, *shard)?;
    write_feather(out, overwrite, configuration, |put| {
        for path in &run.files {
            for record in Table::open(path)? {
                put(&record?.into_row()?)?;
            }
        }
        Ok(())
    })
}

/// Refuses shards of which some are missing; `shard` is one of them and stands at `path`.
pub(super) fn require_all(path: &Path, shards: &[Shard], shard: Shard) -> Result<(), Error> {
    let missing = (1..=shard.count()).find(|i| shards.iter().all(|shard| shard.index() != *i));
    missing.map_or(Ok(()), |missing| {
        Err(Error::Shards {
            path: path.to_owned(),
            what: format!("shard {missing}/{} of this run is missing", shard.count()),
        })
    })
}
