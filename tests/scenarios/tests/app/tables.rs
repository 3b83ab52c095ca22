//! The target table must have exactly one unique key that covers the flow's id (`design.md` 7).

use ferry_scenarios::app::Scene;
use serde_json::{Value, json};
use xtask::app::Trigger;
use xtask::stage::TABLE;

fn scene_with(name: &str, change_of_the_table: &str) -> Scene {
    let scene = Scene::new(name);
    scene.sql(change_of_the_table);
    scene.galaxy.generate(300);
    scene
}

/// The statement in a hint, from its first word to its semicolon.
fn statement<'a>(report: &'a Value, first_word: &str) -> &'a str {
    for hint in ["hint", "hint_zh"] {
        let hint = report["error"][hint].as_str().expect("a hint");
        assert!(hint.contains(first_word), "{hint}");
    }
    let hint = report["error"]["hint"].as_str().expect("a hint");
    let statement = &hint[hint.find(first_word).expect("a statement")..];
    &statement[..=statement.find(';').expect("a semicolon")]
}

/// The flow refuses the table and says what to run; that is run, and the flow works.
fn refused_then_mended(scene: &Scene, code: &str, first_word: &str) {
    for changes in [&[][..], &[("galaxy_materials_to_mysql_id_check", "false")]] {
        let flow = scene.start_with(Trigger::Http, changes);
        let report = flow.run_fails(code);
        assert_eq!((&report["written"], &report["dead"]), (&json!(0), &json!(0)));
    }
    let flow = scene.start();
    let report = flow.run_fails(code);
    scene.sql(statement(&report, first_word));
    flow.run();
    scene.assert_in_step();
    assert_eq!(flow.state()["failures"], 0);
}

#[test]
fn a_second_unique_key_is_refused_with_the_alter_table_to_run() {
    let scene = scene_with("second_key", &format!("ALTER TABLE {TABLE} ADD UNIQUE KEY number_key (number);"));
    refused_then_mended(&scene, "second_unique_key", "ALTER TABLE");
    assert!(scene.sql(&format!("SHOW INDEX FROM {TABLE} WHERE Key_name = 'number_key';")).is_empty());
}

#[test]
fn no_unique_key_is_refused_with_the_alter_table_to_run() {
    let scene = scene_with("no_key", &format!("ALTER TABLE {TABLE} DROP PRIMARY KEY;"));
    refused_then_mended(&scene, "no_unique_key", "ALTER TABLE");
}

#[test]
fn a_missing_table_is_refused_with_the_create_table_to_run() {
    let scene = scene_with("no_table", &format!("DROP TABLE {TABLE};"));
    refused_then_mended(&scene, "unknown_table", "CREATE TABLE");
}

#[test]
fn a_missing_column_is_refused_with_the_alter_table_to_run() {
    let scene = scene_with("no_column", &format!("ALTER TABLE {TABLE} DROP COLUMN unit;"));
    refused_then_mended(&scene, "missing_columns", "ALTER TABLE");
}

#[test]
fn a_wrong_password_is_an_error_that_says_so_and_loses_nothing() {
    const WRONG: &str = "wr@ng/p:ssword?marked#";
    let mut scene = scene_with("wrong_password", "SELECT 1;");
    scene.add_secret("wrong password", WRONG);
    let flow = scene.start_with(Trigger::Http, &[("mysql_password", WRONG)]);
    let report = flow.run_fails("login_refused");
    let hint = report["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("mysql_password"), "{hint}");
    drop(flow);
    scene.start().run();
    scene.assert_in_step();
}
