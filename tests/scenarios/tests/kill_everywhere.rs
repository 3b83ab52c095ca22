//! A kill between any two effects, natively: every one in turn, each before it is done and after.

use ferry_scenarios::native::Native;
use ferry_simulators::galaxy::{Change, Config, Generate, Patch};
use std::time::Duration;

fn world(table: &str) -> Native {
    let materials = Some(Generate { rows: 40, ..Generate::default() });
    Native::new(table, Config { materials, ..Config::default() })
}

/// One of the rows that the flow carries.
fn some_id(native: &Native, nth: usize) -> i64 {
    let filter = "FUseOrgId.fnumber='T00' and FDocumentStatus='C' and FForbidStatus='A'";
    native.galaxy().expected(filter).unwrap()[nth].id
}

fn rename(native: &Native, id: i64, name: &str) {
    let set = Box::new(Patch { name: Some(name.to_owned()), ..Patch::default() });
    assert_eq!(native.galaxy().change(&Change::Modify { ids: vec![id], set }), 1);
}

fn kill_everywhere(table: &str, id_check: bool) {
    let native = world(table);
    native.variables.borrow_mut().insert("id_check", id_check.to_string());
    // One row that the table has no room for: a dead letter in the middle of it all.
    let too_long = some_id(&native, 11);
    let mut deaths = 0;
    for effect in 0.. {
        let mut lived = 0;
        for done in [false, true] {
            native.forget();
            rename(&native, too_long, &"长".repeat(256));
            native.advance(Duration::from_secs(60));
            if !native.run_killed_at(effect, done) {
                lived += 1;
                continue;
            }
            deaths += 1;
            let case = format!("killed at effect {effect}, done: {done}, idCheck: {id_check}");
            native.drain();
            let mut expected = native.expected();
            let dead = native.galaxy().material(too_long).unwrap().master_id.to_string();
            expected.remove(&dead);
            assert_eq!(native.rows(), expected, "{case}");
            let (_, letters) = native.call("GET", "/dead", "");
            assert_eq!(letters["letters"].as_array().unwrap().len(), 1, "{case}: {letters}");
            assert_eq!(letters["letters"][0]["id"], dead, "{case}");

            // Mended at the source, it is delivered, and its letter is gone.
            rename(&native, too_long, "短");
            native.drain();
            assert_eq!(native.rows(), native.expected(), "{case}, mended");
            let (_, letters) = native.call("GET", "/dead", "");
            assert_eq!(letters["letters"].as_array().unwrap().len(), 0, "{case}, mended: {letters}");
        }
        if lived == 2 {
            break;
        }
    }
    assert!(deaths > 80, "only {deaths} deaths");
    println!("{deaths} deaths, lost 0, doubled 0");
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_nothing_when_rows_are_inserted_only() {
    kill_everywhere("kill_insert", true);
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_nothing_when_rows_are_updated() {
    kill_everywhere("kill_update", false);
}
