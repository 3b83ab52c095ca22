//! Answers what no flow answers: the routes over all flows ([`watch`]); any other path is an error that says so.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

pub mod watch;

#[cfg(target_arch = "wasm32")]
mod component {
    use crate::watch;
    use serde_json::json;
    use spin_sdk::http::{IncomingRequest, Response};

    #[spin_sdk::http_component]
    fn handle(request: IncomingRequest) -> Response {
        let path = request.path_with_query().unwrap_or_default();
        if watch::are_for(&path) {
            return watch::answer(request);
        }
        let path: String = path.split('?').next().unwrap_or_default().chars().take(200).collect();
        let (code, message, message_zh) = if path.starts_with("/flows/") {
            ("unknown_flow", format!("no flow answers at {path}"), format!("{path} 没有对应的流程"))
        } else {
            ("unknown_route", format!("nothing answers at {path}"), format!("{path} 没有对应的接口"))
        };
        let error = json!({"error": {
            "code": code,
            "message": message,
            "message_zh": message_zh,
            "hint": "flows answer at /flows/<name>/…; the names are in spin.toml",
            "hint_zh": "流程的地址为 /flows/<名称>/…；名称见 spin.toml",
        }});
        Response::builder()
            .status(404)
            .header("content-type", "application/json; charset=utf-8")
            .body(error.to_string())
            .build()
    }
}
