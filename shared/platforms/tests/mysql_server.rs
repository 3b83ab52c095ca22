//! What the statements do on a real server. Needs the address of an empty database in
//! FERRY_TEST_MYSQL, as `mysql://root@127.0.0.1:3306/ferry_platforms`; MariaDB 10.6 and later or MySQL 8
//! and later.

use ferry_platforms::mysql::{
    Insert, KeyType, OPEN, SqlValue, Statement, Target, check_table, classify, read_existing,
};
use ferry_platforms::{Class, Error};
use mysql::prelude::Queryable;
use mysql::{Conn, Opts, Params, Value};

fn connect() -> Conn {
    let address = std::env::var("FERRY_TEST_MYSQL").expect(
        "these tests need a server: FERRY_TEST_MYSQL=mysql://root@127.0.0.1:PORT/DATABASE (MariaDB 10.6+ or MySQL 8+)",
    );
    let mut connection =
        Conn::new(Opts::from_url(&address).expect("FERRY_TEST_MYSQL is an address")).expect("a server");
    for statement in OPEN {
        connection.exec_drop(*statement, ()).expect(statement);
    }
    connection
}

/// As Spin does: prepared, and only the types that its host reads.
fn ask(connection: &mut Conn, statement: &Statement) -> Vec<Vec<SqlValue>> {
    let rows: Vec<mysql::Row> =
        connection.exec(&statement.sql, params(&statement.params)).expect(&statement.sql);
    rows.into_iter()
        .map(|row| {
            row.unwrap()
                .into_iter()
                .map(|value| match value {
                    Value::NULL => SqlValue::Null,
                    Value::Int(number) => SqlValue::Int(number),
                    Value::Bytes(bytes) => SqlValue::Text(String::from_utf8(bytes).expect("utf8mb4")),
                    other => panic!("a type that Spin's host cannot read: {other:?}"),
                })
                .collect()
        })
        .collect()
}

fn params(values: &[SqlValue]) -> Params {
    Params::Positional(
        values
            .iter()
            .map(|value| match value {
                SqlValue::Null => Value::NULL,
                SqlValue::Int(number) => Value::Int(*number),
                SqlValue::Text(text) => Value::Bytes(text.clone().into_bytes()),
                SqlValue::Bytes(bytes) => Value::Bytes(bytes.clone()),
            })
            .collect(),
    )
}

fn text(text: &str) -> SqlValue {
    SqlValue::Text(text.to_owned())
}

fn check(connection: &mut Conn, insert: &Insert, version: Option<&str>) -> Result<Target, Error> {
    let columns = ask(connection, &insert.columns_sql());
    let keys = ask(connection, &insert.keys_sql());
    check_table(insert, &insert.columns[0], version, &columns, &keys)
}

/// A new table, and the flow's statement for some of its columns, the first of them the id.
fn table(connection: &mut Conn, name: &str, definition: &str, columns: &[&str]) -> Insert {
    connection.query_drop(format!("DROP TABLE IF EXISTS `{name}`")).unwrap();
    connection
        .query_drop(format!(
            "CREATE TABLE `{name}` ({definition}) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci"
        ))
        .unwrap();
    let placeholders: Vec<String> = (0..columns.len()).map(|at| format!(":p{at}")).collect();
    Insert::parse(&format!(
        "INSERT INTO `{name}` ({}) VALUES ({})",
        columns.join(", "),
        placeholders.join(", ")
    ))
    .unwrap()
}

fn run(connection: &mut Conn, sql: &str, values: &[SqlValue]) -> Result<(), Error> {
    connection.exec_drop(sql, params(values)).map_err(|error| classify(&format!("{error:?}")))
}

fn existing(connection: &mut Conn, target: &Target, ids: &[SqlValue]) -> Vec<usize> {
    let mut found = read_existing(&ask(connection, &target.existing(ids))).unwrap();
    found.sort();
    found
}

fn dump(connection: &mut Conn, sql: &str) -> Vec<String> {
    connection.query(sql).unwrap()
}

#[test]
fn a_session_is_strict_and_without_autocommit() {
    let mut connection = connect();
    let mode: String = connection.query_first("SELECT @@sql_mode").unwrap().unwrap();
    assert!(mode.contains("STRICT_ALL_TABLES") && mode.contains("NO_ZERO_IN_DATE"), "{mode}");
    assert!(!mode.contains("ANSI_QUOTES") && !mode.contains("NO_BACKSLASH_ESCAPES"), "{mode}");
    let rest: Vec<String> = connection.query("SELECT CONCAT_WS('|', @@autocommit + 0, @@time_zone, @@innodb_lock_wait_timeout, @@character_set_client)").unwrap();
    assert_eq!(rest, ["0|+08:00|10|utf8mb4"]);
}

