//! How flows stand.

mod world;

use ferry_watch::fleet::{
    Code, FAILING_AFTER, Standing, State, Watched, grace, lag_limit, standing, standings,
};
use ferry_watch::healthz;
use http::StatusCode;
use serde_json::{Value, json};
use world::*;

fn stands(answer: Value) -> Standing {
    standing(&watched(answer), NOON)
}

fn with(changes: Value) -> Standing {
    stands(answer(NOON, changes))
}

fn codes(standing: &Standing) -> Vec<Code> {
    standing.reasons.iter().map(|reason| reason.code).collect()
}

#[test]
fn a_flow_that_runs_is_flowing() {
    let standing = with(json!({}));
    assert_eq!((standing.state, standing.reasons.len()), (State::Flowing, 0));
    assert_eq!(standing.flow, FLOW);
    assert_eq!(standing.title.zh, "聚水潭其他入库（线下退货）→ 金蝶云星空销售退货");
    assert_eq!((standing.lag_seconds, standing.lag_limit_seconds), (Some(40), 780));
}

#[test]
fn a_failed_run_is_a_note_and_three_are_a_state() {
    let standing = stands(failing(NOON, 1, "no_answer"));
    assert_eq!((standing.state, codes(&standing)), (State::Flowing, vec![Code::LastRunFailed]));
    let standing = stands(failing(NOON, 2, "no_answer"));
    assert_eq!(standing.state, State::Flowing);
    let standing = stands(failing(NOON, FAILING_AFTER as i64, "no_answer"));
    assert_eq!((standing.state, codes(&standing)), (State::Failing, vec![Code::Failing]));
    let reason = &standing.reasons[0];
    assert_eq!(reason.what.en, "3 runs in a row have failed: [no_answer] no answer from Galaxy");
    assert_eq!(reason.what.zh, "连续 3 次运行失败：[no_answer] 金蝶云星空没有应答");
    assert_eq!(reason.hint.zh, "下次运行继续");
    assert_eq!(reason.since, Some(NOON - 20 - 120), "the first of them");
}

#[test]
fn a_target_that_refuses_everything_stops_the_flow() {
    let standing = stands(failing(NOON, 5, "refused_in_a_row"));
    assert_eq!((standing.state, codes(&standing)), (State::Stopped, vec![Code::Stopped]));
    for code in ["state_damaged", "state_newer", "store_failed", "misconfigured"] {
        let standing = standing_of(&refused(code));
        assert_eq!((standing.state, codes(&standing)), (State::Stopped, vec![Code::Stopped]), "{code}");
        assert_eq!(standing.reasons[0].what.en, format!("[{code}] it cannot"));
    }
}

fn standing_of(flow: &Watched) -> Standing {
    standing(flow, NOON)
}

#[test]
fn a_flow_without_state_or_runs_has_never_run() {
    let standing = standing_of(&refused("not_initialised"));
    assert_eq!((standing.state, codes(&standing)), (State::NeverRun, vec![Code::NotInitialised]));
    let standing = with(json!({"last_run_at": null, "next_expected": null, "reports": []}));
    assert_eq!((standing.state, codes(&standing)), (State::NeverRun, vec![Code::NeverRun]));
}

#[test]
fn a_schedule_is_missed_after_its_grace_unless_a_run_is_under_way() {
    let at = |ago: i64| json!({"last_run_at": ferry_sync::shanghai::text(NOON - ago), "next_expected": ferry_sync::shanghai::text(NOON - ago + 60)});
    assert_eq!(grace(60), 120);
    assert_eq!(with(at(180)).state, State::Flowing);
    let standing = with(at(181));
    assert_eq!((standing.state, codes(&standing)), (State::Behind, vec![Code::MissedSchedule]));
    assert_eq!(standing.reasons[0].since, Some(NOON - 121));
    assert!(standing.reasons[0].what.en.starts_with("no run began for 3 min; one is expected every 60 s"));
    // Of one that never ran, too.
    let standing = with(
        json!({"last_run_at": null, "next_expected": ferry_sync::shanghai::text(NOON - 121), "reports": []}),
    );
    assert_eq!(codes(&standing), [Code::MissedSchedule, Code::NeverRun]);
    let mut held = at(181);
    merge(&mut held, json!({"lease": {"held": true}}));
    assert_eq!(with(held).state, State::Flowing);
    assert_eq!([grace(3600), grace(300)], [900, 300]);
}

#[test]
fn a_watermark_beyond_its_limit_is_behind() {
    assert_eq!(lag_limit(60), 780);
    assert_eq!(with(json!({"lag_seconds": 780})).state, State::Flowing);
    let standing = with(json!({"lag_seconds": 781}));
    assert_eq!((standing.state, codes(&standing)), (State::Behind, vec![Code::Lag]));
    assert!(
        standing.reasons[0].what.zh.starts_with("滞后 13 分钟（上限 13 分钟）"),
        "{:?}",
        standing.reasons[0]
    );
    // By how often it should run, which the answer knows best.
    assert_eq!(with(json!({"lag_seconds": 781, "expect_every_seconds": 300})).state, State::Flowing);
    // Else as its built-in flow file says: every three minutes.
    let unknown = |lag: u64| with(json!({"lag_seconds": lag, "expect_every_seconds": null})).state;
    assert_eq!((unknown(1140), unknown(1141)), (State::Flowing, State::Behind));
}

