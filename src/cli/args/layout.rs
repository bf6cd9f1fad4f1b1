//! Layout options, as their table has them.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::{named, possible};
use crate::cli::CliError;
use crate::layout::{LayoutOption, Options, Preset};

const HEADING: &str = "Layout (method flex)";

/// A preset and what is set on top of it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = HEADING)]
pub struct LayoutArgs {
    /// Named set of layout options; the options below are set on top of it [default: fused]
    #[arg(long, value_parser = named::<Preset>())]
    preset: Option<Preset>,
    #[command(flatten)]
    on_top: OptionArgs,
}

/// What is set on top of a preset, or of several: each option that is given, with its value.
#[derive(Debug, Clone, Default)]
pub struct OptionArgs(Vec<(&'static LayoutOption, String)>);

impl LayoutArgs {
    /// The preset with the given options on top; refuses what has no meaning.
    pub fn options(&self) -> Result<Options, CliError> {
        self.on_top
            .on(self.preset.unwrap_or_default())
            .map_err(CliError::Usage)
    }

    /// What was given, as it would be typed; the preset in any case.
    pub fn words(&self) -> Vec<String> {
        let preset = self.preset.unwrap_or_default();
        let mut words = vec![format!("--preset {preset}")];
        words.extend(self.on_top.words());
        words
    }

    /// Whether anything was asked for that only methods with a layout would notice.
    pub fn is_given(&self) -> bool {
        self.preset.is_some() || !self.on_top.0.is_empty()
    }
}

impl OptionArgs {
    /// A preset with these options on top; refuses what has no meaning.
    pub fn on(&self, preset: Preset) -> Result<Options, String> {
        let mut options = preset.options();
        for (row, value) in &self.0 {
            row.set(&mut options, value)?;
        }
        options.check()?;
        Ok(options)
    }

    /// What was given, as it would be typed.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|(row, value)| row.typed(value)).collect()
    }
}

/// The command-line option of a row.
fn arg(row: &'static LayoutOption) -> Arg {
    let arg = Arg::new(row.name)
        .long(row.name)
        .aliases(row.aliases)
        .help(row.what)
        .help_heading(HEADING);
    if row.is_switch() {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name("VALUE");
    let Some(free) = row.free else {
        return arg.value_parser(PossibleValuesParser::new(possible(row.words)));
    };
    let names: Vec<&str> = row.words.iter().map(|word| word.name).collect();
    let mut long = format!("{}\n\nPossible values:\n- {free}", row.what);
    for word in row.words {
        long.push_str(&format!("\n- {}: {}", word.name, word.meaning));
    }
    arg.allow_negative_numbers(true)
        .value_parser(|text: &str| {
            row.set(&mut Options::default(), text)
                .map(|()| text.to_owned())
        })
        .help(format!("{}: {free}, or {}", row.what, names.join(", ")))
        .long_help(long)
}

impl Args for OptionArgs {
    fn augment_args(command: Command) -> Command {
        command.args(LayoutOption::ALL.iter().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OptionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |row: &'static LayoutOption| {
            let value = match row.is_switch() {
                true => matches.get_flag(row.name).then(|| "on".to_owned()),
                false => matches.get_one::<String>(row.name).cloned(),
            };
            Some((row, value?))
        };
        Ok(OptionArgs(
            LayoutOption::ALL.iter().filter_map(given).collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