#[test]
fn rows_are_inserted_once_and_a_second_time_refused() {
    let mut connection = connect();
    let insert = table(
        &mut connection,
        "p_insert",
        "id BIGINT AUTO_INCREMENT PRIMARY KEY, data_id VARCHAR(64) NOT NULL UNIQUE, `na me` TEXT",
        &["data_id", "`na me`"],
    );
    let target = check(&mut connection, &insert, None).expect("a surrogate key does not count");
    assert_eq!(target.max_rows(), 32_767);
    assert_eq!(target.insert_sql(2), "INSERT INTO `p_insert` (`data_id`,`na me`) VALUES (?,?),(?,?)");
    run(&mut connection, &target.insert_sql(2), &[text("1"), text("a'b\\"), text("2"), SqlValue::Null])
        .unwrap();
    let again = run(&mut connection, &target.insert_sql(1), &[text("2"), text("x")]).unwrap_err();
    assert_eq!((again.class, again.code), (Class::Row, "duplicate_key"));
    assert!(again.message.contains("'2'"), "{again}");
    assert_eq!(
        dump(
            &mut connection,
            "SELECT CONCAT_WS('|', data_id, IFNULL(`na me`, 'null')) FROM p_insert ORDER BY id"
        ),
        ["1|a'b\\", "2|null"]
    );
}

#[test]
fn a_statement_may_have_all_its_placeholders() {
    let mut connection = connect();
    let insert = table(
        &mut connection,
        "p_many",
        "data_id INT PRIMARY KEY, a INT, b INT, c INT, d INT, e INT, f INT, g INT",
        &["data_id", "a", "b", "c", "d", "e", "f", "g"],
    );
    let target = check(&mut connection, &insert, Some("g")).unwrap();
    let rows = target.max_rows();
    let values: Vec<SqlValue> = (0..rows * 8).map(|at| SqlValue::Int(at as i64)).collect();
    run(&mut connection, &target.upsert_sql(rows), &values).unwrap();
    let ids: Vec<SqlValue> = values.iter().step_by(8).cloned().collect();
    assert_eq!(existing(&mut connection, &target, &ids).len(), 8191);
}

#[test]
fn older_data_never_wins_and_null_versions_give_way() {
    let mut connection = connect();
    // The version first, so that the order of the assignments matters.
    let insert = table(
        &mut connection,
        "p_upsert",
        "data_id VARCHAR(64) PRIMARY KEY, modified_at DATETIME NULL, name VARCHAR(20), qty INT",
        &["data_id", "modified_at", "name", "qty"],
    );
    let target = check(&mut connection, &insert, Some("modified_at")).unwrap();
    assert_eq!(
        target.upsert_sql(1),
        "INSERT INTO `p_upsert` (`data_id`,`modified_at`,`name`,`qty`) VALUES (?,?,?,?) ON DUPLICATE KEY UPDATE \
         `name`=IF(VALUES(`modified_at`)<`modified_at`,`name`,VALUES(`name`)),\
         `qty`=IF(VALUES(`modified_at`)<`modified_at`,`qty`,VALUES(`qty`)),\
         `modified_at`=IF(VALUES(`modified_at`)<`modified_at`,`modified_at`,VALUES(`modified_at`))"
    );
    let null = "";
    let table: &[(&str, &str, &str)] = &[
        // what is there, what comes, what is there then
        ("2024-01-02 00:00:00", "2024-01-03 00:00:00", "new 2024-01-03 00:00:00"),
        ("2024-01-02 00:00:00", "2024-01-02 00:00:00", "new 2024-01-02 00:00:00"),
        ("2024-01-02 00:00:00", "2024-01-01 00:00:00", "old 2024-01-02 00:00:00"),
        // Compared as times, not as texts.
        ("2024-01-10 00:00:00", "2024-1-9 00:00:00", "old 2024-01-10 00:00:00"),
        (null, "2024-01-01 00:00:00", "new 2024-01-01 00:00:00"),
        ("2024-01-02 00:00:00", null, "new null"),
        (null, null, "new null"),
    ];
    for (there, comes, then) in table {
        let at = |at: &str| if at == null { SqlValue::Null } else { text(at) };
        connection.query_drop("DELETE FROM p_upsert").unwrap();
        run(&mut connection, &target.insert_sql(1), &[text("Ab"), at(there), text("old"), SqlValue::Int(1)])
            .unwrap();
        run(&mut connection, &target.upsert_sql(1), &[text("aB"), at(comes), text("new"), SqlValue::Int(2)])
            .unwrap();
        let now = dump(
            &mut connection,
            "SELECT CONCAT(data_id, ' ', qty, ' ', name, ' ', IFNULL(CAST(modified_at AS CHAR), 'null')) FROM p_upsert",
        );
        let qty = if then.starts_with("new") { 2 } else { 1 };
        assert_eq!(now, [format!("Ab {qty} {then}")], "{there} {comes}");
    }

    // Twice in one statement, the newer first.
    connection.query_drop("DELETE FROM p_upsert").unwrap();
    let twice = [
        text("1"),
        text("2024-01-02 00:00:00"),
        text("newer"),
        SqlValue::Null,
        text("1"),
        text("2024-01-01 00:00:00"),
        text("older"),
        SqlValue::Null,
    ];
    run(&mut connection, &target.upsert_sql(2), &twice).unwrap();
    assert_eq!(dump(&mut connection, "SELECT name FROM p_upsert"), ["newer"]);
}

