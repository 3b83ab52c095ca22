use ferry_scenarios::native::{BETWEEN_SYSTEMS, Native};
use ferry_simulators::wise::Numbering;
use ferry_sync::hold::LONGEST;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Every third effect is that before which the holder falls asleep, until another has carried all and more.
///
/// One that falls asleep between its last look at the clock and the request has that request sent late whatever the
/// lease says: the target's own key has to refuse it. So WISE takes the numbers that it is given here; where it numbers
/// bills itself it has no such key, and a process that is suspended for a whole lease at just that place may double.
#[test]
fn a_holder_that_wakes_up_after_its_lease_was_taken_over_changes_nothing() {
    for flow in BETWEEN_SYSTEMS {
        let native = Native::shipped_flow(flow);
        let mut woke = 0;
        for effect in (0..).step_by(3) {
            native.start_over();
            if let Some(wise) = &native.company.wise {
                wise.set(|switches| switches.numbering = Numbering::Honours);
            }
            native.advance(Duration::from_secs(60));
            let left = Rc::new(RefCell::new(None));
            let seen = left.clone();
            let answer = native.run_interrupted_at(effect, move |native| {
                native.advance(LONGEST);
                native.drain();
                native.assert_in_step("while the first one sleeps");
                *seen.borrow_mut() = Some((state(native), dead(native)));
            });
            let Some((status, report)) = answer else { break };
            woke += 1;
            let case = format!("asleep before effect {effect}: {status} {report}");
            let (state_before, dead_before) = left.take().expect("it slept");
            native.assert_in_step(&case);
            assert_eq!(dead(&native), dead_before, "{case}");
            // One that had not drawn yet is a run of its own. Any other one's commit is too late.
            let after = state(&native);
            if after["reports"] == state_before["reports"] {
                assert_eq!(after["watermark"], state_before["watermark"], "{case}");
            } else {
                assert_eq!(after["reports"][1], state_before["reports"][0], "{case}");
                assert!(after["watermark"].as_str() >= state_before["watermark"].as_str(), "{case}");
            }
            native.drain();
            native.assert_in_step(&case);
        }
        native.add_record(1);
        native.drain();
        native.assert_in_step("after all of them");
        assert!(woke > 10, "{flow}: {woke} late awakenings");
        println!("{flow}: {woke} late awakenings");
    }
}

fn state(native: &Native) -> Value {
    let (status, state) = native.call("GET", "", "");
    assert_eq!(status, 200, "{state}");
    state
}

fn dead(native: &Native) -> Vec<String> {
    let (status, letters) = native.call("GET", "/dead", "");
    assert_eq!(status, 200, "{letters}");
    letters["letters"].as_array().expect("a list").iter().map(|letter| letter["id"].to_string()).collect()
}