#[test]
fn what_goes_on_by_itself_is_waiting() {
    let paused = |until: i64| json!({"accounts": [{"account": "galaxy", "paused_until": ferry_sync::shanghai::text(until)}]});
    let standing = with(paused(NOON + 60));
    assert_eq!((standing.state, codes(&standing)), (State::Waiting, vec![Code::AccountPaused]));
    assert_eq!(with(paused(NOON)).state, State::Flowing);
    let standing = stands(failing(NOON, 1, "quota_used_up"));
    assert_eq!((standing.state, codes(&standing)), (State::Waiting, vec![Code::QuotaUsedUp]));
}

#[test]
fn letters_skew_and_versions_are_notes() {
    let standing = with(json!({
        "dead": {"waiting": 5, "for_partner": 2, "parked": 1},
        "version": {"number": 3, "built_in_changed": true},
        "reports": [{"started_at": "2026-11-20 11:59:40", "error": null,
                     "notes": [{"code": "clock_skew", "message": "the source's clock differs from ours by 90 s", "message_zh": "源系统时钟与本机相差 90 秒"}]}],
    }));
    assert_eq!(standing.state, State::Flowing);
    assert_eq!(
        codes(&standing),
        [Code::DeadLetters, Code::ForPartner, Code::ClockSkew, Code::BuiltInChanged]
    );
    assert_eq!(standing.reasons[0].what.en, "dead letters: 4 (3 will be tried again, 1 wait for you)");
    assert!(standing.reasons[2].hint.en.contains("NTP"));
    assert!(standing.reasons[3].what.zh.contains("版本 3"));
    let only_partners = with(json!({"dead": {"waiting": 2, "for_partner": 2, "parked": 0}}));
    assert_eq!(codes(&only_partners), [Code::ForPartner]);
}

#[test]
fn the_worst_is_first() {
    let flows = [
        watched(answer(NOON, json!({}))),
        refused("not_initialised"),
        watched(answer(NOON, json!({"lag_seconds": 9999}))),
        watched(failing(NOON, 3, "no_answer")),
        refused("state_damaged"),
        watched(failing(NOON, 1, "quota_used_up")),
    ];
    let states: Vec<State> = standings(&flows, NOON).iter().map(|standing| standing.state).collect();
    let worst_first: Vec<State> = State::ALL.into_iter().rev().collect();
    assert_eq!(states, worst_first);
    // Within a flow, too.
    let mut both = failing(NOON, 3, "no_answer");
    merge(&mut both, json!({"lag_seconds": 9999, "dead": {"parked": 1}}));
    assert_eq!(codes(&stands(both)), [Code::Failing, Code::Lag, Code::DeadLetters]);
}

#[test]
fn every_code_and_state_has_a_name_of_its_own_and_words() {
    let names: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(json!(code), json!(code.name()));
        assert!(!code.words().en.is_empty() && !code.words().zh.is_empty());
        assert!(!code.alerts() || code.state() != State::Waiting, "{code:?}");
    }
    for state in State::ALL {
        assert_eq!(json!(state), json!(state.name()));
        assert!(!state.words().en.is_empty() && !state.words().zh.is_empty());
    }
}

#[test]
fn an_answer_of_an_older_build_can_be_read_and_anything_else_is_said() {
    let old = json!({"flow": FLOW, "lag_seconds": 5, "lease": {"held": false, "until": null}, "dead": {"waiting": 0, "for_partner": 0, "parked": 0}, "failures": 0, "reports": [report(NOON - 20, None)]});
    assert_eq!(stands(old).state, State::Flowing);
    let standing = stands(json!({"failures": "many"}));
    assert_eq!(standing.state, State::Stopped);
    assert!(standing.reasons[0].what.en.contains("answer_unreadable"));
}

#[test]
fn healthz_names_the_flows_that_somebody_should_look_at_and_nothing_else() {
    let healthy = [watched(answer(NOON, json!({"dead": {"parked": 5}}))), refused("not_initialised")];
    let (status, body) = healthz::answer(&standings(&healthy, NOON));
    assert_eq!((status, body), (StatusCode::OK, json!({"status": "ok"})));
    for (flow, list) in [
        (watched(failing(NOON, 3, "no_answer")), "failing"),
        (watched(answer(NOON, json!({"lag_seconds": 99_999}))), "behind"),
        (refused("state_damaged"), "stopped"),
    ] {
        let (status, body) = healthz::answer(&standings(&[flow], NOON));
        let mut expected = json!({"status": "unhealthy", "behind": [], "failing": [], "stopped": []});
        expected[list] = json!([FLOW]);
        assert_eq!((status, body), (StatusCode::SERVICE_UNAVAILABLE, expected));
    }
}