#[test]
fn without_a_version_the_last_wins_and_a_lone_key_stays() {
    let mut connection = connect();
    let insert = table(
        &mut connection,
        "p_last",
        "data_id VARCHAR(64) PRIMARY KEY, name VARCHAR(20)",
        &["data_id", "name"],
    );
    let target = check(&mut connection, &insert, None).unwrap();
    run(&mut connection, &target.upsert_sql(2), &[text("1"), text("a"), text("1"), text("b")]).unwrap();
    assert_eq!(dump(&mut connection, "SELECT name FROM p_last"), ["b"]);

    let insert = table(&mut connection, "p_lone", "data_id VARCHAR(64) PRIMARY KEY", &["data_id"]);
    let target = check(&mut connection, &insert, None).unwrap();
    run(&mut connection, &target.upsert_sql(2), &[text("a"), text("A")]).unwrap();
    assert_eq!(dump(&mut connection, "SELECT data_id FROM p_lone"), ["a"]);
}

#[test]
fn whether_an_id_is_there_is_for_the_keys_collation_to_say() {
    let mut connection = connect();
    let ids =
        ["abc", "ABC", "abc ", "äbc", "abcd", "料", "", "a\"b\\", "x".repeat(70).as_str(), "螺"].map(text);
    let cases: [(&str, &[usize]); 3] = [
        ("utf8mb4_general_ci", &[0, 1, 2, 3, 5, 7]),
        // Not even trailing blanks make a difference in case; utf8mb4_bin pads too.
        ("utf8mb4_bin", &[0, 2, 5, 7]),
        ("utf8mb4_unicode_ci", &[0, 1, 2, 3, 5, 7]),
    ];
    for (collation, expected) in cases {
        let insert = table(
            &mut connection,
            &format!("p_{collation}"),
            &format!("data_id VARCHAR(64) COLLATE {collation} NOT NULL UNIQUE"),
            &["data_id"],
        );
        let target = check(&mut connection, &insert, None).unwrap();
        assert_eq!(
            target.key.key_type,
            KeyType::Text { charset: "utf8mb4".into(), collation: collation.into() }
        );
        let there = [text("abc"), text("料"), text("a\"b\\"), text(&"x".repeat(64))];
        run(&mut connection, &target.insert_sql(4), &there).unwrap();
        assert_eq!(existing(&mut connection, &target, &ids), expected, "{collation}");
        assert!(existing(&mut connection, &target, &[]).is_empty());
    }
}

#[test]
fn integer_ids_are_compared_as_integers() {
    let mut connection = connect();
    let insert = table(&mut connection, "p_int", "data_id BIGINT PRIMARY KEY", &["data_id"]);
    let target = check(&mut connection, &insert, None).unwrap();
    let there = [SqlValue::Int(2), text("9007199254740993"), SqlValue::Int(i64::MAX), SqlValue::Int(-5)];
    run(&mut connection, &target.insert_sql(4), &there).unwrap();
    let ids = [
        text("2"),
        SqlValue::Int(2),
        text("2x"),
        text("9007199254740993"),
        text("9007199254740992"),
        text("9223372036854775808"),
        text("-5"),
        text(""),
        SqlValue::Null,
    ];
    assert_eq!(existing(&mut connection, &target, &ids), [0, 1, 3, 6]);

    let insert = table(&mut connection, "p_uint", "data_id INT UNSIGNED PRIMARY KEY", &["data_id"]);
    let target = check(&mut connection, &insert, None).unwrap();
    run(&mut connection, &target.insert_sql(2), &[SqlValue::Int(4_294_967_295), SqlValue::Int(0)]).unwrap();
    let ids = [text("4294967296"), text("4294967295"), text("-1"), text("18446744073709551615")];
    assert_eq!(existing(&mut connection, &target, &ids), [1]);
}

