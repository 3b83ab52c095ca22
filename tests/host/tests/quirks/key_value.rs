//! Key-value (spin.md 1.5, 2).

use serde_json::{Value, json};

use crate::support::{App, web};

fn app() -> App {
    App::start(&web("key_value_stores = [\"default\"]"))
}

fn ok(values: &[Value]) -> Vec<Value> {
    values.iter().map(|value| json!({"ok": value})).collect()
}

#[test]
fn values_are_set_read_listed_and_deleted_and_every_call_is_counted() {
    let mut app = app();
    let results = app.steps(
        "/",
        json!([
            {"do": "get", "key": "a"},
            {"do": "set", "key": "a", "value": "1"},
            {"do": "set", "key": "a", "value": "2"},
            {"do": "get", "key": "a"},
            {"do": "exists", "key": "a"},
            {"do": "set_many", "pairs": [["b", "3"], ["c", "4"]]},
            {"do": "keys"},
            {"do": "delete", "key": "a"},
            {"do": "delete_many", "keys": ["b", "nobody"]},
            {"do": "keys"},
            {"do": "increment", "key": "n", "by": 5},
            {"do": "increment", "key": "n", "by": -2},
        ]),
    );
    let null = json!(null);
    assert_eq!(
        results,
        ok(&[
            null.clone(),
            null.clone(),
            null.clone(),
            json!("2"),
            json!(true),
            null.clone(),
            json!(["a", "b", "c"]),
            null.clone(),
            null,
            json!(["c"]),
            json!(5),
            json!(3),
        ])
    );
    let kv = &app.stats("http", "web")["kv"];
    for (call, count) in [
        ("open", 12),
        ("get", 2),
        ("set", 2),
        ("exists", 1),
        ("set_many", 1),
        ("get_keys", 2),
        ("delete", 1),
        ("delete_many", 1),
        ("increment", 2),
        ("get_many", 0),
        ("cas_swap", 0),
    ] {
        assert_eq!(kv[call], count, "{call} in {kv}");
    }
}

#[test]
fn a_store_that_the_component_does_not_list_is_denied() {
    let denied = json!({"err": "AccessDenied"});
    assert_eq!(App::start(&web("")).step(json!({"do": "open", "label": "default"})), denied);
    assert_eq!(app().step(json!({"do": "open", "label": "other"})), denied);
}

#[test]
fn get_many_leaves_out_what_is_not_there() {
    let mut app = app();
    let results = app.steps(
        "/",
        json!([
            {"do": "get_many", "keys": ["a", "b"]},
            {"do": "set", "key": "b", "value": "x"},
            {"do": "get_many", "keys": ["a", "b"]},
        ]),
    );
    assert_eq!(results, ok(&[json!([]), json!(null), json!([["b", "x"]])]));
}

#[test]
fn creation_by_compare_and_swap_is_unconditional_and_an_update_is_not() {
    let mut app = app();
    let results = app.steps(
        "/",
        json!([
            {"do": "cas_new", "key": "k", "keep": true},
            {"do": "cas_current"},
            {"do": "set", "key": "k", "value": "another's"},
            {"do": "cas_swap", "value": "mine"},
            {"do": "get", "key": "k"},
            {"do": "cas_new", "key": "k", "keep": true},
            {"do": "cas_current"},
            {"do": "set", "key": "k", "value": "another's"},
            {"do": "cas_swap", "value": "lost"},
            {"do": "cas_swap", "value": "with the new handle"},
            {"do": "get", "key": "k"},
        ]),
    );
    let seen: Vec<&Value> = results.iter().map(|result| &result["ok"]).collect();
    assert_eq!(seen[1], &json!(null));
    assert_eq!((seen[3], seen[4]), (&json!("swapped"), &json!("mine")));
    assert_eq!(seen[6], &json!("mine"));
    assert_eq!((seen[8], seen[9]), (&json!("failed"), &json!("swapped")));
    assert_eq!(seen[10], &json!("with the new handle"));
}

#[test]
fn a_failed_swap_whose_bucket_is_closed_finds_no_store() {
    let results = app().steps(
        "/",
        json!([
            {"do": "set", "key": "k", "value": "old"},
            {"do": "cas_new", "key": "k", "keep": false},
            {"do": "cas_current"},
            {"do": "set", "key": "k", "value": "another's"},
            {"do": "cas_swap", "value": "lost"},
        ]),
    );
    assert_eq!(results[4], json!({"err": "CasError::StoreError(Error::NoSuchStore)"}));
}

#[test]
fn concurrent_increments_are_all_counted() {
    let mut app = app();
    let url = app.url();
    let steps = Value::from(vec![json!({"do": "increment", "key": "n", "by": 1}); 50]).to_string();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let request = ureq::http::Request::post(&url).body(steps.clone()).unwrap();
            scope.spawn(|| assert_eq!(crate::support::send(request).0, 200));
        }
    });
    assert_eq!(app.step(json!({"do": "increment", "key": "n", "by": 0})), json!({"ok": 200}));
}

#[test]
fn an_increment_of_what_is_no_counter_kills_the_store_until_the_process_ends() {
    let mut app = app();
    app.step(json!({"do": "set", "key": "k", "value": "x"}));
    let bad = json!([{"do": "increment", "key": "k", "by": 1}]);
    assert_eq!(app.post("/", &bad), (500, String::new()));
    assert_eq!(app.post("/", &json!([{"do": "get", "key": "other"}])), (500, String::new()));
    app.wait_for_words("increment of \"k\", whose value has 1 bytes and not 8");
    // What needs no store still works.
    assert_eq!(app.step(json!({"do": "count"})), json!({"ok": 1}));
}

#[test]
fn the_file_and_its_table_are_spins() {
    let mut app = app();
    app.steps(
        "/",
        json!([{"do": "set", "key": "k", "value": "x"}, {"do": "increment", "key": "n", "by": 258}]),
    );
    let state = app.directory.path().join(".spin");
    let database = rusqlite::Connection::open(state.join("sqlite_key_value.db")).unwrap();
    let mut rows = database.prepare("SELECT store, key, value FROM spin_key_value ORDER BY key").unwrap();
    let rows: Vec<(String, String, Vec<u8>)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let default = || "default".to_owned();
    assert_eq!(
        rows,
        [
            (default(), "k".to_owned(), b"x".to_vec()),
            (default(), "n".to_owned(), vec![2, 1, 0, 0, 0, 0, 0, 0])
        ]
    );
    let mode: String = database.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
    // What was written outlives the process, however it ends.
    app.child.kill().unwrap();
    app.child.wait().unwrap();
    let manifest = std::fs::read_to_string(app.directory.path().join("spin.toml")).unwrap();
    let mut again = App::start_with(
        &manifest,
        &crate::support::Start { args: &["--state-dir", state.to_str().unwrap()], ..Default::default() },
    );
    assert_eq!(again.step(json!({"do": "get", "key": "k"})), json!({"ok": "x"}));
}
