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

/// Each effect in turn, of a flow between two systems.
fn kill_between(flow: &'static str, least: usize) {
    let native = Native::shipped_flow(flow);
    // Where the flow updates, what is renamed while it is dead has to be the newest in the end.
    native.variables.borrow_mut().insert("id_check", (flow != "jushuitan-shops-to-jdy").to_string());
    let shop = native.records()[0]["shop_id"].as_i64();
    let mut deaths = 0;
    for effect in 0.. {
        let mut lived = 0;
        for done in [false, true] {
            native.start_over();
            native.advance(Duration::from_secs(60));
            if !native.run_killed_at(effect, done) {
                lived += 1;
                continue;
            }
            deaths += 1;
            if let Some(shop) = shop {
                native.set_shop(shop, &format!("改名 {deaths}"));
            }
            native.drain();
            native.assert_in_step(&format!("killed at effect {effect}, done: {done}"));
            let (_, letters) = native.call("GET", "/dead", "");
            assert_eq!(letters["letters"].as_array().map(Vec::len), Some(0), "effect {effect}: {letters}");
        }
        if lived == 2 {
            break;
        }
    }
    assert!(deaths > least, "only {deaths} deaths");
    println!("{flow}: {deaths} deaths, lost 0, doubled 0");
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_no_return() {
    kill_between("jushuitan-returns-to-galaxy", 80);
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_no_stock_out() {
    kill_between("wangdiantong-stockouts-to-galaxy", 80);
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_no_order() {
    kill_between("okki-orders-to-wise", 80);
}

#[test]
fn a_kill_at_any_effect_loses_and_doubles_no_shop() {
    kill_between("jushuitan-shops-to-jdy", 80);
}
