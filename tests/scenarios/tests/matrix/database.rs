//! MySQL as the target: a connection lost in a statement, locks, a table that is full or altered.

use super::flows::{self, MATERIALS};
use super::proxy::At;
use super::stage::Stage;
use super::{Case, case};
use serde_json::json;
use std::thread;
use std::time::{Duration, Instant};

const HERE: &[&str] = &[MATERIALS];
const TABLE: &str = xtask::stage::TABLE;

pub const CASES: &[Case] = &[
    case("database: gone before the statement", HERE, |stage| broken(stage, At::Before("INSERT"))),
    case("database: gone in the middle of the statement", HERE, |stage| broken(stage, At::After("INSERT"))),
    case("database: gone before the COMMIT", HERE, |stage| broken(stage, At::Before("COMMIT"))),
    case("database: the COMMIT is done, its answer is lost", HERE, |stage| {
        broken(stage, At::After("COMMIT"))
    }),
    case("database: gone in the answer of a query", HERE, |stage| broken(stage, At::InTheAnswer("SELECT"))),
    case("database: a deadlock", HERE, deadlock),
    case("database: the table is locked", HERE, |stage| {
        stage.settle();
        let name = stage.touch_all();
        let scene = stage.table();
        let answer = thread::scope(|scope| {
            let lock = scope
                .spawn(|| scene.sql(&format!("LOCK TABLES {TABLE} WRITE; SELECT SLEEP(4); UNLOCK TABLES;")));
            thread::sleep(Duration::from_millis(700));
            let began = Instant::now();
            let answer = stage.call();
            lock.join().expect("the lock");
            (answer, began.elapsed())
        });
        stage.saw(
            answer.1 > Duration::from_secs(2),
            &format!("it waited for {:?}: {}", answer.1, answer.0.body),
        );
        stage.settle();
        assert!(stage.table().table().values().all(|row| row[1].as_deref() == Some(name)));
    }),
    case("database: the table is full", HERE, |stage| {
        // What MariaDB answers where a quota or a disk is full: 1114.
        let scene = stage.table();
        scene.sql(&format!(
            "DELIMITER //\nCREATE TRIGGER capped BEFORE INSERT ON {TABLE} FOR EACH ROW \
             IF (SELECT COUNT(*) FROM {TABLE}) > 100 THEN \
             SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'; END IF//\nDELIMITER ;\n"
        ));
        let answer = stage.call();
        let said = &answer.body["error"]["code"];
        stage.saw(answer.status == 502 && said == "server_full", &answer.body.to_string());
        let dead = stage.ask("GET", "", json!(null)).body["dead"].clone();
        assert_eq!(
            dead,
            json!({"waiting": 0, "for_partner": 0, "parked": 0}),
            "a full disk is nobody's fault"
        );
        stage.table().sql("DROP TRIGGER capped;");
        stage.settle();
    }),
    case("database: the table is altered", HERE, |stage| {
        stage.settle();
        stage.touch_all();
        stage.table().sql(&format!("ALTER TABLE {TABLE} CHANGE product_line line VARCHAR(80);"));
        let answer = stage.call();
        let said = answer.body["error"].to_string();
        stage.saw(answer.status == 502 && said.contains("product_line"), &answer.body.to_string());
        stage.table().sql(&format!("ALTER TABLE {TABLE} CHANGE line product_line VARCHAR(80);"));
        stage.settle();
    }),
];

fn broken(stage: &mut Stage, at: At) {
    stage.arm_database(at, 1);
    stage.settle();
}

/// Somebody else's transaction holds a row that ours needs, and wants one that ours has. It has changed more rows, so
/// that the server ends ours.
fn deadlock(stage: &mut Stage) {
    stage.settle();
    stage.touch_all();
    let scene = stage.table();
    scene.sql(
        "CREATE TABLE heavy (n INT PRIMARY KEY, v INT) ENGINE=InnoDB; \
         INSERT INTO heavy SELECT seq, 0 FROM seq_1_to_20000;",
    );
    let keys: Vec<String> = stage.records().iter().map(|record| flows::key(MATERIALS, record)).collect();
    // Of one page, and so of one transaction.
    let (early, late) = (&keys[0], &keys[150]);
    let before = deadlocks(stage);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            scene.sql(&format!(
                "SET innodb_lock_wait_timeout = 20; SET autocommit = 0; UPDATE heavy SET v = 1; \
                 SELECT data_id FROM {TABLE} WHERE data_id = '{late}' FOR UPDATE; SELECT SLEEP(3); \
                 SELECT data_id FROM {TABLE} WHERE data_id = '{early}' FOR UPDATE; COMMIT;"
            ));
        });
        thread::sleep(Duration::from_millis(1000));
        stage.call();
        other.join().expect("the other transaction");
    });
    let after = deadlocks(stage);
    stage.saw(after > before, &format!("the server ended a deadlock: {before} → {after}"));
    stage.settle();
}

/// How many deadlocks the server has seen.
fn deadlocks(stage: &Stage) -> u64 {
    let rows = stage.table().sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks';");
    rows[0][1].parse().expect("a count")
}
