//! Saving a run's rows as the file that `run --out` writes.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::app::{Exported, Job, Refusal, Scored};
use crate::data::TemplateId;
use crate::engine::About;
use crate::evaluate::Plan;
use crate::numbers::{count, thousands};
use crate::results::{
    Asked, Configuration, Error, Form, Kind, write, write_feather, write_mask, write_view,
};

/// What a plan does not know about where its rows come from.
#[derive(Clone)]
pub struct Origin {
    /// The model that gave them.
    pub about: About,
    /// `cached` or `dense`.
    pub path: String,
    /// As given: `embedded`, `hub` or a path.
    pub data: String,
}

/// Writes the rows of a job's only plan in data order; returns a line for the log.
pub fn save(
    path: &Path,
    overwrite: bool,
    job: &Job,
    rows: &[Scored],
    origin: &Origin,
) -> Result<String, Refusal> {
    let path = &at_home(path);
    let rows = in_data_order(rows);
    let configuration = configuration(job, 0, &rows, origin);
    write_feather(path, overwrite, &configuration, |put| {
        rows.iter().try_for_each(|row| put(&row.row))
    })
    .map_err(refusal)?;
    Ok(in_words(rows.len(), &whole(path), configuration.missing()))
}

/// Where a path leads from anywhere.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Copies a result file; returns a line for the log.
pub fn copy(from: &Path, path: &Path, overwrite: bool) -> Result<String, Refusal> {
    let path = &at_home(path);
    Kind::Feather.check(path, "results").map_err(refusal)?;
    let failed = |source| Error::Read {
        path: from.to_owned(),
        source,
    };
    write(path, overwrite, |file| {
        let mut source = File::open(from).map_err(failed)?;
        io::copy(&mut source, file).map_err(failed)?;
        Ok(())
    })
    .map_err(refusal)?;
    Ok(format!("saved as {}", whole(path).display()))
}

/// Writes what the mask pane showed; returns a line for the log.
pub fn save_view(
    path: &Path,
    overwrite: bool,
    form: Form,
    exported: &Exported,
) -> Result<String, Refusal> {
    let path = &at_home(path);
    match exported {
        Exported::View(portrait) => {
            write_view(path, overwrite, form, portrait.view, &portrait.sighted())
        }
        Exported::Mask(layout, labels) => write_mask(path, overwrite, form, layout, labels),
    }
    .map_err(refusal)?;
    Ok(format!("saved as {}", whole(path).display()))
}

fn refusal(error: Error) -> Refusal {
    match error {
        // The command line's advice is an option that the explorer does not have.
        Error::Exists { .. } => Refusal::Exists,
        other => Refusal::Failed(other.to_string()),
    }
}

/// The rows as the data have their facts; those of one fact stand together already, in the order of its templates.
pub fn in_data_order(rows: &[Scored]) -> Vec<&Scored> {
    let mut rows: Vec<&Scored> = rows.iter().collect();
    rows.sort_by_key(|row| row.fact);
    rows
}

/// `1 row saved as a.feather: 1,441 of 1,569 facts missing`.
fn in_words(rows: usize, path: &Path, missing: Option<(usize, usize)>) -> String {
    let saved = format!("{} saved as {}", count(rows, "row"), path.display());
    match missing {
        Some((missing, all)) => {
            let all = count(all, "fact");
            format!("{saved}: {} of {all} missing", thousands(missing))
        }
        None => saved,
    }
}

/// `~/` at the start means the home folder, as in a shell.
pub fn at_home(path: &Path) -> PathBuf {
    below_home(path, etcetera::home_dir().ok())
}

fn below_home(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// What one plan of a job was, of which these rows have come back.
pub fn configuration(job: &Job, plan: usize, rows: &[&Scored], origin: &Origin) -> Configuration {
    let plan = &job.plans[plan].1;
    let done: HashSet<Option<usize>> = rows.iter().map(|row| row.fact).collect();
    let mut relations: Vec<String> = Vec::new();
    for &fact in &plan.facts {
        let relation = &plan.data.relation_of(&plan.data.facts[fact]).id;
        if !relations.contains(relation) {
            relations.push(relation.clone());
        }
    }
    let asked = Asked {
        data: origin.data.clone(),
        relations,
        uuids: None,
        templates: templates(plan),
        max_samples: None,
        path: origin.path.clone(),
        confidence: None,
        seed: job.seed,
        left_out: job.left_out,
    };
    Configuration {
        // A run that was cancelled, or goes on, has not finished all of its facts.
        finished: Some(done.len()).filter(|&done| done < plan.facts.len()),
        ..Configuration::new(&origin.about, plan, asked)
    }
}

/// The templates in words.
fn templates(plan: &Plan) -> String {
    let mut facts = plan.facts.iter().map(|&fact| plan.template_ids(fact));
    let first = facts.next().unwrap_or_default();
    if facts.any(|other| other != first) {
        return "chosen per relation: see the column `templates`".to_owned();
    }
    let ids: Vec<String> = first.iter().map(TemplateId::to_string).collect();
    ids.join(",")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Dataset, Source, Style, Watch};
    use crate::engine::{Blend, Method};
    use crate::layout::Preset;
    use crate::prompt::{Chat, Shots};
    use crate::score::Extract;

    #[test]
    fn templates_are_named_where_all_relations_choose_alike() -> Result<(), crate::data::Error> {
        let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none())?;
        let mut plan = Plan {
            facts: (0..data.facts.len()).collect(),
            templates: vec![vec![0, 6]; data.relations.len()],
            data: Arc::new(data),
            shots: Shots {
                instruction: String::new(),
                shots: Vec::new(),
                near: None,
            },
            chat: Chat::Off,
            method: Method::Flex,
            options: Preset::Fused.options(),
            blend: Blend::default(),
            max_new_tokens: 1,
            extract: Extract::Line,
            confidence: Default::default(),
            thinking: None,
            stream: false,
        };
        assert_eq!(templates(&plan), "m1,a2");
        plan.templates[3] = vec![1];
        assert!(templates(&plan).starts_with("chosen per relation"));
        Ok(())
    }

    #[test]
    fn rows_and_facts_are_counted_in_words() {
        let words = |rows, missing| in_words(rows, Path::new("a.feather"), missing);
        assert_eq!(words(1, None), "1 row saved as a.feather");
        assert_eq!(
            words(1_025, Some((1_441, 1_569))),
            "1,025 rows saved as a.feather: 1,441 of 1,569 facts missing"
        );
    }

    #[test]
    fn a_tilde_means_the_home_folder() {
        let home = || Some(PathBuf::from("/home/ada"));
        let at = |path: &str| below_home(Path::new(path), home());
        assert_eq!(at("~/a.feather"), Path::new("/home/ada/a.feather"));
        assert_eq!(at("~ada/a.feather"), Path::new("~ada/a.feather"));
        assert_eq!(at("b/~/a.feather"), Path::new("b/~/a.feather"));
        let unknown = below_home(Path::new("~/a.feather"), None);
        assert_eq!(unknown, Path::new("~/a.feather"));
    }
}
