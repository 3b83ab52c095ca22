//! What goes out, and what does not.

use crate::stage::{CONSOLE, FLOW, Stage, check_by_url, health, record};
use serde_json::json;

#[test]
fn three_failed_runs_are_told_once_at_each_robot_and_their_end_too() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start();
    flow.run();
    assert_eq!(stage.tick(&flow), []);
    assert_eq!(health(&flow), (200, json!({"status": "ok"})));

    stage.break_source();
    stage.fail(&flow, 2);
    assert_eq!(stage.tick(&flow), [], "two are none");
    stage.fail(&flow, 1);
    let told = stage.told(&flow);
    for part in [
        "Ferry · 告警 1 条 · alerts: 1",
        "【告警 alert】连续失败 · failing",
        &format!("聚水潭其他入库（线下退货）→ 金蝶云星空销售退货 ({FLOW})"),
        "连续 3 次运行失败：［",
        "3 runs in a row have failed: ［",
        "处理：",
        "To do: ",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(told.ends_with(&format!("\n{CONSOLE}/console/flows/{FLOW}")), "{told}");
    let unhealthy = json!({"status": "unhealthy", "behind": [], "failing": [FLOW], "stopped": []});
    assert_eq!(health(&flow), (503, unhealthy));
    // While it lasts, nothing.
    stage.fail(&flow, 1);
    assert_eq!(stage.tick(&flow), []);

    stage.mend_source();
    flow.run();
    let told = stage.told(&flow);
    assert!(
        told.starts_with("Ferry · 恢复 1 条 · recovered: 1\n\n【恢复 recovered】连续失败 · failing\n"),
        "{told}"
    );
    assert_eq!(health(&flow), (200, json!({"status": "ok"})));
    assert_eq!(stage.tick(&flow), []);
    let kept = record(&flow);
    assert_eq!((&kept["open"], kept["sent"].as_array().map(Vec::len)), (&json!([]), Some(8)));
}

#[test]
fn dead_letters_are_told_with_a_link_to_them_and_new_ones_again() {
    let Some(stage) = Stage::new(5, true) else { return };
    let flow = stage.start();
    let report = flow.run();
    assert!(report["dead"].as_u64() >= Some(1), "{report}");
    let dead = report["dead"].as_u64().expect("a count");
    let told = stage.told(&flow);
    assert!(told.contains("【告警 alert】死信 · dead letters"), "{told}");
    assert!(
        told.contains(&format!("死信 {dead} 条：{dead} 条将自动重试，0 条等待处理；新增 {dead} 条")),
        "{told}"
    );
    assert!(told.ends_with(&format!("\n{CONSOLE}/console/flows/{FLOW}/dead")), "{told}");
    assert_eq!(stage.tick(&flow), []);
    // All are deleted by a person.
    let letters = flow.ask("GET", "/dead", json!(null)).body["letters"].clone();
    for letter in letters.as_array().expect("letters") {
        let id = letter["id"].as_str().expect("an id");
        assert_eq!(flow.ask("DELETE", &format!("/dead/{id}"), json!({})).status, 200);
    }
    let told = stage.told(&flow);
    assert!(told.contains("【恢复 recovered】死信 · dead letters"), "{told}");
}

#[test]
fn a_schedule_that_nobody_keeps_is_told() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start();
    flow.run();
    assert_eq!(stage.tick(&flow), []);
    assert_eq!(stage.tick(&flow), []);
    stage.pass(&flow, 150);
    // Every three minutes, and three of grace: now it is nearly that.
    assert_eq!(stage.tick(&flow), []);
    let told = stage.told(&flow);
    assert!(told.contains("【告警 alert】错过调度 · missed schedule"), "{told}");
    assert!(told.contains("cron") && told.contains("tick_token"), "{told}");
    assert_eq!(health(&flow).0, 503);
    flow.run();
    assert!(stage.told(&flow).contains("【恢复 recovered】错过调度"));
    assert_eq!(health(&flow).0, 200);
}

#[test]
fn a_store_that_was_lost_is_told_and_so_is_a_url_s_tick() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start_with(&[("jushuitan_returns_to_galaxy_start", "")]);
    for _ in 0..3 {
        let checked = check_by_url(&flow);
        assert_eq!((checked.status, &checked.body["news"]), (200, &json!([])), "{}", checked.body);
        assert_eq!(check_by_url(&flow).status, 409, "one a minute");
        stage.pass(&flow, 120);
    }
    let checked = check_by_url(&flow);
    assert_eq!(checked.body["news"][0]["code"], "not_initialised", "{}", checked.body);
    let taken = stage.taken();
    assert_eq!(taken.len(), 4);
    assert!(taken[0].1.contains("jushuitan_returns_to_galaxy_start"), "what to do: {}", taken[0].1);
    assert_eq!(health(&flow).0, 200, "a flow that was never run is nobody's trouble");
}

#[test]
fn what_was_told_survives_a_restart() {
    let Some(stage) = Stage::new(5, false) else { return };
    let flow = stage.start();
    flow.run();
    stage.break_source();
    stage.fail(&flow, 3);
    stage.told(&flow);
    flow.app.kill();
    let flow = stage.start();
    assert_eq!(stage.tick(&flow), []);
    stage.mend_source();
    flow.run();
    assert!(stage.told(&flow).contains("【恢复 recovered】连续失败"));
}
