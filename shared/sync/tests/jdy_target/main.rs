//! Customers into 金蝶云星辰: what each costs, and that none is there twice, against the strict simulator.

mod bench;
#[path = "../sources/world.rs"]
#[allow(dead_code, reason = "the tests of the sources use the rest")]
mod world;

use bench::{Bench, shop, shops};
use ferry_platforms::Class;
use ferry_simulators::jdy::{
    AbsentCustomer, Duplicate, DuplicateWording, Fault, GatewayErrors, Misbehaviour, NewToken, Op,
};
use ferry_sync::target::Outcome;
use serde_json::json;

#[test]
fn a_new_customer_costs_a_look_and_a_save_and_one_that_is_there_a_look() {
    let bench = Bench::new();
    let written = bench.write(&shops(20));
    assert_eq!(written.count(&Outcome::Written), 20, "{written:?}");
    // The two calls of the login are the first of the looks.
    assert_eq!((written.looks, written.writes), (20, 20));
    assert_eq!(
        bench.stored(),
        (0..20).map(|n| (format!("{}", 1000 + n), bench::name(n))).collect::<Vec<_>>()
    );
    let again = bench.write(&shops(20));
    assert_eq!((again.count(&Outcome::AlreadyThere), again.writes), (20, 0));
    assert!(again.found.iter().all(|found| *found));
}

#[test]
fn a_number_from_an_integer_is_a_text_on_the_wire_and_what_is_absent_is_not_sent() {
    let bench = Bench::new();
    let mut record = shop(1);
    (record["number"], record["remark"]) = (json!(10394533), json!(null));
    assert_eq!(bench.write(&[record]).outcomes(), [Outcome::Written]);
    assert_eq!(bench.stored()[0].0, "10394533");
    assert_eq!(
        bench.write(&[json!({"number": "", "name": "x"})]).dead(),
        [(0, "customer_without_number".to_owned())]
    );
}

#[test]
fn an_existing_number_is_left_alone_or_updated_as_id_check_says() {
    for duplicate in [Duplicate::Refused, Duplicate::Updates] {
        let bench = Bench::with(|switches| switches.duplicate = duplicate);
        bench.write(&shops(3));
        let mut changed = shops(3);
        changed[1]["name"] = "改名'后\"".into();
        let kept = bench.write(&changed);
        assert_eq!((kept.count(&Outcome::AlreadyThere), kept.writes), (3, 0), "{kept:?}");
        let bench = Bench { id_check: false, ..bench };
        let updated = bench.write(&changed);
        assert_eq!(updated.outcomes(), [Outcome::AlreadyThere, Outcome::Written, Outcome::AlreadyThere]);
        assert_eq!(updated.writes, 1, "what is the same is not written");
        assert_eq!((bench.stored().len(), bench.stored()[1].1.as_str()), (3, "改名'后\""));
    }
}

#[test]
fn a_name_that_another_customer_has_is_a_dead_letter_and_its_neighbours_land() {
    for wording in [DuplicateWording::CommonCode, DuplicateWording::WordsAlone] {
        let bench = Bench::with(|switches| {
            (switches.warns_of_names, switches.duplicate_wording) = (true, wording);
        });
        bench.write(&[shop(1)]);
        let mut same = shop(2);
        same["name"] = bench::name(1).into();
        let written = bench.write(&[same, shop(3)]);
        assert_eq!(written.dead().len(), 1, "{written:?}");
        assert_eq!((written.count(&Outcome::Written), bench.stored().len()), (1, 2));
    }
}

#[test]
fn the_later_of_two_rows_with_one_number_counts() {
    let bench = Bench::new();
    let mut later = shop(1);
    later["name"] = "后来的".into();
    let written = bench.write(&[shop(1), later]);
    assert_eq!(written.outcomes(), [Outcome::AlreadyThere, Outcome::Written]);
    assert_eq!(bench.stored(), [("1001".to_owned(), "后来的".to_owned())]);
}

#[test]
fn a_lost_answer_leaves_the_customer_in_doubt_and_the_next_look_settles_it() {
    for duplicate in [Duplicate::Refused, Duplicate::Updates] {
        for (fault, class) in [
            (Misbehaviour::DropAfter, Class::Transport),
            (Misbehaviour::DropBefore, Class::Transport),
            (Misbehaviour::HalfJson, Class::Transport),
            (Misbehaviour::Html, Class::Fatal),
        ] {
            let bench = Bench::with(|switches| switches.duplicate = duplicate);
            bench.jdy.arm(Fault::next(&[Op::Save], fault.clone()).skip(3));
            let written = bench.write(&shops(6));
            assert_eq!(written.failed(), (class, true), "{fault:?}: {written:?}");
            let saved = bench.stored().len();
            assert!((3..=4).contains(&saved));
            let again = bench.write(&shops(6));
            assert_eq!(again.count(&Outcome::AlreadyThere), saved, "{fault:?}");
            assert_eq!((again.count(&Outcome::Written), bench.stored().len()), (6 - saved, 6));
        }
    }
}

#[test]
fn a_look_that_fails_leaves_nothing_in_doubt_however_an_absent_customer_looks() {
    for absent in [AbsentCustomer::Error, AbsentCustomer::Null] {
        let bench = Bench::with(|switches| switches.absent_customer = absent);
        bench.jdy.arm(Fault::next(&[Op::Detail], Misbehaviour::DropBefore).skip(2));
        assert_eq!(bench.write(&shops(2)).failed(), (Class::Transport, false));
        assert_eq!(bench.write(&shops(2)).count(&Outcome::Written), 2);
    }
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_page_is_renewed_once() {
    for (errors, new_token) in
        [(GatewayErrors::Norm, NewToken::KeepsOld), (GatewayErrors::Jar, NewToken::EndsOld)]
    {
        let bench =
            Bench::with(|switches| (switches.gateway_errors, switches.new_token) = (errors, new_token));
        bench.jdy.arm(Fault::next(&[Op::Save], Misbehaviour::TokenExpired).skip(2));
        let written = bench.write(&shops(5));
        assert_eq!(written.count(&Outcome::Written), 5, "{errors:?}: {written:?}");
        assert_eq!((bench.jdy.tokens_given(), bench.stored().len()), (2, 5));
    }
}

#[test]
fn killed_between_any_two_calls_each_customer_is_there_once() {
    let mut call = 0;
    loop {
        let mut lived = false;
        for done in [false, true] {
            let bench = Bench::with(|switches| switches.duplicate = Duplicate::Updates);
            if !bench.write_killed_at(call, done, &shops(4)) {
                lived = true;
                continue;
            }
            bench.write(&shops(4));
            assert_eq!(bench.stored().len(), 4, "call {call}, done {done}");
        }
        if lived {
            break;
        }
        call += 1;
    }
    assert_eq!(call, 4 + 10, "a login of two calls, four looks of the comparison, and four of each");
}

#[test]
fn five_hundred_calls_a_minute_and_two_for_tokens_are_kept_to() {
    let bench = Bench::new();
    let written = bench.write(&shops(600));
    assert_eq!(written.count(&Outcome::Written), 600, "nothing was refused: {:?}", written.dead());
    assert!(written.took.as_secs() >= 1200 * 60 / 500 - 1, "{:?}", written.took);
}
