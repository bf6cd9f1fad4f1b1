//! Sixel: bands of six rows, one pass per colour.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use super::Raster;

/// Colours of a picture at most.
const COLOURS: usize = 255;

/// Pixels that no pass paints show the terminal's background; a colour beyond [`COLOURS`] is the last one.
pub fn write(to: &mut impl Write, raster: &Raster) -> io::Result<()> {
    let (width, height) = (raster.width.max(1), raster.height);
    let mut colours: Vec<[u8; 4]> = Vec::new();
    let mut known: HashMap<[u8; 4], usize> = HashMap::new();
    let mut index = |pixel: &[u8; 4]| -> Option<usize> {
        (pixel[3] > 0).then(|| {
            *known.entry(*pixel).or_insert_with(|| {
                if colours.len() < COLOURS {
                    colours.push(*pixel);
                }
                colours.len() - 1
            })
        })
    };
    let pixels: Vec<Option<usize>> = raster.pixels.iter().map(&mut index).collect();
    write!(to, "\x1bP0;1;0q\"1;1;{width};{height}")?;
    for (at, [red, green, blue, _]) in colours.iter().enumerate() {
        let percent = |part: &u8| (u32::from(*part) * 100 + 127) / 255;
        let (red, green, blue) = (percent(red), percent(green), percent(blue));
        write!(to, "#{at};2;{red};{green};{blue}")?;
    }
    for band in pixels.chunks(6 * width) {
        // Per colour a column's six rows as bits.
        let mut passes: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for (row, line) in band.chunks(width).enumerate() {
            for (x, colour) in line.iter().enumerate() {
                if let Some(colour) = colour {
                    let columns = passes.entry(*colour).or_insert_with(|| vec![0; width]);
                    columns[x] |= 1 << row;
                }
            }
        }
        for (colour, columns) in passes {
            write!(to, "#{colour}")?;
            for run in columns.chunk_by(|a, b| a == b) {
                let letter = char::from(b'?' + run[0]);
                match run.len() {
                    1..=3 => to.write_all(letter.to_string().repeat(run.len()).as_bytes())?,
                    many => write!(to, "!{many}{letter}")?,
                }
            }
            write!(to, "$")?;
        }
        write!(to, "-")?;
    }
    write!(to, "\x1b\\")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn colours_are_passes_over_bands_of_six_rows() {
        let (red, none) = ([255, 0, 0, 255], [0; 4]);
        let raster = Raster {
            area: Rect::new(0, 0, 1, 1),
            width: 5,
            height: 7,
            pixels: (0..35)
                .map(|at| if at < 5 || at == 30 { red } else { none })
                .collect(),
        };
        let mut out = Vec::new();
        write(&mut out, &raster).expect("memory");
        let text = String::from_utf8(out).expect("ASCII");
        // The first row, then the first pixel of the seventh.
        assert_eq!(
            text,
            "\x1bP0;1;0q\"1;1;5;7#0;2;100;0;0#0!5@$-#0@!4?$-\x1b\\"
        );
    }
}
