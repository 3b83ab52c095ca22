//! What a source can do wrong (`design.md` 7): survived, or an error; never a gap, a loop or a double.

use ferry_scenarios::app::{Flow, Galaxy, Scene};
use serde_json::{Value, json};
use xtask::app::Trigger;
use xtask::stage::TABLE;

use crate::carry::until_four_in_the_morning;

/// Five pages.
fn scene_of_pages(name: &str) -> Scene {
    let scene = Scene::new(name);
    pages(&scene);
    scene
}

fn pages(scene: &Scene) {
    scene.galaxy.set(json!({"clamp": 300}));
    scene.galaxy.generate(1500);
    assert!((1201..=1500).contains(&scene.galaxy.carried().len()));
}

/// As if nothing had been carried yet.
fn from_the_start(scene: &Scene, flow: &Flow) {
    scene.galaxy.disarm();
    scene.sql(&format!("DELETE FROM {TABLE};"));
    flow.set_watermark("2020-01-01 00:00:00");
}

#[test]
fn what_passes_is_survived_within_the_run() {
    let scene = scene_of_pages("passing");
    let flow = scene.start();
    let once: &[Value] = &[
        json!({"kind": "drop_before"}),
        json!({"kind": "drop_after"}),
        json!({"kind": "drop_mid_answer"}),
        json!({"kind": "half_json"}),
        json!({"kind": "garbage"}),
        json!({"kind": "http500", "work": "done"}),
        json!({"kind": "call_limit"}),
    ];
    for what in once {
        from_the_start(&scene, &flow);
        scene.galaxy.arm(what.clone(), 2, Some(1));
        let report = flow.run();
        assert_eq!(scene.galaxy.fired(), [1], "{what}");
        assert_eq!(report["written"], scene.landed(), "{what}");
        assert_eq!(report["calls"]["source"], 5 + 1 + 1, "{what}: the pages, the empty one, one more");
        scene.assert_in_step();
    }
    // Twice in a row, then fine.
    from_the_start(&scene, &flow);
    scene.galaxy.arm(json!({"kind": "http500"}), 0, Some(2));
    flow.run();
    assert_eq!(scene.galaxy.fired(), [2]);
    scene.assert_in_step();
}

#[test]
fn what_does_not_pass_is_an_error_and_the_next_run_carries_on() {
    let scene = scene_of_pages("lasting");
    let flow = scene.start();
    // What, the error, whether it fails at once.
    let cases = [
        (json!({"kind": "html"}), "web_page"),
        (json!({"kind": "redirect", "to": "http://127.0.0.1:9/login"}), "redirected"),
        (json!({"kind": "repeat_previous_page"}), "page_out_of_order"),
        (json!({"kind": "ignore_key_filter"}), "page_out_of_order"),
        (json!({"kind": "http500"}), "server_error"),
        (json!({"kind": "drop_before"}), "no_answer"),
        (json!({"kind": "half_json"}), "garbled_answer"),
    ];
    for (what, code) in cases {
        from_the_start(&scene, &flow);
        scene.galaxy.arm(what.clone(), 2, None);
        let report = flow.run_fails(code);
        assert!(scene.galaxy.fired()[0] >= 1, "{what}");
        assert_eq!(report["pages"], 2, "{what}: what came before it counts");
        assert_eq!(report["written"], scene.landed(), "{what}");
        assert_eq!(report["watermark"], "2020-01-01 00:00:00", "{what}: not all is settled");
        assert_eq!(flow.state()["failures"], 1, "{what}");
        assert_ne!(flow.state()["window"], json!(null), "{what}");

        let landed = scene.landed();
        scene.galaxy.disarm();
        let report = flow.run();
        assert!(report["written"] == scene.landed() - landed && landed > 0, "{what}: {report}");
        assert_eq!(report["already_there"], 0, "{what}: it goes on where it was");
        assert_eq!(flow.state()["failures"], 0, "{what}");
        scene.assert_in_step();
    }
}

