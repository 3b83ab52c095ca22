//! The shapes of answers (`vendors/sources.md` 3.3 to 3.5).

use serde_json::{Value, json};

use super::Simulated;
use crate::system::{Answer, Call};

/// How times look everywhere.
pub(super) const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// `{"code","message","now","data"}` of a success.
pub(super) fn success(
    call: &Call<'_, Simulated>,
    code: i64,
    data: Value,
    summary: impl Into<String>,
) -> Answer {
    Answer::json(&envelope(call, code, "success", data), summary)
}

/// The same of a refusal, with HTTP 200. `data` is PHP's empty array.
pub(super) fn failure(call: &Call<'_, Simulated>, code: i64, message: &str) -> Answer {
    Answer::json(&envelope(call, code, message, json!([])), format!("code {code}: {message}"))
}

/// A parameter that is not right; code and wording are ours.
pub(super) fn bad_parameter(call: &Call<'_, Simulated>, message: &str) -> Answer {
    failure(call, 400, &format!("参数错误：{message}"))
}

fn envelope(call: &Call<'_, Simulated>, code: i64, message: &str, data: Value) -> Value {
    json!({"code": code, "message": message, "now": call.now().format(TIME).to_string(), "data": data})
}
