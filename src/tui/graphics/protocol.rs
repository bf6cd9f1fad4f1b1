//! How each kind of terminal is told to show a picture.

use std::io::{self, Write};

use ratatui::layout::Rect;

use super::{Raster, sixel};
use crate::layout::picture::png_of_pixels;
use crate::named::named;

named! {
    /// Whether pictures are drawn, and how.
    #[derive(Default)]
    pub enum Choice {
        /// As the terminal's environment says
        #[default]
        Auto = "auto",
        /// Characters and colours only
        Cells = "cells",
        /// kitty, Ghostty
        Kitty = "kitty",
        /// iTerm2, WezTerm
        Iterm2 = "iterm2",
        /// foot, mlterm, contour, xterm where it is built with it
        Sixel = "sixel",
    }
}

/// What a terminal understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Kitty,
    Iterm2,
    Sixel,
}

/// The one picture, where pictures have numbers.
const ID: u32 = 7_351;
/// Characters of one chunk.
const CHUNK: usize = 4_096;

impl Protocol {
    /// What the environment says. A multiplexer between program and terminal would lose pictures.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let (term, program) = (set("TERM")?, set("TERM_PROGRAM").unwrap_or_default());
        if set("TMUX").is_some() || set("STY").is_some() || set("ZELLIJ").is_some() {
            return None;
        }
        match (term.as_str(), program.as_str()) {
            ("xterm-kitty" | "xterm-ghostty", _) | (_, "ghostty") => Some(Protocol::Kitty),
            ("wezterm", _) | (_, "iTerm.app" | "WezTerm") => Some(Protocol::Iterm2),
            ("foot" | "foot-extra" | "mlterm" | "contour", _) => Some(Protocol::Sixel),
            _ => None,
        }
    }

    /// Puts a picture on screen, over blank cells.
    pub fn write(self, to: &mut impl Write, raster: &Raster) -> io::Result<()> {
        let area = raster.area;
        write!(to, "\x1b[{};{}H", area.y + 1, area.x + 1)?;
        if self == Protocol::Sixel {
            return sixel::write(to, raster);
        }
        let bytes: Vec<u8> = raster.pixels.iter().flatten().copied().collect();
        let png = png_of_pixels(raster.width, raster.height, bytes).map_err(io::Error::other)?;
        let text = base64(&png);
        let (columns, lines) = (area.width, area.height);
        if self == Protocol::Iterm2 {
            let size = png.len();
            return write!(
                to,
                "\x1b]1337;File=inline=1;size={size};width={columns};height={lines};preserveAspectRatio=0;\
                 doNotMoveCursor=1:{text}\x07"
            );
        }
        // Below the text, replacing the picture before it.
        let head = format!("a=T,f=100,i={ID},p=1,q=2,z=-1,C=1,c={columns},r={lines},");
        let mut chunks = text.as_bytes().chunks(CHUNK).peekable();
        let mut first = head.as_str();
        while let Some(chunk) = chunks.next() {
            let more = u8::from(chunks.peek().is_some());
            write!(to, "\x1b_G{first}m={more};")?;
            to.write_all(chunk)?;
            write!(to, "\x1b\\")?;
            first = "";
        }
        Ok(())
    }

    /// Takes the picture away that covers some cells, which are blank afterwards.
    pub fn erase(self, to: &mut impl Write, area: Rect) -> io::Result<()> {
        if self == Protocol::Kitty {
            return write!(to, "\x1b_Ga=d,d=I,i={ID},q=2\x1b\\");
        }
        let blank = " ".repeat(usize::from(area.width));
        for y in area.top()..area.bottom() {
            write!(to, "\x1b[{};{}H\x1b[0m{blank}", y + 1, area.x + 1)?;
        }
        Ok(())
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() {
                letter.into()
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(pairs: &[(&str, &str)]) -> Option<Protocol> {
        Protocol::detect(|name| {
            let pair = pairs.iter().find(|(key, _)| *key == name);
            pair.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_names_the_terminal() {
        assert_eq!(detected(&[("TERM", "xterm-kitty")]), Some(Protocol::Kitty));
        let wezterm = [("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")];
        assert_eq!(detected(&wezterm), Some(Protocol::Iterm2));
        assert_eq!(detected(&[("TERM", "foot")]), Some(Protocol::Sixel));
        assert_eq!(detected(&[("TERM", "xterm-256color")]), None);
        let inside = [("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-0/default")];
        assert_eq!(detected(&inside), None);
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
