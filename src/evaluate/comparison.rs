//! What a comparison puts side by side, the same on the command line and in the explorer.

use std::fmt;

use crate::engine::Method;
use crate::layout::Preset;

/// One run of a comparison: a method, and the preset where it has a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    pub method: Method,
    pub preset: Option<Preset>,
}

impl Compared {
    /// Every method, single templates first, since the others should beat them, and those with a layout last.
    pub fn methods() -> Vec<Method> {
        let mut all = Method::ALL.to_vec();
        all.sort_by_key(|method| (!method.answers_each(), method.has_layout()));
        all
    }

    /// The methods in this order, each one with a layout under every preset.
    pub fn list(methods: &[Method], presets: &[Preset]) -> Vec<Self> {
        let of_method = |&method: &Method| -> Vec<Self> {
            let compared = |preset| Compared { method, preset };
            match method.has_layout() {
                true => presets.iter().map(|&p| compared(Some(p))).collect(),
                false => vec![compared(None)],
            }
        };
        methods.iter().flat_map(of_method).collect()
    }
}

/// As the explorer and the files name it: `flex series`.
impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.preset {
            Some(preset) => write!(f, "{} {preset}", self.method),
            None => write!(f, "{}", self.method),
        }
    }
}
