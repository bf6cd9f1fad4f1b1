//! Options whose present value changes nothing, and why.

use super::Workspace;
use crate::layout::{Bias, Isolation, Options};

impl Workspace {
    /// Why the present value of a layout option changes nothing; `None` where it may. By the option's name; `preset`
    /// stands for all of them.
    pub fn idle(&self, option: &str) -> Option<String> {
        let (choice, options) = (&self.choice, &self.choice.options);
        if !choice.method.has_layout() {
            return Some(format!("method {} reads no layout", choice.method));
        }
        let (asked, manual) = self
            .picks()
            .map_or((0, 0), |picks| (picks.chosen().len(), picks.count().0));
        let is_plain = options.isolation == Isolation::None;
        let cross = option == "manual-cross-attention" && options.manual_cross_attention;
        let why = match option {
            _ if cross && is_plain => "without isolation every token is read anyway",
            _ if cross && manual < 2 => "fewer than two manual templates are chosen",
            "glue" | "fusion" if is_plain && !weighs(options) => {
                "without isolation every row reads all before it"
            }
            "groups" if asked < 2 && options.groups != Options::default().groups => {
                "fewer than two templates are chosen"
            }
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// Says so where an option that was just turned changes nothing.
    pub(in crate::tui) fn say_if_idle(&mut self, option: &str, what: &str) {
        if let Some(why) = self.idle(option) {
            self.say(format!("{what} changes nothing: {why}"));
        }
    }
}

/// Whether fusing rows read otherwise than others, beyond what they may read.
fn weighs(options: &Options) -> bool {
    options.is_tempered() || options.bias != Bias::Number(0.0)
}
