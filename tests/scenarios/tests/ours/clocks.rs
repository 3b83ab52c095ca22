use ferry_scenarios::native::{BETWEEN_SYSTEMS, Native};
use std::time::Duration;

const HOUR_MS: i64 = 3_600_000;

/// Right again, it carries all there is: within the half hour that an operator waits at most.
fn assert_recovers(native: &Native, case: &str) {
    native.set_skew(0);
    for _ in 0..10 {
        native.advance(Duration::from_secs(180));
        let (status, report) = native.call("POST", "/run", "");
        if status == 200 && report["has_more"] == false {
            native.assert_in_step(case);
            return;
        }
    }
    panic!("{case}: still not there half an hour later: {}", native.call("POST", "/run", "").1);
}

#[test]
fn a_clock_that_is_an_hour_wrong_for_some_runs_loses_and_doubles_nothing() {
    for flow in BETWEEN_SYSTEMS {
        for skew in [HOUR_MS, -HOUR_MS] {
            let native = Native::shipped_flow(flow);
            native.advance(Duration::from_secs(60));
            let case = format!("{} h", skew / HOUR_MS);
            native.drain();
            native.add_record(1);
            native.set_skew(skew);
            for record in 2..5 {
                native.advance(Duration::from_secs(190));
                let (status, report) = native.call("POST", "/run", "");
                // Signatures may be refused meanwhile, or the watermark lie in the future: that is said.
                assert!(status == 200 || report["error"]["hint"].is_string(), "{case}: {status} {report}");
                native.add_record(record);
            }
            assert_recovers(&native, &case);
            native.add_record(9);
            assert_recovers(&native, &format!("{case}, later"));
        }
    }
}

#[test]
fn a_clock_that_jumps_in_the_middle_of_a_run_loses_and_doubles_nothing() {
    for flow in BETWEEN_SYSTEMS {
        let native = Native::shipped_flow(flow);
        let mut jumps = 0;
        // Every third effect is where it jumps, there or back.
        for effect in (0..).step_by(3) {
            let skew = if effect % 2 == 0 { HOUR_MS } else { -HOUR_MS };
            native.start_over();
            native.advance(Duration::from_secs(60));
            let case = format!("a jump of {} h before effect {effect}", skew / HOUR_MS);
            let answer = native.run_interrupted_at(effect, move |native| native.set_skew(skew));
            if answer.is_none() {
                break;
            }
            jumps += 1;
            assert_recovers(&native, &case);
        }
        assert!(jumps > 10, "{flow}: {jumps} jumps");
    }
}

/// It dies while its clock is an hour ahead: the others know that its tenure is over when theirs is.
#[test]
fn a_holder_that_dies_with_a_wrong_clock_holds_nobody_up_for_longer() {
    for flow in BETWEEN_SYSTEMS {
        for skew in [HOUR_MS, -HOUR_MS, 24 * HOUR_MS] {
            let native = Native::shipped_flow(flow);
            native.advance(Duration::from_secs(60));
            native.set_skew(skew);
            assert!(native.run_killed_at(6, true), "{flow}: a run has more effects");
            assert_recovers(&native, &format!("died with a clock {} h off", skew / HOUR_MS));
        }
    }
}