#[test]
fn looking_for_ids_reads_the_index_and_not_the_table() {
    let mut connection = connect();
    for (name, sql_type) in [("p_plan_text", "VARCHAR(64)"), ("p_plan_int", "INT UNSIGNED")] {
        let insert = table(
            &mut connection,
            name,
            &format!("data_id {sql_type} PRIMARY KEY, name VARCHAR(20)"),
            &["data_id", "name"],
        );
        let target = check(&mut connection, &insert, None).unwrap();
        for page in 0..4 {
            let values: Vec<SqlValue> =
                (0..500).flat_map(|at| [SqlValue::Int(page * 500 + at), text("n")]).collect();
            run(&mut connection, &target.insert_sql(500), &values).unwrap();
        }
        connection.query_drop("COMMIT").unwrap();
        connection.query_drop(format!("ANALYZE TABLE {name}")).unwrap();
        connection.query_drop("FLUSH STATUS").unwrap();
        let found = existing(&mut connection, &target, &[text("7"), text("1999"), text("2000")]);
        assert_eq!(found, [0, 1]);
        let scanned: (String, u64) =
            connection.query_first("SHOW SESSION STATUS LIKE 'Handler_read_next'").unwrap().unwrap();
        let keyed: (String, u64) =
            connection.query_first("SHOW SESSION STATUS LIKE 'Handler_read_key'").unwrap().unwrap();
        assert!(scanned.1 < 100 && keyed.1 >= 3, "{name}: {scanned:?} {keyed:?}");
    }
}

#[test]
fn a_table_that_does_not_fit_is_refused_with_the_statement_that_mends_it() {
    let mut connection = connect();
    let cases = [
        ("no_unique_key", "data_id VARCHAR(64) NOT NULL, name TEXT"),
        (
            "no_unique_key",
            "id INT AUTO_INCREMENT PRIMARY KEY, data_id VARCHAR(64) CHARACTER SET latin1 NULL, name TEXT",
        ),
        ("no_unique_key", "data_id TEXT, name TEXT"),
        (
            "nullable_key",
            "data_id VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_bin NULL UNIQUE, name TEXT",
        ),
        (
            "second_unique_key",
            "data_id VARCHAR(64) PRIMARY KEY, name VARCHAR(20), UNIQUE KEY `by name` (name)",
        ),
        ("second_unique_key", "data_id VARCHAR(64) NOT NULL UNIQUE, code INT PRIMARY KEY, name VARCHAR(20)"),
        ("wrong_unique_key", "data_id VARCHAR(64) NOT NULL, name VARCHAR(20) PRIMARY KEY"),
        ("composite_key", "data_id VARCHAR(64), name VARCHAR(20), PRIMARY KEY (data_id, name)"),
        ("composite_key", "data_id VARCHAR(64) NOT NULL, name TEXT, UNIQUE (data_id(10)), UNIQUE (name(5))"),
    ];
    for (at, (code, definition)) in cases.into_iter().enumerate() {
        let insert = table(&mut connection, &format!("p_check{at}"), definition, &["data_id", "name"]);
        let error = check(&mut connection, &insert, None).expect_err(definition);
        assert_eq!((error.class, error.code), (Class::Fatal, code), "{definition}");
        for hint in [&error.hint_en, &error.hint_zh] {
            assert!(hint.contains("ALTER TABLE"), "{hint}");
        }
        let alter = &error.hint_en[error.hint_en.find("ALTER TABLE").unwrap()..];
        let alter = &alter[..=alter.find(';').unwrap()];
        connection.query_drop(alter).unwrap_or_else(|refused| panic!("{alter}: {refused}"));
        let mended =
            check(&mut connection, &insert, None).unwrap_or_else(|error| panic!("after {alter}: {error}"));
        assert_eq!(mended.key.column, "data_id");
        if definition.contains("latin1_bin") {
            assert_eq!(
                mended.key.key_type,
                KeyType::Text { charset: "latin1".into(), collation: "latin1_bin".into() }
            );
        }
    }
}

