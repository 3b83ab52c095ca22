//! Key-value (spin.md 1.5, 2).

use serde_json::{Value, json};

use crate::support::{App, Start, web};

/// On SQLite.
fn app() -> App {
    App::start(&web("key_value_stores = [\"default\"]"))
}

/// A database of the Redis that the tests may write to. Each test has one of its own.
struct Database(u8);

impl Database {
    /// Database `number`, emptied.
    fn empty(number: u8) -> Self {
        let database = Self(number);
        database.ask::<()>(&["FLUSHDB"]);
        database
    }

    fn server() -> String {
        std::env::var("FERRY_TEST_REDIS").expect(
            "set FERRY_TEST_REDIS=redis://127.0.0.1:PORT to a Redis whose databases the tests may empty",
        )
    }

    fn url(&self) -> String {
        format!("{}/{}", Self::server(), self.0)
    }

    /// What Redis answers a client of its own.
    fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        redis::cmd(words[0]).arg(&words[1..]).query(&mut connection).unwrap()
    }

    fn config(&self) -> String {
        format!("[key_value_store.default]\ntype = \"redis\"\nurl = \"{}\"\n", self.url())
    }

    /// An app that keeps its `default` store there.
    fn app(&self) -> App {
        configured(&self.config())
    }
}

/// An app with this runtime configuration.
fn configured(config: &str) -> App {
    let (_folder, file) = written(config);
    let start = Start { args: &["--runtime-config-file", &file], ..Start::default() };
    App::start_with(&web("key_value_stores = [\"default\"]"), &start)
}

fn written(config: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("runtime-config.toml");
    std::fs::write(&file, config).unwrap();
    let name = file.to_str().unwrap().to_owned();
    (folder, name)
}

fn ok(values: &[Value]) -> Vec<Value> {
    values.iter().map(|value| json!({"ok": value})).collect()
}

#[test]
fn values_are_set_read_listed_and_deleted_and_every_call_is_counted() {
    everything_is_done_and_counted(app());
}

#[test]
fn values_are_set_read_listed_and_deleted_in_redis_too() {
    everything_is_done_and_counted(Database::empty(1).app());
}

