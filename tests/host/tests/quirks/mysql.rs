//! MySQL as Spin shows it to a component (spin.md 1.6), against a MariaDB.

use serde_json::{Value, json};

use crate::support::{App, web};

/// `mysql://user@host:port/db` of a server that the tests may write to.
fn address() -> String {
    std::env::var("FERRY_TEST_MYSQL").expect(
        "set FERRY_TEST_MYSQL=mysql://root@127.0.0.1:PORT/DATABASE to a MariaDB or MySQL that the tests may write to",
    )
}

fn app() -> App {
    App::start(&web("allowed_outbound_hosts = [\"mysql://127.0.0.1:*\", \"mysql://localhost:*\"]"))
}

/// Runs statements on one connection, queries those that answer; gives what came of each.
fn run(app: &mut App, statements: &[&str]) -> Vec<Value> {
    let mut steps = vec![json!({"do": "sql_open", "address": address()})];
    steps.extend(statements.iter().map(|sql| {
        let kind = if sql.starts_with("SELECT") { "query" } else { "execute" };
        json!({"do": kind, "sql": sql})
    }));
    let mut results = app.steps("/", Value::from(steps));
    assert_eq!(results.remove(0), json!({"ok": null}));
    results
}

#[test]
fn rows_are_written_and_read_with_parameters_and_statements_are_counted() {
    let mut app = app();
    let results = app.steps(
        "/",
        json!([
            {"do": "sql_open", "address": address()},
            {"do": "execute", "sql": "CREATE TEMPORARY TABLE t (id INT PRIMARY KEY, name VARCHAR(20) NULL) CHARACTER SET utf8mb4"},
            {"do": "execute", "sql": "INSERT INTO t VALUES (?, ?), (?, ?)", "with": [1, "一", 2, null]},
            {"do": "query", "sql": "SELECT ROW_COUNT()"},
            {"do": "query", "sql": "SELECT id, name FROM t ORDER BY id"},
            {"do": "query", "sql": "SELECT name FROM t WHERE id = ?", "with": [2]},
            {"do": "query", "sql": "INSERT INTO t VALUES (3, 'x')"},
            {"do": "sql_close"},
        ]),
    );
    assert_eq!(results[2], json!({"ok": null}), "execute tells nothing");
    assert_eq!(results[3], json!({"ok": [["Int64(2)"]]}));
    assert_eq!(results[4], json!({"ok": [["Int32(1)", "Str(\"一\")"], ["Int32(2)", "DbNull"]]}));
    assert_eq!(results[5], json!({"ok": [["DbNull"]]}));
    assert_eq!(results[6], json!({"ok": []}), "a query that writes answers no rows");
    let sql = &app.stats("http", "web")["sql"];
    assert_eq!(*sql, json!({"open": 1, "query": 4, "execute": 2}));
}

#[test]
fn what_mysql_does_not_prepare_fails_with_1295_even_on_mariadb() {
    let mut app = app();
    for statement in ["BEGIN", "START TRANSACTION", "SAVEPOINT a", "LOCK TABLES mysql.user READ"] {
        let result = run(&mut app, &[statement]).remove(0);
        let text = result["err"].as_str().unwrap();
        assert!(
            text.starts_with("QueryFailed(\"Server(ServerError { code: 1295, message: "),
            "{statement}: {text}"
        );
    }
    let results = run(&mut app, &["SET autocommit=0", "COMMIT", "ROLLBACK"]);
    assert!(results.iter().all(|result| *result == json!({"ok": null})), "{results:?}");
}

#[test]
fn one_statement_per_call() {
    let result = run(&mut app(), &["SELECT 1; SELECT 2"]).remove(0);
    assert!(result["err"].as_str().unwrap().contains("code: 1064"), "{result}");
}

#[test]
fn types_without_a_reading_fail_and_null_never_does() {
    let mut app = app();
    for expression in [
        "NOW()",
        "CAST('2026-11-01' AS DATE)",
        "CAST('10:00:00' AS TIME)",
        "1.5",
        "CAST(1 AS DECIMAL(10,2))",
        "SUM(1)",
        "AVG(1)",
    ] {
        let result = run(&mut app, &[&format!("SELECT {expression}")]).remove(0);
        assert!(
            result["err"].as_str().unwrap().starts_with("ValueConversionFailed("),
            "{expression}: {result}"
        );
    }
    let result =
        run(&mut app, &["SELECT CAST(NULL AS DATETIME), CAST(NULL AS DECIMAL(10,2)), NULL"]).remove(0);
    assert_eq!(result, json!({"ok": [["DbNull", "DbNull", "DbNull"]]}));
}