#[test]
fn a_missing_table_or_column_is_named_with_the_statement_that_makes_it() {
    let mut connection = connect();
    connection.query_drop("DROP TABLE IF EXISTS p_none").unwrap();
    let insert =
        Insert::parse("INSERT INTO p_none (data_id, name, modified_at) VALUES (:a, :b, :c)").unwrap();
    let error = check(&mut connection, &insert, Some("modified_at")).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Fatal, "unknown_table"));
    let create = &error.hint_en[error.hint_en.find("CREATE TABLE").unwrap()..];
    connection.query_drop(create).unwrap();
    check(&mut connection, &insert, Some("modified_at")).expect(create);

    let insert =
        Insert::parse("INSERT INTO p_none (data_id, nam, name, 规格) VALUES (:a, :b, :c, :d)").unwrap();
    let error = check(&mut connection, &insert, None).unwrap_err();
    assert_eq!(error.code, "missing_columns");
    assert!(error.message.ends_with("nam, 规格"), "{error}");
    let alter = &error.hint_en[error.hint_en.find("ALTER TABLE").unwrap()..];
    connection.query_drop(alter).unwrap();
    check(&mut connection, &insert, None).expect(alter);

    let elsewhere = Insert::parse("INSERT INTO no_such_database.p_none (data_id) VALUES (:a)").unwrap();
    assert_eq!(check(&mut connection, &elsewhere, None).unwrap_err().code, "unknown_table");
    let database: String = connection.query_first("SELECT DATABASE()").unwrap().unwrap();
    let named = Insert::parse(&format!("INSERT INTO `{database}`.p_none (data_id) VALUES (:a)")).unwrap();
    check(&mut connection, &named, None).expect("the database may be named");
}

#[test]
fn columns_that_the_flow_needs_are_asked_for() {
    let mut connection = connect();
    let insert = table(
        &mut connection,
        "p_needs",
        "data_id VARCHAR(64) PRIMARY KEY, n INT DEFAULT (1 + 1), twice INT AS (n * 2)",
        &["data_id", "n"],
    );
    check(&mut connection, &insert, Some("N")).expect("an expression as default is no generated column");
    assert_eq!(
        check(&mut connection, &insert, Some("modified_at")).unwrap_err().code,
        "version_not_inserted"
    );
    let error = check_table(&insert, "id", None, &[], &[]).unwrap_err();
    assert_eq!(error.code, "id_not_inserted");
    let insert = Insert::parse("INSERT INTO p_needs (data_id, twice) VALUES (:a, :b)").unwrap();
    assert_eq!(check(&mut connection, &insert, None).unwrap_err().code, "generated_column");
}

#[test]
fn a_bad_row_gets_the_databases_own_words() {
    let mut connection = connect();
    let definition = "data_id VARCHAR(64) PRIMARY KEY, name VARCHAR(3), qty TINYINT, at DATETIME, must INT NOT NULL, hue ENUM('red'), price DECIMAL(4,2), CHECK (qty <> 7)";
    let columns = ["data_id", "name", "qty", "at", "must", "hue", "price"];
    let insert = table(&mut connection, "p_bad", definition, &columns);
    let target = check(&mut connection, &insert, None).unwrap();
    let cases = [
        ("name", text("long"), "value_too_long"),
        ("qty", SqlValue::Int(300), "wrong_value"),
        ("qty", text("many"), "wrong_value"),
        ("qty", SqlValue::Int(7), "check_failed"),
        ("at", text("2024-02-30 00:00:00"), "wrong_value"),
        ("at", text("0000-00-00 00:00:00"), "wrong_value"),
        ("must", SqlValue::Null, "null_in_not_null"),
        ("must", text(""), "wrong_value"),
        ("hue", text("blue"), "wrong_value"),
        ("price", text("100.00"), "wrong_value"),
        ("data_id", SqlValue::Null, "null_in_not_null"),
    ];
    for (column, bad, code) in cases {
        let mut row = vec![
            text("1"),
            text("abc"),
            SqlValue::Int(1),
            text("2024-01-01"),
            SqlValue::Int(0),
            text("red"),
            text("1.25"),
        ];
        row[columns.iter().position(|name| *name == column).unwrap()] = bad.clone();
        for sql in [target.insert_sql(1), target.upsert_sql(1)] {
            let error = run(&mut connection, &sql, &row).unwrap_err();
            assert_eq!((error.class, error.code), (Class::Row, code), "{column} {bad:?}: {error}");
            assert!(code == "check_failed" || error.message.contains(column), "{error}");
        }
    }
    assert!(dump(&mut connection, "SELECT data_id FROM p_bad").is_empty());

    let insert =
        table(&mut connection, "p_bad2", "data_id VARCHAR(64) PRIMARY KEY, must INT NOT NULL", &["data_id"]);
    let target = check(&mut connection, &insert, None).unwrap();
    let error = run(&mut connection, &target.insert_sql(1), &[text("1")]).unwrap_err();
    assert_eq!((error.class, error.code), (Class::Fatal, "column_without_default"));
}
