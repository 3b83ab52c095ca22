//! One bad row becomes one dead letter with the database's own message; its neighbours land.

use ferry_scenarios::app::{Flow, Galaxy, Scene, compare};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use xtask::stage::TABLE;

const LONG: &str = "超长的名称";

/// Three hundred characters, where the column takes 255.
fn long_name() -> String {
    LONG.repeat(60)
}

/// The dead letters as the API tells them, by id.
fn letters(flow: &Flow) -> BTreeMap<String, Value> {
    let listed = flow.ask("GET", "/dead", json!(null));
    assert_eq!(listed.status, 200, "{}", listed.body);
    let Value::Array(listed) = listed.body["letters"].clone() else { panic!("a list") };
    let letters: BTreeMap<String, Value> = listed
        .iter()
        .map(|line| {
            let id = line["id"].as_str().expect("an id").to_owned();
            let letter = flow.ask("GET", &format!("/dead/{id}"), json!(null));
            assert_eq!(letter.status, 200, "{}", letter.body);
            assert_eq!(letter.body["attempts"], line["attempts"]);
            (id, letter.body)
        })
        .collect();
    assert_eq!(letters.len(), listed.len(), "one row, one letter");
    letters
}

fn id_of(scene: &Scene, material: i64) -> String {
    compare::row_of(&scene.galaxy.material(material)).0
}

/// The table holds all that the ERP holds but these.
fn assert_in_step_without(scene: &Scene, ids: &[&String]) {
    let mut expected = compare::rows_of(&scene.galaxy.carried());
    for id in ids {
        assert!(expected.remove(*id).is_some(), "{id} is in the ERP");
    }
    scene.assert_holds(&expected);
}

/// A table that is stricter than the data: numbers are INT, a product line is NOT NULL.
fn strict_scene(name: &str) -> (Scene, Vec<i64>) {
    let scene = Scene::new(name);
    scene.sql(&format!("ALTER TABLE {TABLE} MODIFY number INT, MODIFY product_line VARCHAR(80) NOT NULL;"));
    let materials: Vec<Value> = (1..=20)
        .map(|n| json!({"number": format!("{}", 700_000 + n), "name": format!("物料{n}"), "product_line": "传动"}))
        .collect();
    scene.galaxy.change(json!({"do": "add", "materials": materials}));
    let ids = Galaxy::ids(&scene.galaxy.carried());
    assert_eq!(ids.len(), 20);
    (scene, ids)
}

fn set(scene: &Scene, material: i64, fields: Value) {
    assert_eq!(scene.galaxy.change(json!({"do": "modify", "ids": [material], "set": fields})), 1);
}

