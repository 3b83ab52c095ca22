//! Values on their way between MySQL and the guest: Spin's table, gaps and all (spin.md 1.6). DATE, DATETIME,
//! TIMESTAMP, TIME, DECIMAL and native JSON cannot be read; integers keep their exact width.

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::FromValue;
use mysql_async::{Row, Value, from_value_opt};

use crate::bindings::fermyon::spin::rdbms_types::{Column, DbDataType, DbValue, Error, ParameterValue};

/// A statement's parameter.
pub fn parameter(value: ParameterValue) -> Value {
    match value {
        ParameterValue::Boolean(v) => Value::from(v),
        ParameterValue::Int8(v) => Value::from(v),
        ParameterValue::Int16(v) => Value::from(v),
        ParameterValue::Int32(v) => Value::from(v),
        ParameterValue::Int64(v) => Value::from(v),
        ParameterValue::Uint8(v) => Value::from(v),
        ParameterValue::Uint16(v) => Value::from(v),
        ParameterValue::Uint32(v) => Value::from(v),
        ParameterValue::Uint64(v) => Value::from(v),
        ParameterValue::Floating32(v) => Value::from(v),
        ParameterValue::Floating64(v) => Value::from(v),
        ParameterValue::Str(v) => Value::from(v),
        ParameterValue::Binary(v) => Value::from(v),
        ParameterValue::DbNull => Value::NULL,
    }
}

/// A result's columns.
pub fn columns(columns: &[mysql_async::Column]) -> Vec<Column> {
    let column = |column: &mysql_async::Column| Column {
        name: column.name_str().into_owned(),
        data_type: data_type(column),
    };
    columns.iter().map(column).collect()
}

fn data_type(column: &mysql_async::Column) -> DbDataType {
    let unsigned = column.flags().contains(ColumnFlags::UNSIGNED_FLAG);
    let binary = column.flags().contains(ColumnFlags::BINARY_FLAG);
    match (column.column_type(), unsigned, binary) {
        (ColumnType::MYSQL_TYPE_DOUBLE, ..) => DbDataType::Floating64,
        (ColumnType::MYSQL_TYPE_FLOAT, ..) => DbDataType::Floating32,
        (ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_LONG, false, _) => DbDataType::Int32,
        (ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_LONG, true, _) => DbDataType::Uint32,
        (ColumnType::MYSQL_TYPE_LONGLONG, false, _) => DbDataType::Int64,
        (ColumnType::MYSQL_TYPE_LONGLONG, true, _) => DbDataType::Uint64,
        (ColumnType::MYSQL_TYPE_SHORT, false, _) => DbDataType::Int16,
        (ColumnType::MYSQL_TYPE_SHORT, true, _) => DbDataType::Uint16,
        (ColumnType::MYSQL_TYPE_TINY, false, _) => DbDataType::Int8,
        (ColumnType::MYSQL_TYPE_TINY, true, _) => DbDataType::Uint8,
        // TEXT comes as a blob that is not binary; JSON on MariaDB as one that is.
        (ColumnType::MYSQL_TYPE_BLOB, _, false) => DbDataType::Str,
        (ColumnType::MYSQL_TYPE_BLOB, _, true) => DbDataType::Binary,
        (ColumnType::MYSQL_TYPE_LONG_BLOB | ColumnType::MYSQL_TYPE_MEDIUM_BLOB, ..) => DbDataType::Binary,
        (ColumnType::MYSQL_TYPE_STRING | ColumnType::MYSQL_TYPE_VAR_STRING, _, false) => DbDataType::Str,
        (ColumnType::MYSQL_TYPE_STRING | ColumnType::MYSQL_TYPE_VAR_STRING, _, true) => DbDataType::Binary,
        _ => DbDataType::Other,
    }
}

/// A result's row.
///
/// # Errors
/// A value, other than NULL, of a type that cannot be read.
pub fn row(row: Row, columns: &[Column]) -> Result<Vec<DbValue>, Error> {
    row.unwrap()
        .into_iter()
        .zip(columns)
        .map(|(value, column)| match value {
            Value::NULL => Ok(DbValue::DbNull),
            value => read(value, column),
        })
        .collect()
}

fn read(value: Value, column: &Column) -> Result<DbValue, Error> {
    match column.data_type {
        DbDataType::Binary => exactly(value).map(DbValue::Binary),
        DbDataType::Boolean => exactly(value).map(DbValue::Boolean),
        DbDataType::Floating32 => exactly(value).map(DbValue::Floating32),
        DbDataType::Floating64 => exactly(value).map(DbValue::Floating64),
        DbDataType::Int8 => exactly(value).map(DbValue::Int8),
        DbDataType::Int16 => exactly(value).map(DbValue::Int16),
        DbDataType::Int32 => exactly(value).map(DbValue::Int32),
        DbDataType::Int64 => exactly(value).map(DbValue::Int64),
        DbDataType::Str => exactly(value).map(DbValue::Str),
        DbDataType::Uint8 => exactly(value).map(DbValue::Uint8),
        DbDataType::Uint16 => exactly(value).map(DbValue::Uint16),
        DbDataType::Uint32 => exactly(value).map(DbValue::Uint32),
        DbDataType::Uint64 => exactly(value).map(DbValue::Uint64),
        DbDataType::Other => Err(Error::ValueConversionFailed(format!(
            "Cannot convert value {value:?} in column {} data type {:?}",
            column.name, column.data_type
        ))),
    }
}

fn exactly<T: FromValue>(value: Value) -> Result<T, Error> {
    from_value_opt(value).map_err(|error| Error::ValueConversionFailed(error.to_string()))
}

/// Roughly what a value takes in memory, in bytes.
pub fn size(value: &DbValue) -> usize {
    let heap = match value {
        DbValue::Str(text) => text.len(),
        DbValue::Binary(bytes) => bytes.len(),
        _ => 0,
    };
    size_of::<DbValue>() + heap
}
