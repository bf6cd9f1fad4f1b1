//! Which picture the terminal shows: written when it changes, taken away before cells show in its place.

use std::io::{self, Write};

use ratatui::layout::Rect;

use super::{Protocol, Raster};

/// The picture on screen.
#[derive(Debug, Default)]
pub struct Shown(Option<(Protocol, Rect, u64)>);

impl Shown {
    /// Takes the old picture away where another one, or none, is wanted. Stands before the frame's cells.
    pub fn clear(&mut self, to: &mut impl Write, wanted: Option<u64>) -> io::Result<()> {
        match self.0 {
            Some((protocol, area, version)) if wanted != Some(version) => {
                self.0 = None;
                // There another picture takes the place of this one without a gap.
                match (protocol, wanted) {
                    (Protocol::Kitty, Some(_)) => Ok(()),
                    _ => protocol.erase(to, area),
                }
            }
            _ => Ok(()),
        }
    }

    /// The version that is on screen.
    pub fn version(&self) -> Option<u64> {
        self.0.map(|(_, _, version)| version)
    }

    /// Writes a picture behind the frame's cells.
    pub fn show(
        &mut self,
        to: &mut impl Write,
        protocol: Protocol,
        raster: &Raster,
        version: u64,
    ) -> io::Result<()> {
        // One write: a frame is not to be seen half.
        let mut bytes = Vec::new();
        protocol.write(&mut bytes, raster)?;
        to.write_all(&bytes)?;
        self.0 = Some((protocol, raster.area, version));
        Ok(())
    }

    /// The screen has been cleared.
    pub fn forget(&mut self) {
        self.0 = None;
    }
}
