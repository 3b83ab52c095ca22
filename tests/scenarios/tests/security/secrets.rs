use ferry_scenarios::app::{Crossing, Flow, Scene};
use serde_json::{Value, json};
use xtask::app::Trigger;
use xtask::flows::FLOWS;
use xtask::simulator::System;

/// Ways in which a server quotes a call. The redirect goes where nobody listens; `hosts` is about that.
fn echoes() -> [Value; 4] {
    [
        json!({"kind": "server_error"}),
        json!({"kind": "json_error"}),
        json!({"kind": "web_page"}),
        json!({"kind": "redirect", "to": "http://127.0.0.1:9/login"}),
    ]
}

/// Looks at everything that the app tells of itself, so that it is searched when the scene ends.
fn ask_for_everything(flow: &Flow) {
    flow.ask("GET", "", json!(null));
    flow.ask("GET", "/skip", json!(null));
    let listed = flow.ask("GET", "/dead", json!(null)).body;
    for letter in listed["letters"].as_array().into_iter().flatten().take(3) {
        let id = letter["id"].as_str().expect("an id");
        let letter = flow.ask("GET", &format!("/dead/{id}"), json!(null));
        assert_eq!(letter.status, 200, "{}", letter.body);
    }
}

/// The call that is quoted, and whether it is the first of a run (a login, where there is one) or a later one.
fn quoted(flow: &'static str, system: System) {
    for skip in [0, 1] {
        for mut echo in echoes() {
            let scene = Crossing::new(flow, 3);
            let running = scene.start();
            echo["skip"] = json!(skip);
            scene.systems.echo(system, echo.clone());
            let answer = running.call(&json!({"budget_ms": 4000})).expect("an answer");
            let told = scene.systems.echoed(system);
            if skip > 0 && told == 0 {
                continue; // One call was all that there was to make.
            }
            assert!(told >= 1, "{flow}: {echo} of {system:?} never came: {}", answer.body);
            let dead = answer.body["dead"].as_u64().unwrap_or_default();
            assert!(answer.status == 502 || dead > 0, "{flow}: {echo} of {system:?}: {}", answer.body);
            ask_for_everything(&running);
            let passed = scene.systems.passed();
            assert!(
                passed.iter().any(|(name, _)| *name == system.name()),
                "{flow}: nothing of {system:?} to look for"
            );
        }
    }
}

#[test]
fn a_source_that_quotes_our_calls_gives_nothing_away_jushuitan() {
    quoted("jushuitan-returns-to-galaxy", System::Jushuitan);
}

#[test]
fn a_source_that_quotes_our_calls_gives_nothing_away_wangdiantong() {
    quoted("wangdiantong-stockouts-to-galaxy", System::Wangdiantong);
}

#[test]
fn a_source_that_quotes_our_calls_gives_nothing_away_okki() {
    quoted("okki-orders-to-wise", System::Okki);
}

#[test]
fn a_target_that_quotes_our_calls_gives_nothing_away_galaxy() {
    quoted("wangdiantong-stockouts-to-galaxy", System::Galaxy);
}

#[test]
fn a_target_that_quotes_our_calls_gives_nothing_away_wise() {
    quoted("okki-orders-to-wise", System::Wise);
}

#[test]
fn a_target_that_quotes_our_calls_gives_nothing_away_jdy() {
    quoted("jushuitan-shops-to-jdy", System::Jdy);
}

#[test]
fn a_galaxy_that_quotes_our_calls_gives_nothing_away_signed_or_in_a_session() {
    for auth in ["signed", "session"] {
        let scene = Scene::new(&format!("quoted_{auth}"));
        scene.galaxy.generate(10);
        let flow = scene.start_with(Trigger::Http, &[("galaxy_auth", auth)]);
        for skip in [0, 1] {
            for mut echo in echoes() {
                echo["skip"] = json!(skip);
                // Otherwise a kept session leaves nothing to skip, or nothing to read.
                scene.galaxy.end_sessions();
                scene.galaxy.systems().echo(System::Galaxy, echo.clone());
                flow.set_watermark("2020-01-01 00:00:00");
                let answer = flow.call(&json!({"budget_ms": 1000})).expect("an answer");
                assert_eq!(answer.status, 502, "{auth} {echo}: {}", answer.body);
                assert!(scene.galaxy.systems().echoed(System::Galaxy) >= 1, "{auth} {echo}");
            }
        }
        ask_for_everything(&flow);
        assert!(!scene.galaxy.systems().passed().is_empty());
    }
}

/// In every flow, each secret of each system is another one than the system knows.
#[test]
fn wrong_credentials_are_refused_and_shown_nowhere() {
    for flow in &FLOWS {
        let Some(target) = flow.to else { continue };
        for system in [flow.from, target] {
            let mut scene = Crossing::new(flow.name, 3);
            let name = system.secrets()[0];
            let wrong = match system {
                System::Wangdiantong => "wrong0123456789marked:salty9876543210marked",
                _ => "wrong/0123456789+marked=ffeeddcc",
            };
            for part in wrong.split(':') {
                scene.add_secret(name, part);
            }
            let running = scene.start_with(&[(name, wrong)]);
            let answer = running.call(&json!({"budget_ms": 1500})).expect("an answer");
            assert!(
                answer.status == 502 || answer.status == 500,
                "{} with a wrong {name}: {} {}",
                flow.name,
                answer.status,
                answer.body
            );
            ask_for_everything(&running);
        }
    }
    let mut scene = Scene::new("wrong_password");
    scene.galaxy.generate(3);
    scene.add_secret("mysql_password", "wr@ng/pass:word?marked#99%25");
    let flow = scene.start_with(Trigger::Http, &[("mysql_password", "wr@ng/pass:word?marked#99%25")]);
    let answer = flow.call(&json!({"budget_ms": 1500})).expect("an answer");
    assert_eq!(answer.status, 502, "{}", answer.body);
    ask_for_everything(&flow);
}

/// The search at the end of every scene finds what is there: a token that stands in a log is not overlooked.
#[test]
fn a_token_that_is_written_down_is_found() {
    let scene = Crossing::new("okki-orders-to-wise", 3);
    let flow = scene.start();
    flow.run_to_the_end();
    drop(flow);
    scene.assert_no_secret();
    for system in [System::Okki, System::Wise] {
        let passed = scene.systems.passed();
        let (_, token) = passed.iter().find(|(name, _)| *name == system.name()).expect("a token");
        let log = scene.directory().join("state/app.log");
        let before = std::fs::read(&log).expect("a log");
        let line = json!({"level": "error", "problem": json!({"message": token}).to_string()}).to_string();
        std::fs::write(&log, [before.as_slice(), line.replace('e', "\\u0065").as_bytes()].concat())
            .expect("a log");
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scene.assert_no_secret()));
        std::fs::write(&log, before).expect("a log");
        assert!(found.is_err(), "{system:?}");
    }
}
