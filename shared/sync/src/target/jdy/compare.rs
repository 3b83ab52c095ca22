//! Whether a customer in 星辰 is as a record says.

use ferry_mapping::{Map, Value};
use ferry_platforms::jdy::{self, Account};

/// What a save says, and no customer has.
const SAID_ONLY: [&str; 1] = ["ignore_warn"];

/// Whether every field that is mapped can be read in the detail, and is the same. Some come encrypted (2.5); one
/// that cannot be opened counts as different.
pub(super) fn is_as_mapped(account: &Account, there: &Value, ours: &Map<String, Value>) -> bool {
    ours.iter()
        .filter(|(name, _)| !SAID_ONLY.contains(&name.as_str()))
        .all(|(name, value)| there.get(name).is_some_and(|there| is_same(account, there, value)))
}

fn is_same(account: &Account, there: &Value, ours: &Value) -> bool {
    match (there, ours) {
        (Value::Object(there), Value::Object(ours)) => ours
            .iter()
            .all(|(name, value)| there.get(name).is_some_and(|there| is_same(account, there, value))),
        (Value::Array(there), Value::Array(ours)) => {
            there.len() == ours.len() && there.iter().zip(ours).all(|(a, b)| is_same(account, a, b))
        }
        (Value::String(there), Value::String(ours)) => {
            there == ours || jdy::open(account, there).as_ref() == Some(ours)
        }
        (Value::Number(there), Value::Number(ours)) => plain(&there.to_string()) == plain(&ours.to_string()),
        // Numbers are texts here and there.
        (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => {
            plain(text) == plain(&number.to_string())
        }
        (there, ours) => there == ours,
    }
}

/// `2.50` as `2.5`, `3.0` as `3`; what has an exponent stays as it is.
fn plain(number: &str) -> &str {
    match number.contains('.') && !number.contains(['e', 'E']) {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn same(there: &Value, ours: &Value) -> bool {
        let variables = |name: &str| {
            match name {
                "jdy_scheme" => "https",
                "jdy_host" => "api.kingdee.com",
                "jdy_client_id" => "200421",
                "jdy_client_secret" => "0123456789abcdef0123456789abcdef",
                "jdy_outer_instance_id" => "1",
                _ => "",
            }
            .to_owned()
        };
        let account = Account::from_variables("jdy", variables).unwrap();
        is_as_mapped(&account, there, ours.as_object().unwrap())
    }

    #[test]
    fn what_is_written_otherwise_is_the_same_and_what_cannot_be_read_is_not() {
        let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(same(&json!({"a": "x", "b": 1}), &json!({"a": "x", "ignore_warn": true})));
        assert!(same(&json!({"rate": "13"}), &json!({"rate": 13})));
        assert!(same(&json!({"n": number("2.50")}), &json!({"n": number("2.5")})));
        assert!(!same(&json!({"n": number("0.10000000000000000001")}), &json!({"n": number("0.1")})));
        assert!(same(&json!({"custom_field": {"a": "1", "b": "2"}}), &json!({"custom_field": {"a": "1"}})));
        assert!(!same(&json!({"a": "X"}), &json!({"a": "x"})));
        assert!(!same(&json!({}), &json!({"a": "x"})), "not in the detail");
        assert!(
            !same(&json!({"addr": "c2VjcmV0"}), &json!({"addr": "南京路"})),
            "encrypted by another secret"
        );
    }
}