#[test]
fn each_bad_row_is_one_letter_with_the_databases_message_and_can_be_mended() {
    let (scene, ids) = strict_scene("letters");
    let (long, text, null) = (ids[0], ids[9], ids[19]);
    set(&scene, long, json!({"name": long_name()}));
    set(&scene, text, json!({"number": "A-77"}));
    set(&scene, null, json!({"product_line": null}));
    let [long_id, text_id, null_id] = [long, text, null].map(|material| id_of(&scene, material));

    let flow = scene.start();
    let report = flow.run();
    assert_eq!((&report["written"], &report["dead"]), (&json!(17), &json!(3)));
    assert_in_step_without(&scene, &[&long_id, &text_id, &null_id]);
    assert_eq!(flow.state()["dead"], json!({"waiting": 3, "for_partner": 0, "parked": 0}));

    let told = letters(&flow);
    assert_eq!(told.len(), 3);
    for (id, code, message, field, value) in [
        (&long_id, "value_too_long", "Data too long for column 'name'", "FName", json!(long_name())),
        (&text_id, "wrong_value", "Incorrect integer value: 'A-77'", "FNumber", json!("A-77")),
        (&null_id, "null_in_not_null", "Column 'product_line' cannot be null", "F_ProductLine", json!(null)),
    ] {
        let letter = &told[id];
        assert_eq!(letter["error"]["code"], code, "{letter}");
        assert!(letter["error"]["message"].as_str().is_some_and(|said| said.contains(message)), "{letter}");
        assert_eq!(letter["record"][field], value, "{letter}");
        assert_eq!((&letter["attempts"], &letter["parked"]), (&json!(1), &json!(false)));
        assert!(letter["next_attempt"].is_string(), "{letter}");
    }
    assert!(!scene.is_written_down(LONG), "a payload lies open in log or store");

    // Meeting them again in the next window is no new attempt, and no new letter.
    let report = flow.run();
    assert_eq!((&report["dead"], &report["already_there"]), (&json!(3), &json!(0)));
    assert_eq!(letters(&flow).len(), 3);
    assert_eq!(letters(&flow)[&text_id]["attempts"], 1);

    // One by hand: not mended yet, then mended.
    let failed = flow.ask("POST", &format!("/dead/{text_id}/retry"), json!({}));
    assert_eq!(failed.status, 200, "{}", failed.body);
    assert_eq!(failed.body["results"][0]["outcome"], "failed");
    assert_eq!(letters(&flow)[&text_id]["attempts"], 2);
    set(&scene, text, json!({"number": "700100"}));
    let mended = flow.ask("POST", &format!("/dead/{text_id}/retry"), json!({}));
    assert_eq!(mended.body["results"], json!([{"id": text_id, "outcome": "delivered"}]));
    assert_in_step_without(&scene, &[&long_id, &null_id]);
    assert_eq!(letters(&flow).keys().collect::<Vec<_>>(), [&long_id, &null_id].to_vec());

    // All: one is mended, one is not.
    set(&scene, null, json!({"product_line": "流体"}));
    let all = flow.ask("POST", "/dead/retry", json!({}));
    assert_eq!(all.status, 200, "{}", all.body);
    let outcome = |id: &String| {
        let results = all.body["results"].as_array().expect("a list");
        results.iter().find(|result| result["id"] == **id).expect("a result")["outcome"].clone()
    };
    assert_eq!((outcome(&null_id), outcome(&long_id)), (json!("delivered"), json!("failed")));
    assert_eq!(all.body["results"].as_array().map(Vec::len), Some(2));
    assert_in_step_without(&scene, &[&long_id]);

    // Given up by a person, who is told if it is there no more.
    let path = format!("/dead/{long_id}");
    assert_eq!(flow.ask("DELETE", &path, json!({})).status, 200);
    assert!(letters(&flow).is_empty());
    assert_eq!(flow.state()["dead"], json!({"waiting": 0, "for_partner": 0, "parked": 0}));
    for (method, path) in [("GET", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/retry"))]
    {
        let answer = flow.ask(method, &path, json!({}));
        assert_eq!((answer.status, &answer.body["error"]["code"]), (404, &json!("unknown_dead_letter")));
    }
}

#[test]
fn neighbours_of_bad_rows_land_in_the_thousands() {
    let scene = Scene::new("neighbours");
    scene.galaxy.generate(3000);
    let ids = Galaxy::ids(&scene.galaxy.carried());
    // First and last of statements and pages, and side by side.
    let bad = [0, 1, 999, 1000, 1500, 1999, 2000, ids.len() - 1].map(|at| ids[at]);
    scene.galaxy.change(json!({"do": "modify", "ids": bad, "set": {"name": long_name()}}));
    let flow = scene.start();
    let report = flow.run();
    assert_eq!((&report["written"], &report["dead"]), (&json!(ids.len() - bad.len()), &json!(bad.len())));
    let bad = bad.map(|material| id_of(&scene, material));
    assert_in_step_without(&scene, &bad.each_ref());
    assert_eq!(letters(&flow).keys().collect::<Vec<_>>().len(), bad.len());
    assert!(bad.iter().all(|id| letters(&flow).contains_key(id)));
}

#[test]
fn a_mended_row_that_comes_again_clears_its_letter() {
    let (scene, ids) = strict_scene("comes_again");
    set(&scene, ids[4], json!({"number": "A-77"}));
    let flow = scene.start();
    assert_eq!(flow.run()["dead"], 1);
    set(&scene, ids[4], json!({"number": "700100"}));
    let report = flow.run();
    assert_eq!((&report["written"], &report["dead"]), (&json!(1), &json!(0)));
    scene.assert_in_step();
    assert!(letters(&flow).is_empty());
    assert_eq!(flow.state()["dead"], json!({"waiting": 0, "for_partner": 0, "parked": 0}));
}

/// Moves the clocks past the delays of the flow file: 5 minutes, 30 minutes, 2 hours.
#[test]
fn a_letter_is_tried_again_after_its_delay_and_parked_after_the_last() {
    const MINUTE: i64 = 60_000;
    let Some(_) = Scene::on_the_local_host("probe_of_the_host") else { return };
    let (scene, ids) = strict_scene("delays");
    // Old dates, so that no window brings these rows again.
    let old = json!("2024-01-01T00:00:00");
    let (mended, hopeless) = (ids[3], ids[5]);
    set(&scene, mended, json!({"number": "A-77", "modify_date": old}));
    set(&scene, hopeless, json!({"number": "A-78", "modify_date": old}));
    let [mended_id, hopeless_id] = [mended, hopeless].map(|material| id_of(&scene, material));
    let flow = scene.start();
    assert_eq!(flow.run()["dead"], 2);
    set(&scene, mended, json!({"number": "700100", "modify_date": old}));

    // Not before its time.
    flow.move_clocks(&scene.galaxy, 4 * MINUTE);
    assert_eq!(flow.run()["retried"]["tried"], 0);
    flow.move_clocks(&scene.galaxy, 6 * MINUTE);
    let retried = flow.run()["retried"].clone();
    assert_eq!(retried, json!({"tried": 2, "delivered": 1, "failed": 1, "parked": 0}));
    assert_in_step_without(&scene, &[&hopeless_id]);
    assert!(!letters(&flow).contains_key(&mended_id));

    for (minutes, expected) in [
        (6 + 29, json!({"tried": 0, "delivered": 0, "failed": 0, "parked": 0})),
        (6 + 31, json!({"tried": 1, "delivered": 0, "failed": 1, "parked": 0})),
        (6 + 31 + 121, json!({"tried": 1, "delivered": 0, "failed": 0, "parked": 1})),
        (6 + 31 + 121 + 600, json!({"tried": 0, "delivered": 0, "failed": 0, "parked": 0})),
    ] {
        flow.move_clocks(&scene.galaxy, minutes * MINUTE);
        assert_eq!(flow.run()["retried"], expected, "after {minutes} minutes");
    }
    assert_eq!(flow.state()["dead"], json!({"waiting": 0, "for_partner": 0, "parked": 1}));
    let letter = &letters(&flow)[&hopeless_id];
    assert_eq!((&letter["attempts"], &letter["parked"]), (&json!(4), &json!(true)), "{letter}");
}
