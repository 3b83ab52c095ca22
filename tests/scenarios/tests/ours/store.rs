use ferry_scenarios::native::{BETWEEN_SYSTEMS, Native};
use ferry_sync::hold::LONGEST;
use serde_json::{Value, json};
use std::time::Duration;

/// A flow that has carried all there was.
fn carried(flow: &'static str) -> Native {
    let native = Native::shipped_flow(flow);
    native.advance(Duration::from_secs(60));
    native.drain();
    native.assert_in_step("at first");
    native
}

/// The key of the newest state document, and what is in it.
fn newest(native: &Native, flow: &str) -> (String, Value) {
    let hint = native.document(&format!("flow/{flow}")).expect("a hint");
    let key = format!("flow/{flow}/{}", String::from_utf8(hint).expect("a number"));
    let document = native.document(&key).expect("a document");
    (key, serde_json::from_slice(&document).expect("JSON"))
}

/// As an older build wrote it: the fields that were added since are not there.
#[test]
fn a_state_document_of_an_older_version_is_read_and_goes_on() {
    for flow in BETWEEN_SYSTEMS {
        let native = carried(flow);
        let watermark = native.call("GET", "", "").1["watermark"].clone();
        let (key, mut document) = newest(&native, flow);
        let state = document["state"]["state"].as_object_mut().expect("a state");
        state["version"] = json!(0);
        let since = [
            "in_doubt_until",
            "digests",
            "jobs",
            "job_scan",
            "inbox_seen",
            "remedy_began",
            "refused",
            "letters_looked_at",
            "skip",
        ];
        for field in since {
            assert!(state.remove(field).is_some(), "{field} is a field");
        }
        native.put_document(&key, document.to_string().as_bytes());
        assert_eq!(native.call("GET", "", "").1["watermark"], watermark);
        native.add_record(1);
        native.drain();
        native.assert_in_step("after an older version");
        assert_eq!(newest(&native, flow).1["state"]["state"]["version"], 1);
    }
}

#[test]
fn a_state_document_of_a_newer_version_is_refused_by_name_and_nothing_is_changed() {
    let flow = BETWEEN_SYSTEMS[0];
    let native = carried(flow);
    let (key, document) = newest(&native, flow);
    let mut as_today = document.clone();
    as_today["state"]["state"]["version"] = json!(2);
    // One that is as today's but for its number, and one that cannot be read as one.
    let unknown = json!({"status": "released", "until": 0, "drop": [], "state": {"state": {"version": 2}}});
    for newer in [as_today, unknown] {
        let newer = newer.to_string().into_bytes();
        native.put_document(&key, &newer);
        native.advance(LONGEST);
        let body = json!({"watermark": "2026-01-01 00:00:00", "replace_damaged": true}).to_string();
        for (method, path, body) in
            [("POST", "/run", ""), ("GET", "", ""), ("PUT", "/watermark", body.as_str())]
        {
            let (status, answer) = native.call(method, path, body);
            let error = &answer["error"];
            assert_eq!((status, &error["code"]), (503, &json!("state_newer")), "{method}{path}: {answer}");
            assert!(
                error["message"]
                    .as_str()
                    .is_some_and(|text| text.contains(&key) && text.contains("version 2")),
                "{error}"
            );
        }
        assert_eq!(native.document(&key), Some(newer), "it was overwritten");
        assert_eq!(native.keys().iter().filter(|key| key.starts_with("damaged/")).count(), 0);
    }
    // The newer build is deployed again, and went on.
    native.put_document(&key, document.to_string().as_bytes());
    native.add_record(1);
    native.drain();
    native.assert_in_step("with its own build again");
}

#[test]
fn a_damaged_state_is_kept_aside_and_an_operator_gets_on_from_there() {
    for flow in BETWEEN_SYSTEMS {
        let native = carried(flow);
        let (key, document) = newest(&native, flow);
        let whole = document.to_string();
        let half = &whole.as_bytes()[..whole.len() / 2];
        native.put_document(&key, half);
        native.add_record(1);
        native.advance(LONGEST);
        let aside = key.replace("flow/", "damaged/");
        let before = native.arrived();
        for (method, path) in [("POST", "/run"), ("GET", ""), ("GET", "/dead")] {
            let (status, answer) = native.call(method, path, "");
            assert_eq!((status, &answer["error"]["code"]), (503, &json!("state_damaged")), "{answer}");
            let message = answer["error"]["message"].as_str().expect("a message");
            assert!(message.contains(&key) && message.contains(&aside), "{message}");
            assert!(
                answer["error"]["hint"].as_str().expect("a hint").contains("replace_damaged"),
                "{answer}"
            );
        }
        assert_eq!(native.document(&key).as_deref(), Some(half), "it was overwritten");
        assert_eq!(native.document(&aside).as_deref(), Some(half), "it was not kept aside");
        assert_eq!(native.arrived(), before, "something was carried");

        // A watermark alone gives nothing up.
        let (status, answer) = native.call("PUT", "/watermark", &anew(false));
        assert_eq!((status, &answer["error"]["code"]), (503, &json!("state_damaged")), "{answer}");
        // Nobody knows whether its holder is alive: first the lease has to be over.
        let (status, answer) = native.call("PUT", "/watermark", &anew(true));
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("already_running")), "{answer}");
        native.advance(LONGEST + Duration::from_secs(1));
        let (status, answer) = native.call("PUT", "/watermark", &anew(true));
        assert_eq!(status, 200, "{answer}");
        let reports = native.drain();
        native.assert_in_step("begun anew");
        assert!(reports.len() < 5, "{flow}: {} runs", reports.len());
        native.drain();
        assert_eq!(native.document(&aside).as_deref(), Some(half), "it was thrown away");
    }
}

/// From where all of the bench's records are later.
fn anew(replace_damaged: bool) -> String {
    let yesterday = chrono::Utc::now() - chrono::TimeDelta::hours(16);
    let watermark = yesterday.format("%Y-%m-%d %H:%M:%S").to_string();
    match replace_damaged {
        true => json!({"watermark": watermark, "replace_damaged": true}),
        false => json!({"watermark": watermark}),
    }
    .to_string()
}

#[test]
fn a_store_that_was_lost_does_not_begin_by_itself_and_doubles_nothing_when_begun() {
    for flow in BETWEEN_SYSTEMS {
        let native = carried(flow);
        native.variables.borrow_mut().remove("start");
        native.lose_store();
        native.add_record(1);
        native.advance(LONGEST);
        let (status, answer) = native.call("POST", "/run", "");
        if flow == "jushuitan-shops-to-jdy" {
            // A full list is carried whole, wherever one begins.
            assert_eq!(status, 200, "{answer}");
        } else {
            assert_eq!((status, &answer["error"]["code"]), (409, &json!("not_initialised")), "{answer}");
            let (status, answer) = native.call("PUT", "/watermark", &anew(false));
            assert_eq!(status, 200, "{answer}");
        }
        native.drain();
        native.assert_in_step("begun again after the store was lost");
    }
}
