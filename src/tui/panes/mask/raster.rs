//! The mask by the pixel: every token that has room gets pixels of its own, where a cell shows blocks of tokens.
//!
//! The rulers stand in cells, so the pixels of a block fill exactly the cells that would show it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Color;

use super::view::{attention_shade, mask_shade};
use super::{Grid, MaskPane, MaskParts};
use crate::layout::picture::{self, Axis};
use crate::tui::graphics::{Graphics, Raster};
use crate::tui::panes::Frame;
use crate::tui::theme::Ink;
use crate::tui::workspace::Workspace;

/// Pixels of a block of attention at least: less is not told apart.
const FINEST: usize = 2;
/// Tokens up to which rows are that fine: every block of rows is computed, and a step of layer is not to be waited for.
const MOST_FINE: usize = 2_000;

/// What a pixel of one axis shows.
#[derive(Clone, Copy)]
struct Pixel {
    block: usize,
    token: usize,
}

impl MaskPane {
    /// The grid that attention is computed for: that of the cells, or a finer one for a picture.
    pub(super) fn heat_grid(&self, work: &Workspace, grid: &Grid) -> picture::Grid {
        // A dialog hides the picture, not what is computed for it.
        let (Some(graphics), Some(sequence)) = (work.finely(), work.built()) else {
            return grid.blocks.clone();
        };
        let (width, height) = graphics.cell;
        let fine = |tokens: usize, pixels: usize| (tokens * FINEST).div_ceil(pixels.max(1)).max(1);
        let height = usize::from(height) / grid.per_line;
        let rows = match sequence.len() > MOST_FINE {
            true => grid.blocks.height,
            false => fine(grid.blocks.height, height),
        };
        picture::Grid::new(
            &sequence.layout,
            sequence.len(),
            rows,
            fine(grid.blocks.width, usize::from(width)),
        )
    }

    /// A number that changes whenever the picture does; `None` where cells are drawn. Where attention is still being
    /// computed, the picture that is `shown` stays. Stands after `prepare`.
    pub fn raster_version(
        &self,
        work: &Workspace,
        frame: Frame,
        shown: Option<u64>,
    ) -> Option<u64> {
        let graphics = work.pictured().filter(|_| work.charted().is_none())?;
        // A pane that is not on screen has no picture, whatever was there before.
        if MaskParts::new(frame.inner).cells.is_empty() {
            return None;
        }
        let grid = self.grid(work, frame, self.zoom)?;
        let mut hasher = DefaultHasher::new();
        let heat = work.heat(&self.heat_grid(work, &grid)).is_some() && work.looking.on;
        if !heat && shown.is_some() && work.looking.on && work.seen().is_some() {
            return shown;
        }
        (
            graphics.cell,
            work.sequence_version(),
            work.layers,
            work.looking.warmed,
            heat,
        )
            .hash(&mut hasher);
        (
            frame.inner,
            self.top,
            self.left,
            grid.blocks.width,
            grid.blocks.height,
        )
            .hash(&mut hasher);
        (
            work.crosshair.row,
            work.crosshair.key,
            work.theme.name as usize,
        )
            .hash(&mut hasher);
        Some(hasher.finish())
    }

