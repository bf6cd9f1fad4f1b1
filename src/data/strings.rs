//! Arrow columns of strings and of lists of strings, read in place whatever their encoding.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;

use super::fold::What;

/// A column of strings. A dictionary's values are not written out: rows that share one may be many and long.
pub(super) enum Strings {
    Utf8(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Dictionary {
        /// Per row, an index into the values.
        keys: Vec<usize>,
        values: Box<Strings>,
    },
}

impl Strings {
    /// # Errors
    /// Any other type of column.
    pub(super) fn new(array: &dyn Array, name: &str) -> Result<Self, What> {
        Ok(match array.data_type() {
            DataType::Utf8 => Strings::Utf8(array.as_string().clone()),
            DataType::LargeUtf8 => Strings::Large(array.as_string().clone()),
            DataType::Utf8View => Strings::View(array.as_string_view().clone()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                Strings::Dictionary {
                    // Without rows there may be no value that a key could name.
                    keys: match array.is_empty() {
                        true => Vec::new(),
                        false => dictionary.normalized_keys(),
                    },
                    values: Box::new(Strings::new(dictionary.values(), name)?),
                }
            }
            other => return Err(format!("`{name}` holds {other}, expected strings")),
        })
    }

    /// The string of a row that is not null.
    pub(super) fn value(&self, row: usize) -> &str {
        match self {
            Strings::Utf8(values) => values.value(row),
            Strings::Large(values) => values.value(row),
            Strings::View(values) => values.value(row),
            Strings::Dictionary { keys, values } => values.value(keys[row]),
        }
    }
}

/// A column of lists of strings, read a row at a time.
pub(super) struct StringLists<'a> {
    name: &'a str,
    lists: &'a dyn Array,
    /// The items of the list in a row.
    items: fn(&dyn Array, usize) -> ArrayRef,
}

impl<'a> StringLists<'a> {
    /// # Errors
    /// Any other type of column.
    pub(super) fn new(lists: &'a dyn Array, name: &'a str) -> Result<Self, What> {
        let items: fn(&dyn Array, usize) -> ArrayRef = match lists.data_type() {
            DataType::List(_) => |lists, row| lists.as_list::<i32>().value(row),
            DataType::LargeList(_) => |lists, row| lists.as_list::<i64>().value(row),
            DataType::ListView(_) => |lists, row| lists.as_list_view::<i32>().value(row),
            DataType::LargeListView(_) => |lists, row| lists.as_list_view::<i64>().value(row),
            DataType::FixedSizeList(..) => |lists, row| lists.as_fixed_size_list().value(row),
            other => return Err(format!("`{name}` holds {other}, expected lists")),
        };
        Ok(StringLists { name, lists, items })
    }

    /// The strings of one row, which must not be null.
    pub(super) fn get(&self, row: usize) -> Result<Vec<String>, What> {
        let items = (self.items)(self.lists, row);
        if items.logical_null_count() > 0 {
            return Err(format!(
                "`{}` holds a null in its list: expected strings only",
                self.name
            ));
        }
        let strings = Strings::new(&items, self.name)?;
        Ok((0..items.len())
            .map(|item| strings.value(item).to_owned())
            .collect())
    }
}
