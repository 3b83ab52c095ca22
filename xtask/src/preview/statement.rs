//! What a MySQL target would be told.

use ferry_mapping::{FlowFile, Problem, Value};
use ferry_platforms::mysql::Insert;
use serde_json::json;

/// A MySQL target's statement.
pub struct Statement {
    sql: String,
    insert: Insert,
}

/// The statement of a flow, if its target is MySQL.
///
/// # Errors
/// What is wrong with it; the problem has no line yet.
pub fn of(flow: &FlowFile) -> Result<Option<Statement>, Problem> {
    if flow.target.platform != "mysql" {
        return Ok(None);
    }
    let index = flow.target.other_request.iter().position(|field| field.field == "main_sql");
    let sql = index.and_then(|index| flow.target.other_request[index].value.clone()).unwrap_or_default();
    match Insert::parse(&sql) {
        Ok(insert) => Ok(Some(Statement { sql, insert })),
        Err(error) => {
            let path = "target.otherRequest".to_owned();
            let path = index.map_or(path.clone(), |index| format!("{path}[{index}].value"));
            Err(Problem::new("mysql_target", path, error.en, error.zh))
        }
    }
}

impl Statement {
    /// `{"sql", "params": [{"name", "column", "value"}]}`; the parameters are null without a document.
    pub fn filled(&self, document: Option<&Value>) -> Value {
        let Insert { columns, placeholders, .. } = &self.insert;
        let params = document.map(|document| {
            let values = placeholders.iter().zip(columns);
            let params = values.map(|(name, column)| {
                json!({"name": name, "column": column, "value": parameter(&document["main_params"][name])})
            });
            params.collect::<Value>()
        });
        json!({"sql": self.sql, "params": params})
    }
}

/// As the engine binds it (`ferry_sync::target::mysql`): a boolean is 1 or 0, what has no type in SQL is
/// JSON text.
fn parameter(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => Value::from(i32::from(*flag)),
        Value::Array(_) | Value::Object(_) => Value::from(value.to_string()),
        scalar => scalar.clone(),
    }
}
