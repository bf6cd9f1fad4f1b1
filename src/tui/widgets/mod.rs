//! What panes and overlays share: text in cells, lists, a line of text being typed.

pub mod borders;
pub mod cells;
pub mod line_input;
pub mod list;
pub mod list_view;
pub mod rows;
