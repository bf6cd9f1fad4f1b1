//! No command: the explorer.

use std::sync::Arc;

use clap::Args;

use super::CliError;
use super::args::{DataArgs, EngineArgs, LayoutArgs, List, ShotArgs, named, natural, template_ids};
use crate::data::{TemplateChoice, TemplateId};
use crate::engine::Method;
use crate::prompt::Chat;
use crate::score::Extract;
use crate::tui::app::{Given, ShotsFrom};
use crate::tui::keymap::Keymap;
use crate::tui::{self, Options};

/// What the explorer opens on.
#[derive(Debug, Args)]
pub struct ExploreArgs {
    /// How the questions about one fact become answers [default: flex]
    #[arg(
        long,
        hide_possible_values = true,
        value_name = "METHOD",
        value_parser = named::<Method>()
    )]
    method: Option<Method>,
    /// What the prediction is: the generation's first line, or the first word of it [default: line]
    #[arg(long, value_name = "line|word")]
    extract: Option<Extract>,
    /// Start without what the last session left: relation, templates, options, theme
    #[arg(long)]
    fresh: bool,
    /// Open this relation
    #[arg(long, value_name = "P36", help_heading = "Selection")]
    relation: Option<String>,
    /// The first N manual templates [default: all]
    #[arg(
        long, alias = "num_manual", value_name = "N", value_parser = natural::<usize>, help_heading = "Selection",
        overrides_with = "templates"
    )]
    num_manual: Option<usize>,
    /// The first N auto templates [default: 5]
    #[arg(
        long, alias = "num_auto", value_name = "N", value_parser = natural::<usize>, help_heading = "Selection",
        overrides_with = "templates"
    )]
    num_auto: Option<usize>,
    /// These templates
    #[arg(
        long, value_name = "m1,m3,a2", value_parser = template_ids, help_heading = "Selection",
        overrides_with_all = ["num_manual", "num_auto"]
    )]
    templates: Option<List<TemplateId>>,
    #[command(flatten)]
    source: DataArgs,
    #[command(flatten)]
    shots: ShotArgs,
    /// Ask through the model's own chat template [default: off]
    #[arg(long, value_name = "TURNS", value_parser = named::<Chat>(), help_heading = "Selection")]
    chat: Option<Chat>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    layout: LayoutArgs,
}

/// Where the explorer's files lie and what they hold.
pub fn files() -> String {
    let keymap = Keymap::default();
    let actions: Vec<&str> = keymap.names().collect();
    format!(
        r#"Files:
  $XDG_CONFIG_HOME/lamascope/config.toml
      how the explorer looks, and its keys
  $XDG_CONFIG_HOME/lamascope/sets/NAME.toml
      sets of templates, saved in the explorer, for `run --set NAME`
  $XDG_STATE_HOME/lamascope/runs/
      every run of more than one fact, a result file each; the explorer lists them with B
  $XDG_STATE_HOME/lamascope/session.json
      what comes back at the next start
  $XDG_STATE_HOME is ~/.local/state and $XDG_CONFIG_HOME is ~/.config where they are not set; on Windows both are %APPDATA%.

config.toml may hold any of these lines:
  theme = "dark"         # dark, light, colour-blind
  colours = "auto"       # auto, none, 16, 256, true
  symbols = "auto"       # auto, unicode, ascii
  mouse = true           # false leaves the mouse to the terminal
  [keys]                 # other keys for an action, one or a list
  run-fact = ["r", "f5"]
  show-command = "ctrl-y"

Actions, whose keys ? shows in the explorer: {}"#,
        actions.join(", ")
    )
}

pub fn explore(args: &ExploreArgs) -> Result<(), CliError> {
    let layout = args.layout.options()?;
    let shots = match args.shots.given()? {
        Some(shots) => ShotsFrom::Given(Arc::new(shots)),
        None => ShotsFrom::Drawn {
            count: args.shots.count(),
            seed: args.shots.seed,
        },
    };
    Ok(tui::run(Options {
        data: args.source.source()?,
        style: args.source.dataset,
        engine: args.engine.settings(),
        relation: args.relation.clone(),
        manual: args.num_manual,
        auto: args.num_auto.unwrap_or(TemplateChoice::AUTO),
        templates: args.templates.clone().map(|list| list.0),
        shots,
        chat: args.chat.unwrap_or_default(),
        method: args.method.unwrap_or_default(),
        layout,
        max_new_tokens: args.engine.max_new_tokens,
        extract: args.extract.unwrap_or_default(),
        given: Given {
            relation: args.relation.is_some(),
            templates: args.templates.is_some()
                || args.num_manual.is_some()
                || args.num_auto.is_some(),
            method: args.method.is_some(),
            layout: args.layout.is_given(),
            shots: args.shots.is_given(),
            chat: args.chat.is_some(),
            max_new_tokens: args.engine.max_new_tokens.is_some(),
            extract: args.extract.is_some(),
        },
        fresh: args.fresh,
        engine_words: args.words(),
        sweep: super::sweep::on_screen,
    })?)
}

impl ExploreArgs {
    /// The options for data and engine that a command line must repeat to mean the same.
    fn words(&self) -> Vec<String> {
        let words = self.source.words().into_iter().chain(self.engine.words());
        words
            .flat_map(|(name, value)| [format!("--{name}"), value])
            .collect()
    }
}
