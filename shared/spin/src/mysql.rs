//! MySQL.

use ferry_sync::host::{Connection, Sql, SqlFailure, SqlValue};
use spin_sdk::mysql::{Connection as SpinConnection, DbValue, MysqlError, ParameterValue};

/// Connections through the host's driver.
pub struct SpinMysql;

impl Sql for SpinMysql {
    fn open(&self, address: &str) -> Result<Box<dyn Connection>, SqlFailure> {
        match SpinConnection::open(address) {
            Ok(connection) => Ok(Box::new(Open(connection))),
            Err(error) => Err(failed(error)),
        }
    }
}

struct Open(SpinConnection);

impl Connection for Open {
    fn execute(&mut self, sql: &str, params: &mut Vec<SqlValue>) -> Result<(), SqlFailure> {
        let parameters: Vec<ParameterValue> = params.drain(..).map(parameter).collect();
        let result = self.0.execute(sql, &parameters).map_err(failed);
        params.extend(parameters.into_iter().map(given_back));
        result
    }

    fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, SqlFailure> {
        let parameters: Vec<ParameterValue> = params.into_iter().map(parameter).collect();
        let set = self.0.query(sql, &parameters).map_err(failed)?;
        set.rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect()
    }
}

fn parameter(value: SqlValue) -> ParameterValue {
    match value {
        SqlValue::Null => ParameterValue::DbNull,
        SqlValue::Int(number) => ParameterValue::Int64(number),
        SqlValue::Text(text) => ParameterValue::Str(text),
        SqlValue::Bytes(bytes) => ParameterValue::Binary(bytes),
    }
}

fn given_back(value: ParameterValue) -> SqlValue {
    match value {
        ParameterValue::Int64(number) => SqlValue::Int(number),
        ParameterValue::Str(text) => SqlValue::Text(text),
        ParameterValue::Binary(bytes) => SqlValue::Bytes(bytes),
        // `parameter` makes no others.
        _ => SqlValue::Null,
    }
}

fn cell(value: DbValue) -> Result<SqlValue, SqlFailure> {
    Ok(match value {
        DbValue::DbNull => SqlValue::Null,
        DbValue::Boolean(value) => SqlValue::Int(value.into()),
        DbValue::Int8(number) => SqlValue::Int(number.into()),
        DbValue::Int16(number) => SqlValue::Int(number.into()),
        DbValue::Int32(number) => SqlValue::Int(number.into()),
        DbValue::Int64(number) => SqlValue::Int(number),
        DbValue::Uint8(number) => SqlValue::Int(number.into()),
        DbValue::Uint16(number) => SqlValue::Int(number.into()),
        DbValue::Uint32(number) => SqlValue::Int(number.into()),
        DbValue::Uint64(number) => match i64::try_from(number) {
            Ok(number) => SqlValue::Int(number),
            Err(_) => SqlValue::Text(number.to_string()),
        },
        DbValue::Str(text) => SqlValue::Text(text),
        DbValue::Binary(bytes) => SqlValue::Bytes(bytes),
        DbValue::Floating32(_) | DbValue::Floating64(_) | DbValue::Unsupported => {
            return Err(SqlFailure("ValueConversionFailed: the engine asks for no such type".into()));
        }
    })
}

fn failed(error: MysqlError) -> SqlFailure {
    SqlFailure(match error {
        MysqlError::ConnectionFailed(text) => format!("ConnectionFailed({text:?})"),
        MysqlError::BadParameter(text) => format!("BadParameter({text:?})"),
        MysqlError::QueryFailed(text) => format!("QueryFailed({text:?})"),
        MysqlError::ValueConversionFailed(text) => format!("ValueConversionFailed({text:?})"),
        MysqlError::Other(text) => format!("Other({text:?})"),
    })
}