#[test]
fn readable_types_keep_their_exact_width() {
    let mut app = app();
    let results = run(
        &mut app,
        &[
            "CREATE TEMPORARY TABLE t (a TINYINT, b BOOLEAN, c SMALLINT, d INT, e BIGINT, f TINYINT UNSIGNED, \
             g INT UNSIGNED, h BIGINT UNSIGNED, i FLOAT, j DOUBLE, k VARCHAR(9), l TEXT, m BLOB, n JSON, \
             o ENUM('x'), p CHAR(2))",
            "INSERT INTO t VALUES (1, true, 2, 3, 4, 5, 6, 7, 0.5, 0.25, 'v', 't', 'b', '{}', 'x', 'c')",
            "SELECT * FROM t",
            "SELECT COUNT(*), CAST(SUM(d) AS SIGNED), CAST(NOW() AS CHAR) IS NULL FROM t",
        ],
    );
    assert_eq!(
        results[2],
        json!({"ok": [[
            "Int8(1)", "Int8(1)", "Int16(2)", "Int32(3)", "Int64(4)", "Uint8(5)", "Uint32(6)", "Uint64(7)",
            "Floating32(0.5)", "Floating64(0.25)", "Str(\"v\")", "Str(\"t\")", "Binary([98])",
            "Binary([123, 125])", "Str(\"x\")", "Str(\"c\")",
        ]]})
    );
    assert_eq!(results[3], json!({"ok": [["Int64(1)", "Int64(3)", "Int32(0)"]]}));
}

#[test]
fn a_duplicate_key_has_the_drivers_text() {
    let mut app = app();
    let results =
        run(&mut app, &["CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (1)"]);
    let text = results[1]["err"].as_str().unwrap();
    assert!(
        text.starts_with("QueryFailed(\"Server(ServerError { code: 1062, message: \\\"Duplicate entry"),
        "{text}"
    );
    assert!(text.ends_with("state: \\\"23000\\\" })\")"), "{text}");
}

#[test]
fn what_is_not_committed_is_undone_when_the_connection_is_dropped() {
    let mut app = app();
    run(
        &mut app,
        &["DROP TABLE IF EXISTS undone", "CREATE TABLE undone (id INT PRIMARY KEY, n INT) ENGINE=InnoDB"],
    );
    run(&mut app, &["INSERT INTO undone VALUES (1, 0), (2, 0)"]);
    run(&mut app, &["SET autocommit=0", "UPDATE undone SET n = 9 WHERE id = 1"]);
    // A trap drops it too.
    let steps = json!([
        {"do": "sql_open", "address": address()},
        {"do": "execute", "sql": "SET autocommit=0"},
        {"do": "execute", "sql": "UPDATE undone SET n = 9 WHERE id = 2"},
        {"do": "trap"},
    ]);
    assert_eq!(app.post("/", &steps).0, 500);
    // NOWAIT fails while the rows are still locked.
    let read = "SELECT n FROM undone ORDER BY id FOR UPDATE NOWAIT";
    let old = json!({"ok": [["Int32(0)"], ["Int32(0)"]]});
    crate::support::eventually("the server undoes both", || run(&mut app, &[read])[0] == old);
    run(&mut app, &["DROP TABLE undone"]);
}

#[test]
fn a_connection_is_the_same_from_statement_to_statement_and_new_with_each_open() {
    let mut app = app();
    let results = run(&mut app, &["SELECT CONNECTION_ID()", "SELECT CONNECTION_ID()"]);
    assert_eq!(results[0], results[1]);
    assert_ne!(results[0], run(&mut app, &["SELECT CONNECTION_ID()"])[0]);
}

#[test]
fn a_host_that_is_not_listed_is_denied_and_an_unreachable_one_says_so() {
    let mut app = app();
    let result = app.step(json!({"do": "sql_open", "address": "mysql://u:p@db.example/x"}));
    let denied = "ConnectionFailed(\"address mysql://u:p@db.example/x is not permitted\")";
    assert_eq!(result, json!({"err": denied}));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let result = app.step(json!({"do": "sql_open", "address": format!("mysql://u:p@{free}/x")}));
    let text = result["err"].as_str().unwrap();
    assert!(text.starts_with("ConnectionFailed(\"") && text.contains("refused"), "{text}");
}