    /// The picture itself.
    pub fn raster(&self, work: &Workspace, frame: Frame) -> Option<Raster> {
        let graphics = work.pictured()?;
        let (grid, sequence) = (self.grid(work, frame, self.zoom)?, work.built()?);
        let cells = MaskParts::new(frame.inner).cells;
        let (rows, keys) = self.window(&grid, cells);
        if rows.is_empty() || keys.is_empty() {
            return None;
        }
        let (width, height) = graphics.cell;
        let across = pixels(&grid.blocks.keys, keys.clone(), usize::from(width), 1);
        let down = pixels(
            &grid.blocks.rows,
            rows.clone(),
            usize::from(height),
            grid.per_line,
        );
        let fine = self.heat_grid(work, &grid);
        let heat = work.heat(&fine).filter(|_| work.looking.on);
        let mut image = vec![[0; 4]; across.len() * down.len()];
        let mask = work.mask(sequence);
        let colour = |ink, strength| rgba(work.theme.ink(ink, strength));
        for (line, row) in image.chunks_exact_mut(across.len()).zip(&down) {
            // Reason and colour change from block to block, and a block is many pixels.
            let mut last = None;
            for (pixel, key) in line.iter_mut().zip(&across) {
                if key.token > row.token {
                    continue;
                }
                let at = match heat {
                    Some(_) => fine.keys.of(key.token),
                    // A window cuts blocks.
                    None if mask.window().is_some() => key.token,
                    None => key.block,
                };
                let shade = match last {
                    Some((known, shade)) if known == at => shade,
                    _ => match heat {
                        Some(heat) => attention_shade(
                            (sequence, mask),
                            (row.token, key.token),
                            heat.at(fine.rows.of(row.token), at),
                        ),
                        None => mask_shade(mask, row.token, key.token),
                    }
                    .map_or([0; 4], |(ink, strength)| colour(ink, strength)),
                };
                last = Some((at, shade));
                *pixel = shade;
            }
        }
        crosshair(work, &mut image, &across, &down);
        let lines = rows.len().div_ceil(grid.per_line) as u16;
        Some(Raster {
            area: Rect::new(cells.x, cells.y, keys.len() as u16, lines),
            width: across.len(),
            height: down.len(),
            pixels: image,
        })
    }
}

/// The pixels of some blocks, `per_cell` of which share `size` pixels.
fn pixels(axis: &Axis, blocks: Range<usize>, size: usize, per_cell: usize) -> Vec<Pixel> {
    let cells = blocks.len().div_ceil(per_cell);
    let edge = |at: usize| at * size / per_cell;
    let mut pixels = Vec::with_capacity(cells * size);
    for (at, block) in blocks.enumerate() {
        let (from, to) = (edge(at), edge(at + 1));
        let tokens = axis.block(block);
        let token = |pixel: usize| tokens.start + (pixel - from) * tokens.len() / (to - from);
        pixels.extend((from..to).map(|pixel| Pixel {
            block,
            token: token(pixel),
        }));
    }
    // The last cell may hold fewer blocks than it has room for.
    if let Some(last) = pixels.last().copied() {
        pixels.resize(cells * size, last);
    }
    pixels
}

/// Lines through the pixels of the chosen row and key.
fn crosshair(work: &Workspace, image: &mut [[u8; 4]], across: &[Pixel], down: &[Pixel]) {
    let colour = rgba(work.theme.ink(Ink::Fuse, 0.6));
    let middle = |pixels: &[Pixel], token: usize| {
        let block = pixels.iter().rfind(|pixel| pixel.token <= token)?.block;
        let first = pixels.iter().position(|pixel| pixel.block == block)?;
        let own = |pixel: &&Pixel| pixel.token <= token;
        let near = pixels[first..].iter().take_while(own).count();
        Some(first + near.saturating_sub(1))
    };
    let (row, key) = (work.crosshair.row, work.crosshair.key);
    let (Some(x), Some(y)) = (middle(across, key), middle(down, row)) else {
        return;
    };
    // Dotted, so that what lies below shows.
    for (at, pixel) in image[y * across.len()..][..across.len()]
        .iter_mut()
        .enumerate()
    {
        if at / 2 % 2 == 0 {
            *pixel = colour;
        }
    }
    for (at, line) in image.chunks_exact_mut(across.len()).enumerate() {
        if at / 2 % 2 == 0 {
            line[x] = colour;
        }
    }
}

fn rgba(colour: Option<Color>) -> [u8; 4] {
    match colour {
        Some(Color::Rgb(red, green, blue)) => [red, green, blue, 255],
        _ => [0; 4],
    }
}

impl Workspace {
    /// Pictures where the terminal has them and can show any colour, and no dialog lies over the panes.
    pub fn pictured(&self) -> Option<Graphics> {
        self.finely().filter(|_| !self.covered)
    }

    /// The same with a dialog or without.
    fn finely(&self) -> Option<Graphics> {
        let shows = self.theme.level == crate::tui::theme::Level::True;
        self.graphics.filter(|_| shows)
    }
}
