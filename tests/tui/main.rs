//! The explorer's state machine, driven by events, without a terminal: one file per idea.

mod ascii;
mod attention;
mod commands;
mod graphics;
mod inputs;
mod kept;
mod lab;
mod lines;
mod lists;
mod mask;
mod memory;
mod mouse;
mod moving;
mod overlays;
mod palette;
mod results;
mod runs;
mod saving;
mod sets;
mod shots;
mod start;
mod table;
mod templates;
#[path = "../tui_support/mod.rs"]
mod tui_support;
mod views;
mod wording;
mod words;
