//! What a row's cell was, as columns to group by.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, StringBuilder, UInt32Builder};
use arrow_schema::{DataType, Field};

use super::SweepConfiguration;
use crate::evaluate::Row;

/// One builder per column, in the order of [`CellColumns::fields`].
#[derive(Default)]
pub(in crate::results) struct CellColumns {
    /// Whether anything was pushed since they were taken.
    used: bool,
    cell: UInt32Builder,
    options: StringBuilder,
    model: StringBuilder,
    method: StringBuilder,
    preset: StringBuilder,
    cross: BooleanBuilder,
    k: UInt32Builder,
    shots: UInt32Builder,
}

impl CellColumns {
    /// The columns, which stand behind those of a run.
    pub fn fields() -> Vec<Field> {
        [
            ("cell", DataType::UInt32),
            ("cell_options", DataType::Utf8),
            ("model", DataType::Utf8),
            ("method", DataType::Utf8),
            ("preset", DataType::Utf8),
            ("manual_cross_attention", DataType::Boolean),
            ("k", DataType::UInt32),
            ("shots", DataType::UInt32),
        ]
        .map(|(name, kind)| Field::new(name, kind, true))
        .into()
    }

    /// Describes the cell of a row, counted from 0. Method `flex` alone has a preset and cross-attention; k is how many
    /// templates were asked about the row's fact.
    pub fn push(&mut self, sweep: &SweepConfiguration, cell: usize, row: &Row) {
        self.used = true;
        self.cell.append_value(cell as u32 + 1);
        self.options.append_value(&sweep.cells[cell].options);
        let run = sweep.runs.get(&cell);
        self.model.append_option(run.map(|run| &run.model));
        self.method.append_option(run.map(|run| &run.method));
        let preset = run.and_then(|run| run.preset);
        self.preset
            .append_option(preset.map(|preset| preset.name()));
        let options = run.and_then(|run| run.options.as_ref());
        self.cross
            .append_option(options.map(|options| options.manual_cross_attention));
        let asked = run.and_then(|run| run.selection.asked.get(&row.relation));
        self.k
            .append_option(asked.map(|ids| ids.split(',').count() as u32));
        self.shots
            .append_option(run.map(|run| run.shots.count() as u32));
    }

    /// The columns of the rows pushed; none where no row had a cell.
    pub fn take(&mut self) -> Vec<ArrayRef> {
        if !self.used {
            return Vec::new();
        }
        let mut full = std::mem::take(self);
        vec![
            Arc::new(full.cell.finish()),
            Arc::new(full.options.finish()),
            Arc::new(full.model.finish()),
            Arc::new(full.method.finish()),
            Arc::new(full.preset.finish()),
            Arc::new(full.cross.finish()),
            Arc::new(full.k.finish()),
            Arc::new(full.shots.finish()),
        ]
    }
}