fn everything_is_done_and_counted(mut app: App) {
    let mut results = app.steps(
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
    // In no particular order.
    results[6]["ok"].as_array_mut().unwrap().sort_by_key(Value::to_string);
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
    all_increments_count(app());
}

#[test]
fn concurrent_increments_are_all_counted_in_redis() {
    all_increments_count(Database::empty(2).app());
}

fn all_increments_count(mut app: App) {
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

#[test]
fn redis_holds_the_keys_as_they_are_and_counters_as_decimal_text() {
    let database = Database::empty(3);
    let mut app = database.app();
    app.steps(
        "/",
        json!([
            {"do": "set", "key": "flow/a/1", "value": "x"},
            {"do": "increment", "key": "n", "by": 258},
            {"do": "increment", "key": "n", "by": -300},
        ]),
    );
    assert_eq!(database.ask::<String>(&["GET", "flow/a/1"]), "x");
    assert_eq!(database.ask::<String>(&["GET", "n"]), "-42");
    assert_eq!(app.step(json!({"do": "get", "key": "n"})), json!({"ok": "-42"}));
    assert_eq!(database.ask::<u32>(&["DBSIZE"]), 2);
}

#[test]
fn apps_with_one_redis_database_share_their_state_and_others_do_not() {
    let database = Database::empty(4);
    let (mut one, mut other) = (database.app(), database.app());
    let mut stranger = Database::empty(5).app();
    one.step(json!({"do": "set", "key": "k", "value": "x"}));
    assert_eq!(other.step(json!({"do": "get", "key": "k"})), json!({"ok": "x"}));
    assert_eq!(stranger.step(json!({"do": "get", "key": "k"})), json!({"ok": null}));
    for app in [&mut one, &mut other] {
        app.step(json!({"do": "increment", "key": "n", "by": 1}));
    }
    assert_eq!(one.step(json!({"do": "increment", "key": "n", "by": 0})), json!({"ok": 2}));
}

#[test]
fn an_increment_of_what_is_no_counter_is_an_error_in_redis_and_nothing_worse() {
    let mut app = Database::empty(6).app();
    app.step(json!({"do": "set", "key": "k", "value": "x"}));
    let error = app.step(json!({"do": "increment", "key": "k", "by": 1}))["err"].to_string();
    assert!(error.contains("not an integer"), "{error}");
    assert_eq!(app.step(json!({"do": "get", "key": "k"})), json!({"ok": "x"}));
}

#[test]
fn get_many_is_refused_by_redis_and_so_are_lists_of_nothing() {
    let mut app = Database::empty(7).app();
    app.step(json!({"do": "set_many", "pairs": [["a", "1"], ["b", "2"]]}));
    for step in [
        json!({"do": "get_many", "keys": ["a", "b"]}),
        json!({"do": "get_many", "keys": []}),
        json!({"do": "set_many", "pairs": []}),
        json!({"do": "delete_many", "keys": []}),
    ] {
        let error = app.step(step.clone())["err"].to_string();
        assert!(error.contains("wrong number of arguments"), "{step}: {error}");
    }
    // On SQLite nothing is done, without an error.
    let results =
        self::app().steps("/", json!([{"do": "set_many", "pairs": []}, {"do": "delete_many", "keys": []}]));
    assert_eq!(results, ok(&[json!(null), json!(null)]));
}

#[test]
fn compare_and_swap_reports_failure_in_redis_whether_it_wrote_or_not() {
    let mut app = Database::empty(8).app();
    let results = app.steps(
        "/",
        json!([
            {"do": "cas_new", "key": "k", "keep": true},
            {"do": "cas_current"},
            {"do": "cas_swap", "value": "written"},
            {"do": "get", "key": "k"},
            {"do": "set", "key": "k", "value": "another's"},
            {"do": "cas_swap", "value": "not written"},
            {"do": "get", "key": "k"},
            {"do": "cas_new", "key": "k", "keep": true},
            {"do": "cas_swap", "value": "without a look"},
            {"do": "get", "key": "k"},
        ]),
    );
    let seen: Vec<&Value> = results.iter().map(|result| &result["ok"]).collect();
    assert_eq!(seen[1], &json!(null));
    assert_eq!((seen[2], seen[3]), (&json!("failed"), &json!("written")));
    assert_eq!((seen[5], seen[6]), (&json!("failed"), &json!("another's")));
    assert_eq!((seen[8], seen[9]), (&json!("failed"), &json!("without a look")));
}

/// A connection that breaks is made again; the call that it breaks under fails.
#[test]
fn a_redis_that_closes_its_connections_is_found_again() {
    let database = Database::empty(9);
    let mut app = database.app();
    app.step(json!({"do": "set", "key": "k", "value": "x"}));
    let clients: String = database.ask(&["CLIENT", "LIST"]);
    let ours = clients.lines().filter(|client| client.contains(" db=9 ") && client.contains(" cmd=set "));
    let ids: Vec<&str> = ours.filter_map(|client| client.strip_prefix("id=")?.split(' ').next()).collect();
    assert_eq!(ids.len(), 1, "{clients}");
    assert_eq!(database.ask::<u32>(&["CLIENT", "KILL", "ID", ids[0]]), 1);
    crate::support::eventually("it is found again", || {
        app.step(json!({"do": "get", "key": "k"})) == json!({"ok": "x"})
    });
}

#[test]
fn a_runtime_configuration_that_is_not_understood_stops_the_start() {
    let refusal = |config: &str| {
        let (_folder, file) = written(config);
        App::refused(&web(""), &Start { args: &["--runtime-config-file", &file], ..Start::default() })
    };
    let said = refusal("[key_value_store.default]\ntype = \"redis\"\nurl = \"http://secret@host\"\n");
    assert!(said.contains("could not configure key-value store with label 'default'"), "{said}");
    assert!(said.contains("Invalid Redis URL") && !said.contains("secret"), "{said}");
    for (config, words) in [
        ("[key_value_store.default]\ntype = \"redis\"\n", "missing field `url`"),
        ("[key_value_store.default]\ntype = \"azure_cosmos\"\n", "unknown variant `azure_cosmos`"),
        ("[outbound_http]\nconnection_pooling = true\n", "unknown field `outbound_http`"),
    ] {
        let said = refusal(config);
        assert!(said.contains(words) && said.contains("runtime-config.toml"), "{said}");
    }
    let start = Start { args: &["--runtime-config-file", "nowhere.toml"], ..Start::default() };
    assert!(App::refused(&web(""), &start).contains("failed to read runtime config file 'nowhere.toml'"));
}

#[test]
fn the_type_spin_is_the_default_store() {
    let mut app = configured("[key_value_store.default]\ntype = \"spin\"\n");
    app.step(json!({"do": "set", "key": "k", "value": "x"}));
    assert!(app.directory.path().join(".spin/sqlite_key_value.db").exists());
}
