//! The distinct strings of a column, each kept, checked and numbered once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::error::quote;
use super::fold::What;
use super::unpacked::Amount;

/// Distinct strings of one column, numbered in order of first appearance and checked once each.
pub(super) struct Interner {
    column: Cow<'static, str>,
    are_templates: bool,
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    amount: Amount,
}

impl Interner {
    pub(super) fn new(column: impl Into<Cow<'static, str>>, amount: Amount) -> Self {
        Interner {
            column: column.into(),
            are_templates: false,
            numbers: HashMap::new(),
            texts: Vec::new(),
            amount,
        }
    }

    /// The same for a column of templates.
    pub(super) fn of_templates(column: impl Into<Cow<'static, str>>, amount: Amount) -> Self {
        Interner {
            are_templates: true,
            ..Interner::new(column, amount)
        }
    }

    /// The number of a text; a new one is checked and numbered.
    pub(super) fn number(&mut self, text: &str) -> Result<u32, What> {
        if let Some(&number) = self.numbers.get(text) {
            return Ok(number);
        }
        if text.trim().is_empty() {
            return Err(format!("`{}` is empty: expected text", self.column));
        }
        if self.are_templates {
            check_template(&self.column, text)?;
        }
        self.amount.add(text.len(), &self.column)?;
        Ok(self.insert(Arc::from(text)))
    }

    fn insert(&mut self, text: Arc<str>) -> u32 {
        let number = self.texts.len() as u32;
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }

    pub(super) fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// All texts in order of first appearance.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }

    /// Numbers the texts of another part; returns this side's numbers in the other side's order.
    pub(super) fn adopt(&mut self, other: &Interner) -> Vec<u32> {
        let adopt = |text: &Arc<str>| match self.numbers.get(text) {
            Some(&number) => number,
            None => self.insert(Arc::clone(text)),
        };
        other.texts.iter().map(adopt).collect()
    }
}

/// A template holds `[X]` and `[Y]` once each.
fn check_template(column: &str, text: &str) -> Result<(), What> {
    for mark in ["[X]", "[Y]"] {
        let count = text.matches(mark).count();
        if count != 1 {
            return Err(format!(
                "`{column}` {} holds {mark} {count} times: expected [X] (subject) and [Y] (object) once each",
                quote(text),
            ));
        }
    }
    Ok(())
}
