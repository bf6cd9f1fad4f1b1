//! The cells of a sweep: many runs in one file, told apart by the column `cell`.

use std::path::Path;

use super::{Summary, light_row};
use crate::evaluate::Row;
use crate::results::{Error, Table};

/// One cell: a method with so many templates.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Counted from 1.
    pub number: usize,
    /// What `lamascope run` is given for the same rows; empty where the file does not tell.
    pub options: String,
    /// Method and preset: `flex series`.
    pub name: String,
    /// Templates per question; the most, where facts differ.
    pub k: usize,
    pub summary: Summary,
}

/// Reads the cells of a sweep; `None` for a file without the column `cell`, or without rows.
///
/// # Errors
/// A file that cannot be read or lacks a column; a fact whose rows do not follow each other.
pub fn read_cells(path: &Path, relations: &[String]) -> Result<Option<Vec<Cell>>, Error> {
    let mut cells: Vec<(f64, Cell)> = Vec::new();
    let mut fact: Vec<Row> = Vec::new();
    let flush = |cells: &mut Vec<(f64, Cell)>, fact: &mut Vec<Row>| {
        let Some((_, cell)) = cells.last_mut() else {
            return Ok(());
        };
        if cell.summary.add(fact) {
            fact.clear();
            return Ok(());
        }
        Err(Error::Scattered {
            path: path.to_owned(),
            uuid: fact[0].uuid.clone(),
        })
    };
    let table = Table::open(path)?;
    let sweep = table.sweep()?;
    for record in table {
        let record = record?;
        if !record.has("cell") {
            return Ok(None);
        }
        let number = record.number("cell")?;
        let row = light_row(&record)?;
        if !relations.is_empty() && !relations.contains(&row.relation) {
            continue;
        }
        let same_cell = cells.last().is_some_and(|(last, _)| *last == number);
        if !same_cell || fact.first().is_some_and(|first| first.uuid != row.uuid) {
            flush(&mut cells, &mut fact)?;
        }
        let k = record.number("k")? as usize;
        if let Some((_, cell)) = cells.last_mut().filter(|_| same_cell) {
            cell.k = cell.k.max(k);
        } else {
            let preset = record.text("preset").unwrap_or_default();
            let name = format!("{} {preset}", record.text("method")?);
            let known = sweep
                .as_ref()
                .and_then(|sweep| sweep.cells.get((number as usize).checked_sub(1)?));
            let options = known.map(|cell| cell.options.clone());
            let way = known.map(|cell| &cell.way).filter(|way| !way.is_empty());
            let cell = Cell {
                name: way.map_or(name.trim_end(), String::as_str).to_owned(),
                number: number as usize,
                options: options.unwrap_or_default(),
                k,
                summary: Summary::default(),
            };
            cells.push((number, cell));
        }
        fact.push(row);
    }
    flush(&mut cells, &mut fact)?;
    if cells.is_empty() && sweep.is_none() {
        return Ok(None);
    }
    Ok(Some(cells.into_iter().map(|(_, cell)| cell).collect()))
}
