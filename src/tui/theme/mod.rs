//! Colours and symbols: three themes, four levels of colour, Unicode or ASCII.
//!
//! Without colours (`NO_COLOR`) no style names a colour at all: terminal libraries drop REVERSED on a cell that does.

mod level;
mod palette;
mod symbols;

use ratatui::style::{Color, Modifier, Style};

pub use level::Level;
pub use palette::{Ink, ThemeName};
pub use symbols::Symbols;

use palette::Palette;

/// Every style that the panes use.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: ThemeName,
    pub level: Level,
    pub symbols: Symbols,
    pub text: Style,
    pub dim: Style,
    pub title: Style,
    pub border: Style,
    pub focused: Style,
    /// The row under the cursor of the focused pane, and of the others.
    pub cursor: Style,
    pub cursor_away: Style,
    pub accent: Style,
    pub good: Style,
    pub bad: Style,
    pub warn: Style,
    pub key: Style,
    palette: &'static Palette,
}

impl Theme {
    pub fn new(name: ThemeName, level: Level, symbols: Symbols) -> Self {
        let palette = name.palette();
        let fg = |rgb| {
            level
                .colour(rgb)
                .map_or_else(Style::new, |c| Style::new().fg(c))
        };
        let bold = Modifier::BOLD;
        let colourless = level == Level::None;
        let row = |rgb, without| match level {
            // Sixteen colours have no quiet background.
            Level::None | Level::Ansi16 => Style::new().add_modifier(without),
            _ => level
                .colour(rgb)
                .map_or_else(Style::new, |c| Style::new().bg(c)),
        };
        let dim = if colourless {
            Style::new().add_modifier(Modifier::DIM)
        } else {
            fg(palette.dim)
        };
        Theme {
            name,
            level,
            symbols,
            text: Style::new(),
            dim,
            title: Style::new().add_modifier(bold),
            border: if colourless { dim } else { fg(palette.border) },
            focused: fg(palette.focused).add_modifier(bold),
            cursor: row(palette.cursor, Modifier::REVERSED),
            cursor_away: row(palette.cursor_away, Modifier::UNDERLINED),
            accent: fg(palette.accent).add_modifier(bold),
            good: fg(palette.good),
            bad: fg(palette.bad).add_modifier(if colourless { bold } else { Modifier::empty() }),
            warn: fg(palette.warn),
            key: fg(palette.accent).add_modifier(bold),
            palette,
        }
    }

    /// Another theme, at the same level and with the same symbols.
    pub fn named(&self, name: ThemeName) -> Self {
        Theme::new(name, self.level, self.symbols)
    }

    /// The colour of an ink at a strength from 0 (background) to 1; `None` without colours.
    pub fn ink(&self, ink: Ink, strength: f32) -> Option<Color> {
        self.level.colour(self.palette.ink(ink, strength))
    }

    /// A style that writes in an ink; without colours neighbouring owners differ by modifiers.
    pub fn written(&self, ink: Ink, strength: f32) -> Style {
        match (self.ink(ink, strength), ink) {
            (Some(colour), _) => Style::new().fg(colour),
            (None, Ink::Owner(n)) if n % 2 == 1 => Style::new().add_modifier(Modifier::BOLD),
            (None, Ink::Shared | Ink::Nobody) => Style::new().add_modifier(Modifier::DIM),
            (None, _) => Style::new(),
        }
    }

    /// The style of what is right or wrong.
    pub fn verdict(&self, right: bool) -> Style {
        if right { self.good } else { self.bad }
    }

    /// Whether one cell can show two colours well enough for half-blocks.
    pub fn half_blocks(&self) -> bool {
        self.symbols.unicode && self.level >= Level::Ansi256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colourless_theme_names_no_colour() {
        let theme = Theme::new(ThemeName::Dark, Level::None, Symbols { unicode: true });
        for style in [
            theme.dim,
            theme.border,
            theme.focused,
            theme.cursor,
            theme.good,
            theme.bad,
            theme.warn,
            theme.key,
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_eq!(theme.written(Ink::Owner(3), 1.0).fg, None);
    }
}
