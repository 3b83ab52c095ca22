use super::sum;
use ferry_scenarios::app::Crossing;
use serde_json::{Value, json};
use xtask::simulator::System::{Jdy, Jushuitan};

const FLOW: &str = "jushuitan-shops-to-jdy";

#[test]
fn every_shop_becomes_a_customer_and_every_field_is_the_expected_one() {
    let scene = Crossing::new(FLOW, 60);
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 0, "{:?}", reports.last());
    assert_eq!(sum(&reports, "/written"), 60);
    scene.assert_in_step();

    // Pages that have not changed are not written again.
    scene.systems.forget_calls();
    let again = flow.run_to_the_end();
    assert_eq!((sum(&again, "/written"), sum(&again, "/calls/target")), (0, 0), "{again:?}");
    assert_eq!(scene.systems.called(Jdy, "Save"), 0);
    scene.assert_in_step();
}

/// A shop is renamed after the first run: left alone by `idCheck: true`, updated by `false`.
#[test]
fn a_number_that_is_there_is_left_alone_or_updated_as_id_check_says() {
    for id_check in ["true", "false"] {
        let scene = Crossing::new(FLOW, 20);
        let flow = scene.start_with(&[("jushuitan_shops_to_jdy_id_check", id_check)]);
        flow.run_to_the_end();
        let before = scene.arrived();
        let id = scene.records()[4]["shop_id"].clone();
        let renamed = json!({"shop_id": id, "shop_name": "O'Plus\"童趣\"改名店"});
        scene.systems.change(Jushuitan, json!({"do": "set_shops", "shops": [renamed]}));
        flow.run_to_the_end();
        if id_check == "true" {
            scene.assert_holds(&before);
        } else {
            scene.assert_in_step();
            assert_ne!(scene.arrived(), before);
        }
    }
}

#[test]
fn unconfirmed_behaviours_of_jdy_change_nothing() {
    for switches in [
        json!({"gateway_errors": "jar", "jar_body": "text", "authorise_envelope": "errcode"}),
        json!({"fills_id_number_map": false, "absent_customer": "null"}),
        json!({"duplicate": "updates", "new_token": "ends_old"}),
        json!({"duplicate_wording": "words_alone", "token_names_domain": true}),
    ] {
        let scene = Crossing::new(FLOW, 20);
        scene.systems.set(Jdy, switches.clone());
        let flow = scene.start();
        let reports = flow.run_to_the_end();
        assert_eq!(sum(&reports, "/dead"), 0, "{switches}: {:?}", reports.last());
        scene.assert_in_step();
    }
}

#[test]
fn a_shop_that_is_added_while_the_list_is_read_is_carried() {
    let scene = Crossing::new(FLOW, 150);
    scene.systems.set(Jushuitan, json!({"order": "newest"}));
    let new = json!({"shop_id": 10_000_001, "shop_name": "扫描中新开的店", "shop_site": "京东", "short_name": "新"});
    scene.systems.change_after_query(Jushuitan, 1, json!({"do": "set_shops", "shops": [new]}));
    let flow = scene.start();
    flow.run_to_the_end();
    flow.run_to_the_end();
    let names: Vec<String> = scene.records().iter().map(|shop| shop["shop_id"].to_string()).collect();
    let arrived = scene.arrived();
    // Two of them have one name, which 星辰 warns of: the later one is a dead letter, not skipped.
    let letters = flow.ask("GET", "/dead", json!(null)).body;
    let lettered =
        |id: &str| letters["letters"].as_array().is_some_and(|all| all.iter().any(|it| it["id"] == id));
    let missing: Vec<&String> =
        names.iter().filter(|name| !arrived.contains_key(*name) && !lettered(name)).collect();
    assert!(missing.is_empty(), "{missing:?} were skipped: {letters}");
    assert!(arrived.contains_key("10000001"));
}

#[test]
fn a_bad_row_dies_alone() {
    let scene = Crossing::new(FLOW, 20);
    let bad = scene.records()[7].clone();
    // Somebody else has a customer of this name, under another number.
    let taken = json!({"do": "add", "number": "KH-OTHER", "name": bad["shop_name"]});
    scene.systems.change(Jdy, taken);
    let flow = scene.start();
    let reports = flow.run_to_the_end();
    assert_eq!(sum(&reports, "/dead"), 1, "{:?}", reports.last());
    let others: Vec<Value> =
        scene.records().into_iter().filter(|shop| shop["shop_id"] != bad["shop_id"]).collect();
    let mut expected = scene.expected(&others);
    let other = json!({"number": "KH-OTHER", "name": bad["shop_name"], "enabled": true, "contacts": []});
    expected.insert("KH-OTHER".to_owned(), other);
    scene.assert_holds(&expected);
}
