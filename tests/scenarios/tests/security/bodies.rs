use ferry_scenarios::app::scene::{ADMIN_TOKEN, RUN_TOKEN};
use ferry_scenarios::app::{Crossing, Scene};
use ferry_sync::webhook::{BODY_LIMIT, ROUTES};
use serde_json::json;
use xtask::simulator::System;
use xtask::stage::FLOW;

#[test]
fn a_body_over_the_limit_is_refused_on_every_route() {
    let scene = Scene::new("long_bodies");
    scene.galaxy.generate(10);
    let flow = scene.start();
    let long = vec![b' '; BODY_LIMIT + 1];
    for route in ROUTES.iter().filter(|route| route.method != http::Method::GET) {
        let path = format!("/flows/{FLOW}{}", route.path.replace('*', "7"));
        let answer = flow.request(route.method.as_str(), &path, ADMIN_TOKEN, &long).expect("an answer");
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, &error["code"]),
            (413, &json!("body_too_large")),
            "{path}: {}",
            answer.body
        );
        assert!(
            error["message"].as_str().is_some_and(|said| said.contains(&BODY_LIMIT.to_string())),
            "{error}"
        );
        assert!(error["message_zh"].is_string(), "{error}");
    }
    // One of exactly the limit is read.
    let mut longest = vec![b' '; BODY_LIMIT];
    longest[..2].copy_from_slice(b"{}");
    let answer = flow.request("POST", &format!("/flows/{FLOW}/run"), RUN_TOKEN, &longest).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    scene.assert_in_step();
}

/// A source that answers with more than the app can hold is an error of the run, and the next run goes on.
#[test]
fn a_vendors_answer_over_the_limit_is_an_error_and_the_flow_goes_on() {
    for name in ["galaxy-materials-to-mysql", "jushuitan-shops-to-jdy"] {
        if name == FLOW {
            let scene = Scene::new("floods");
            scene.galaxy.generate(10);
            let flow = scene.start();
            scene.galaxy.systems().echo(System::Galaxy, json!({"kind": "flood", "bytes": 200 << 20}));
            let report = flow.run_fails("no_answer");
            assert!(scene.galaxy.systems().echoed(System::Galaxy) >= 1);
            let said = report["error"]["message"].as_str().expect("a text");
            assert!(said.contains("longer than 33554432 bytes"), "{said}");
            flow.run();
            scene.assert_in_step();
        } else {
            let scene = Crossing::new(name, 10);
            let flow = scene.start();
            scene.systems.echo(System::Jushuitan, json!({"kind": "flood", "bytes": 200 << 20}));
            let report = flow.run_fails("no_answer");
            assert!(scene.systems.echoed(System::Jushuitan) >= 1);
            assert!(
                report["error"]["message"].as_str().is_some_and(|said| said.contains("longer than")),
                "{report}"
            );
            flow.run_to_the_end();
            scene.assert_in_step();
        }
    }
}
