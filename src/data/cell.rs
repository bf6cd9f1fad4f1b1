//! One Arrow cell as a JSON value.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{ArrowError, DataType, FieldRef};
use serde_json::{Map, Value};

/// The value at `row`.
///
/// # Errors
/// For types that neither questions nor saved predictions have, such as dates and decimals.
pub(crate) fn value(column: &dyn Array, row: usize) -> Result<Value, ArrowError> {
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).into(),
        DataType::Utf8View => column.as_string_view().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => primitive::<Int8Type>(column, row).into(),
        DataType::Int16 => primitive::<Int16Type>(column, row).into(),
        DataType::Int32 => primitive::<Int32Type>(column, row).into(),
        DataType::Int64 => primitive::<Int64Type>(column, row).into(),
        DataType::UInt8 => primitive::<UInt8Type>(column, row).into(),
        DataType::UInt16 => primitive::<UInt16Type>(column, row).into(),
        DataType::UInt32 => primitive::<UInt32Type>(column, row).into(),
        DataType::UInt64 => primitive::<UInt64Type>(column, row).into(),
        DataType::Float16 => primitive::<Float16Type>(column, row).to_f64().into(),
        DataType::Float32 => shortest(primitive::<Float32Type>(column, row)),
        DataType::Float64 => primitive::<Float64Type>(column, row).into(),
        DataType::List(_) => list(&column.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&column.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => list(&column.as_fixed_size_list().value(row))?,
        DataType::ListView(_) => list(&column.as_list_view::<i32>().value(row))?,
        DataType::LargeListView(_) => list(&column.as_list_view::<i64>().value(row))?,
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(column.as_struct().columns());
            let field = |(field, column): (&FieldRef, &ArrayRef)| {
                Ok((field.name().clone(), value(column, row)?))
            };
            Value::Object(
                columns
                    .map(field)
                    .collect::<Result<Map<_, _>, ArrowError>>()?,
            )
        }
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            let key = value(dictionary.keys(), row)?.as_u64();
            let key = key.and_then(|key| usize::try_from(key).ok());
            let known = key.filter(|&key| key < dictionary.values().len());
            let key = known.ok_or_else(|| {
                ArrowError::InvalidArgumentError(
                    "a key names no value of its dictionary".to_owned(),
                )
            })?;
            value(dictionary.values(), key)?
        }
        other => {
            let what = format!("columns of type {other} are not supported");
            return Err(ArrowError::NotYetImplemented(what));
        }
    })
}

/// The number that a person would write for an f32: 0.1, not 0.10000000149011612.
fn shortest(value: f32) -> Value {
    value
        .to_string()
        .parse::<f64>()
        .unwrap_or(value.into())
        .into()
}

fn primitive<T: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> T::Native {
    column.as_primitive::<T>().value(row)
}

fn list(items: &dyn Array) -> Result<Value, ArrowError> {
    let items = (0..items.len()).map(|item| value(items, item));
    Ok(Value::Array(items.collect::<Result<_, _>>()?))
}
