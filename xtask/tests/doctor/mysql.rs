use crate::scene::{Scene, says};
use mysql::prelude::Queryable;

/// The tests' database, and one user of the test's own on one table of its own.
struct Database {
    host: String,
    port: String,
    name: String,
    root: mysql::Conn,
    id: &'static str,
}

const FLOW: &str = include_str!("../../../functions/galaxy-materials-to-mysql/flow.json");
const PASSWORD: &str = "pass-word-of-the-doctors-tests";

impl Database {
    /// A user `doctor_<id>` without rights, and no table `doctor_<id>`.
    fn new(id: &'static str) -> Database {
        let address = std::env::var("FERRY_TEST_MYSQL").expect(
            "FERRY_TEST_MYSQL names the tests' database: `cargo xtask test` sets it, or `cargo xtask database` prints it",
        );
        let (_, place) = address.split_once('@').expect("mysql://root@127.0.0.1:PORT/database");
        let (place, name) = place.split_once('/').expect("a database in the address");
        let (host, port) = place.split_once(':').expect("a port in the address");
        let root = mysql::Conn::new(address.as_str()).expect("the tests' database answers");
        let (host, port, name) = (host.to_owned(), port.to_owned(), name.to_owned());
        let mut database = Database { host, port, name, root, id };
        database.run(&format!("DROP TABLE IF EXISTS doctor_{id}"));
        database.run(&format!("DROP USER IF EXISTS doctor_{id}@'%'"));
        database.run(&format!("CREATE USER doctor_{id}@'%' IDENTIFIED BY '{PASSWORD}'"));
        database
    }

    fn run(&mut self, sql: &str) {
        self.root.query_drop(sql).expect("the statement is good");
    }

    /// The table, with these columns and keys.
    fn table(&mut self, columns: &str) {
        self.run(&format!("CREATE TABLE doctor_{} ({columns})", self.id));
    }

    fn grant(&mut self, rights: &str) {
        self.run(&format!("GRANT {rights} ON {}.doctor_{} TO doctor_{}@'%'", self.name, self.id, self.id));
    }

    /// A flow that writes to the table as the user.
    fn scene(&self) -> Scene {
        let flow = FLOW.replace("wk_wodtop_product", &format!("doctor_{}", self.id));
        let flow = serde_json::from_str(&flow).expect("the shipped flow file is JSON");
        Scene::new()
            .flow("one", flow)
            .set("mysql_host", &self.host)
            .set("mysql_port", &self.port)
            .set("mysql_user", format!("doctor_{}", self.id))
            .set("mysql_password", PASSWORD)
            .set("mysql_database", &self.name)
    }
}

const GOOD: &str = "data_id VARCHAR(64) NOT NULL PRIMARY KEY, number VARCHAR(80), name VARCHAR(255), \
    product_line VARCHAR(80), specification_model VARCHAR(255), unit VARCHAR(40), modified_at DATETIME, \
    approved_at DATETIME";

/// The galaxy of the flow is not set up, which is another matter.
#[track_caller]
fn finds(scene: &Scene, code: &str, en: &str, zh: &str) -> xtask::doctor::finding::Finding {
    let finding = scene.finds(code, en, zh);
    assert!(
        finding.call.as_ref().is_some_and(|call| call.contains("MySQL") || call.contains("TCP")),
        "{finding:?}"
    );
    finding
}

#[test]
fn a_good_account_may_do_what_the_flow_does_and_nothing_is_written() {
    let mut database = Database::new("good");
    database.table(GOOD);
    database.grant("SELECT, INSERT, UPDATE");
    let report = database.scene().examine();
    let mysql = report.accounts.iter().find(|account| account.platform == "mysql").unwrap();
    assert!(mysql.findings.is_empty(), "{:?}", mysql.findings);
    assert_eq!(mysql.calls.len(), 2, "{:?}", mysql.calls);
    assert_eq!(report.exit_code(), 0, "the other account is a warning, since flows_enabled is all");
    let rows: Option<u64> = database.root.query_first("SELECT COUNT(*) FROM doctor_good").unwrap();
    assert_eq!(rows, Some(0));
}

#[test]
fn a_wrong_password_and_a_database_that_is_not_there_are_told_apart() {
    let database = Database::new("login");
    let wrong = database.scene().set("mysql_password", "wrong-wrong-wrong");
    let finding = finds(&wrong, "wrong_credentials", "mysql_password", "mysql_password");
    assert!(finding.answer.unwrap().contains("[1045]"));
    let wrong = database.scene().set("mysql_user", "root").set("mysql_password", "");
    finds(
        &wrong.set("mysql_database", "no_such_database"),
        "unknown_database",
        "mysql_database",
        "mysql_database",
    );
    let wrong = database.scene().set("mysql_database", "no_such_database");
    let finding = finds(&wrong, "no_permission", "GRANT", "权限");
    assert!(finding.answer.unwrap().contains("[1044]"), "to one without rights it does not even say so");
}

#[test]
fn nobody_at_the_port_is_told() {
    let database = Database::new("port");
    finds(&database.scene().set("mysql_port", "1"), "connection_refused", "mysql_port", "mysql_port");
}

#[test]
fn a_table_that_is_not_there_or_has_no_key_is_told_with_the_statement_that_mends_it() {
    let mut database = Database::new("table");
    database.run("GRANT ALL ON *.* TO doctor_table@'%'");
    finds(&database.scene(), "unknown_table", "CREATE TABLE `doctor_table`", "CREATE TABLE `doctor_table`");
    database.table(&GOOD.replace(" NOT NULL PRIMARY KEY", ""));
    let alter = "ALTER TABLE `doctor_table` MODIFY COLUMN `data_id`";
    let finding = finds(&database.scene(), "no_unique_key", alter, alter);
    says(&finding, "ADD UNIQUE KEY (`data_id`)", "请执行");
}

#[test]
fn a_right_that_is_missing_is_told_with_the_grant() {
    let mut database = Database::new("rights");
    database.table(GOOD);
    for rights in ["SELECT", "SELECT, INSERT"] {
        database.grant(rights);
        let finding = finds(
            &database.scene(),
            "no_permission",
            "GRANT SELECT, INSERT, UPDATE ON",
            "缺少表 doctor_rights",
        );
        assert!(finding.answer.unwrap().contains("denied"), "{rights}");
    }
    database.grant("UPDATE");
    assert!(database.scene().examine().findings().all(|finding| finding.code == "not_set_up"));
}