#[test]
fn a_call_limit_that_allows_no_page_asks_the_caller_to_come_back() {
    let scene = scene_of_pages("call_limit");
    let flow = scene.start();
    scene.galaxy.arm(json!({"kind": "call_limit"}), 0, None);
    let answer = flow.call(&json!({"budget_ms": 1000})).expect("an answer");
    assert!(scene.galaxy.fired()[0] >= 1);
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.retry_after.is_some_and(|seconds| seconds >= 1), "{answer:?}");
    assert_eq!(answer.body["error"]["code"], "call_limit");
    scene.galaxy.disarm();
    flow.run();
    scene.assert_in_step();
}

#[test]
fn the_firewalls_answer_is_an_error_that_names_it() {
    let scene = scene_of_pages("firewall");
    let param = ("galaxy_materials_to_mysql_params", r#"{"use_org": "T00 -- x"}"#);
    let flow = scene.start_with(Trigger::Http, &[param]);
    let report = flow.run_fails("waf_refused");
    let calls = scene.galaxy.calls();
    assert!(calls[0]["args"].as_str().is_some_and(|sent| sent.contains("T00 -- x")), "{}", calls[0]);
    assert_eq!(report["calls"]["source"], 1, "asking again makes a firewall angrier");
    drop(flow);
    scene.start().run();
    scene.assert_in_step();
}

#[test]
fn a_false_empty_page_after_a_full_one_is_not_believed() {
    let scene = Scene::new("not_believed");
    scene.galaxy.generate(5000);
    let flow = scene.start();
    // The first page of all, and one after a page of 2,000.
    for skip in [0, 1, 2] {
        from_the_start(&scene, &flow);
        scene.galaxy.arm(json!({"kind": "empty_page"}), skip, Some(1));
        let report = flow.run();
        assert_eq!(scene.galaxy.fired(), [1]);
        assert_eq!(report["calls"]["source"], 3 + 1 + 1, "the pages, the empty one, one more");
        scene.assert_in_step();
    }
}

/// Where the server clamps its pages, what is full is learnt from the pages themselves.
#[test]
fn a_false_empty_page_after_clamped_ones_is_not_believed() {
    let scene = scene_of_pages("clamped");
    let flow = scene.start();
    for skip in [2, 3] {
        from_the_start(&scene, &flow);
        scene.galaxy.arm(json!({"kind": "empty_page"}), skip, Some(1));
        flow.run();
        assert_eq!(scene.galaxy.fired(), [1]);
        scene.assert_in_step();
    }
}

/// A page that is empty twice is believed, and ends the window. The full scan, which needs the clock moved to the
/// next night, is what finds the rest.
#[test]
fn a_false_empty_page_is_healed_by_the_full_scan() {
    let Some(scene) = Scene::on_the_local_host("empty_page") else { return };
    pages(&scene);
    let flow = scene.start();
    scene.galaxy.arm(json!({"kind": "empty_page"}), 2, Some(2));
    let report = flow.run();
    assert_eq!(scene.galaxy.fired(), [2]);
    assert_eq!((&report["pages"], &report["records"]), (&json!(2), &json!(600)));
    assert_eq!(scene.landed(), 600);
    // Not by the look-back: these rows are older.
    assert_eq!(flow.run()["records"], 0);

    flow.move_clocks(&scene.galaxy, until_four_in_the_morning());
    let reports = flow.run_to_the_end();
    assert_eq!(reports[0]["full_scan"], true);
    scene.assert_in_step();
}

#[test]
fn a_false_empty_page_is_healed_by_the_look_back_where_the_rows_are_recent() {
    let scene = Scene::new("look_back");
    scene.galaxy.generate(400);
    let ids = Galaxy::ids(&scene.galaxy.carried());
    let flow = scene.start_with(Trigger::Http, &[("galaxy_materials_to_mysql_id_check", "false")]);
    flow.run();
    scene.galaxy.change(json!({"do": "modify", "ids": ids[..9], "set": {"name": "刚刚修改"}}));
    scene.galaxy.arm(json!({"kind": "empty_page"}), 0, Some(1));
    assert_eq!(flow.run()["records"], 0);
    assert_eq!(scene.galaxy.fired(), [1]);
    assert_eq!(flow.run()["written"], 9);
    scene.assert_in_step();
}
