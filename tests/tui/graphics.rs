//! The mask by the pixel, in terminals that have pictures.

use lamascope::layout::picture::Axis;
use lamascope::tui::app::{App, MaskParts, Pane};
use lamascope::tui::graphics::{Choice, Graphics, Protocol, Raster};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

/// Pixels of a cell.
const CELL: (u16, u16) = (9, 18);

fn pictured() -> App {
    let mut app = answered((140, 42), Level::True);
    app.work.graphics = Some(Graphics {
        protocol: Protocol::Kitty,
        cell: CELL,
    });
    press(&mut app, "4 Z");
    app.prepare();
    app
}

/// Where a row meets a key.
fn pixel(app: &App, raster: &Raster, row: usize, key: usize) -> [u8; 4] {
    let frame = app.frame(&app.screen(), Pane::Mask);
    let mask = &app.panes.mask;
    let grid = mask.grid(&app.work, frame, mask.zoom).expect("a grid");
    let at = |axis: &Axis, token: usize, size: usize| {
        let block = axis.of(token);
        let tokens = axis.block(block);
        // In the middle of the token.
        block * size + (2 * (token - tokens.start) + 1) * size / (2 * tokens.len())
    };
    let y = at(&grid.blocks.rows, row, usize::from(CELL.1) / grid.per_line);
    raster.pixels[y * raster.width + at(&grid.blocks.keys, key, usize::from(CELL.0))]
}

#[test]
fn the_picture_fills_the_cells_of_the_mask_and_shows_who_reads_whom() {
    let mut app = pictured();
    let raster = app.raster().expect("a picture");
    let cells = MaskParts::new(app.frame(&app.screen(), Pane::Mask).inner).cells;
    assert_eq!((raster.area.x, raster.area.y), (cells.x, cells.y));
    assert_eq!(raster.width, 9 * usize::from(raster.area.width));
    assert_eq!(raster.height, 18 * usize::from(raster.area.height));
    assert_eq!(raster.pixels.len(), raster.width * raster.height);
    let buffer = draw(&mut app);
    let below = buffer[(cells.x + 3, cells.y + 3)].symbol();
    assert_eq!(below, " ", "cells below the picture are blank");
    let layout = app.work.built().expect("a prompt").layout.clone();
    let [m1, m2] = [0, 1].map(|segment| layout.segments()[segment].clone());
    let row = m2.end - 2;
    for (key, shown) in [
        (0, 255),
        (m1.start + 1, 0),
        (m2.start + 1, 255),
        (m2.end + 1, 0),
    ] {
        assert_eq!(layout.reason(row, key).reads(), shown > 0);
        assert_eq!(pixel(&app, &raster, row, key)[3], shown, "key {key}");
    }
}

#[test]
fn a_picture_changes_with_what_it_shows_and_gives_way_to_dialogs() {
    let mut app = pictured();
    let mut now = |keys: &str, shown: Option<u64>| {
        let effects = press(&mut app, keys);
        app.prepare();
        let late = app.raster_version(shown);
        carry_out(&mut app, effects);
        app.prepare();
        (late, app.raster_version(shown))
    };
    let (_, first) = now("left", None);
    assert!(first.is_some());
    let (_, second) = now("left", first);
    assert_ne!(second, first);
    assert_eq!(now("?", second).1, None, "a dialog lies over it");
    assert_eq!(now("esc", None).1, second);
    // Attention of one layer stays until that of the next is there.
    let (_, third) = now("a", second);
    assert_ne!(third, second);
    let (late, fourth) = now(".", third);
    assert_eq!(late, third);
    assert_ne!(fourth, third);
    assert_eq!(now("d", fourth).1, None, "other views are drawn in cells");
}

/// What may be read and is not is drawn, what may not be read shows the terminal's background.
#[test]
fn attention_by_the_pixel_keeps_masked_cells_apart() {
    let mut app = pictured();
    let effects = press(&mut app, "a");
    carry_out(&mut app, effects);
    app.prepare();
    let raster = app.raster().expect("a picture");
    let layout = app.work.built().expect("a prompt").layout.clone();
    let [m1, m2] = [0, 1].map(|segment| layout.segments()[segment].clone());
    assert_eq!(pixel(&app, &raster, m2.end - 2, m2.start)[3], 255);
    assert_eq!(pixel(&app, &raster, m2.end - 2, m1.start + 1)[3], 0);
}

#[test]
fn a_terminal_without_colours_or_pixels_has_cells() {
    let none = |_: &str| None;
    let kitty = |name: &str| (name == "TERM").then(|| "xterm-kitty".to_owned());
    let size = (140, 42, 1_400, 840);
    assert_eq!(Graphics::new(Choice::Auto, none, size), None);
    assert_eq!(Graphics::new(Choice::Cells, kitty, size), None);
    assert_eq!(Graphics::new(Choice::Auto, kitty, (140, 42, 0, 0)), None);
    let found = Graphics::new(Choice::Auto, kitty, size).expect("a terminal with pictures");
    assert_eq!((found.protocol, found.cell), (Protocol::Kitty, (10, 20)));
    let forced = Graphics::new(Choice::Sixel, none, (140, 42, 0, 0));
    assert_eq!(forced.expect("asked for").protocol, Protocol::Sixel);
    let mut app = pictured();
    app.work.theme = theme(Level::Ansi256);
    app.prepare();
    assert_eq!(app.raster_version(None), None);
}

/// A picture goes with its pane, whatever was on screen before, and a dialog does not make it be computed again.
#[test]
fn a_picture_goes_with_its_pane_and_outlives_a_dialog() {
    let mut app = pictured();
    let effects = press(&mut app, "a");
    carry_out(&mut app, effects);
    app.prepare();
    let shown = app.raster_version(None);
    assert!(shown.is_some());
    for (keys, back) in [("Z 6 Z", "Z 4 Z"), ("1", "4")] {
        press(&mut app, keys);
        app.prepare();
        assert_eq!(app.raster_version(shown), None, "{keys}");
        press(&mut app, back);
        app.prepare();
    }
    let effects = press(&mut app, "?");
    assert!(warmed(&effects).is_empty(), "{effects:?}");
    app.prepare();
    let effects = press(&mut app, "esc");
    assert!(warmed(&effects).is_empty(), "{effects:?}");
    app.prepare();
    assert_eq!(app.raster_version(None), shown);
}
