//! Symbols beyond ASCII, and what stands for them where the terminal has none.

/// Whether boxes, blocks and arrows may be drawn with characters beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    pub unicode: bool,
}

impl Symbols {
    /// Unicode unless the locale says another encoding or gives ambiguous-width characters two columns.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .unwrap_or_default()
            .to_lowercase();
        let wide = ["zh", "ja", "ko"]
            .iter()
            .any(|language| locale.starts_with(language));
        let utf8 = locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8");
        let console = variable("TERM").is_some_and(|term| term == "linux" || term == "dumb");
        Symbols {
            unicode: (utf8 && !wide && !console) || cfg!(windows),
        }
    }

    /// One of two ways to draw the same.
    pub fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    pub fn ellipsis(self) -> &'static str {
        self.pick("…", "~")
    }
    pub fn check(self, on: bool) -> &'static str {
        if on {
            self.pick("▣", "[x]")
        } else {
            self.pick("□", "[ ]")
        }
    }
    pub fn verdict(self, right: bool) -> &'static str {
        if right {
            self.pick("✓", "+")
        } else {
            self.pick("✗", "-")
        }
    }
    /// Marks a wording that the demo model was trained on for the fact at hand.
    pub fn trained(self) -> &'static str {
        self.pick("•", "*")
    }
    pub fn pointer(self) -> &'static str {
        self.pick("▸", ">")
    }
    pub fn mark(self) -> &'static str {
        self.pick("●", "*")
    }
    /// Marks the run that others are compared with.
    pub fn pin(self) -> &'static str {
        self.pick("◆", "#")
    }
    /// Marks an answer that is right now and was wrong in the pinned run.
    pub fn gained(self) -> &'static str {
        self.pick("▲", "^")
    }
    /// Marks an answer that was right in the pinned run.
    pub fn lost(self) -> &'static str {
        self.pick("▼", "v")
    }
    pub fn arrow(self) -> &'static str {
        self.pick("→", "->")
    }
    pub fn dot(self) -> &'static str {
        self.pick("·", "|")
    }
    pub fn times(self) -> &'static str {
        self.pick("×", "x")
    }
    /// Levels of a small bar chart, lowest first.
    pub fn bars(self) -> [&'static str; 8] {
        if self.unicode {
            ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        } else {
            ["_", "_", ".", ".", "-", "-", "=", "#"]
        }
    }
    pub fn gauge(self) -> (&'static str, &'static str) {
        if self.unicode {
            ("━", "─")
        } else {
            ("#", ".")
        }
    }
}
