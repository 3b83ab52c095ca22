//! Bills into 金蝶云星空: what a page costs, what becomes of each bill, and that none is saved twice, against the
//! strict simulator.

mod bench;
mod doubts;
#[path = "../fuse/mod.rs"]
mod fuse;
#[path = "../sources/world.rs"]
#[allow(dead_code, reason = "the tests of the sources use the rest")]
mod world;
#[path = "../written/mod.rs"]
mod written;

use bench::{Bench, FORM, bad, bill, bills, entry};
use ferry_simulators::galaxy::{
    AuditFailure, BatchFailure, Op, PartialFailure, RequiredWording, UnknownReference,
};
use ferry_sync::target::Outcome;
use serde_json::{Value, json};

fn audited(count: usize) -> Vec<(String, String, usize)> {
    (0..count).map(|n| (format!("T{n:02}"), "C".to_owned(), 2)).collect()
}

#[test]
fn a_page_of_fifty_new_bills_costs_two_looks_and_three_saves() {
    let bench = Bench::new();
    let written = bench.write(&bills(50));
    assert_eq!(written.count(&Outcome::Written), 50);
    assert_eq!((written.looks, written.writes), (2, 3));
    assert_eq!(bench.galaxy.called(Op::BatchSave), 3);
    assert_eq!(bench.stored(), audited(50));

    // A second time: one look.
    let again = bench.write(&bills(50));
    assert_eq!(again.count(&Outcome::AlreadyThere), 50);
    assert_eq!((again.looks, again.writes), (1, 0));
    assert!(bench.find(&bills(50)).iter().all(|found| *found));
    assert_eq!(bench.stored(), audited(50));
}

#[test]
fn calls_are_counted_by_the_erps_names_and_refused_bills_without_their_words() {
    let bench = Bench::with(|switches| switches.batch_failure = BatchFailure::RowByRow);
    let mut records = bills(20);
    records[7] = bad("T07");
    let written = bench.write(&records);
    assert_eq!(written.dead().len(), 1);
    let named = |name: &str| {
        written.called.iter().find(|one| one["interface"] == name).unwrap_or_else(|| panic!("{written:?}"))
    };
    let save = named("batchSave");
    assert_eq!((&save["calls"], &save["errors"]["business"]), (&json!(1), &json!(1)), "{save}");
    assert_eq!((&save["account"], &save["platform"]), (&json!("galaxy"), &json!("galaxy")));
    // What stood in the way may name anything of the bill: it is in the sealed letter.
    let error = &save["last_error"];
    assert_eq!(error["class"], "business");
    assert!(!error.to_string().contains("M-nowhere"), "{error}");
    let look = named("executeBillQuery");
    assert_eq!(look["errors"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>(), 0);
    let timed: u64 = look["latency"]["counts"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(look["calls"], json!(timed), "each was answered");
}

#[test]
fn a_bad_bill_dies_alone_whatever_its_place_and_however_the_erp_puts_it() {
    let settings = [
        (BatchFailure::RowByRow, PartialFailure::IsSuccessFalse),
        (BatchFailure::RowByRow, PartialFailure::IsSuccessTrue),
        (BatchFailure::Whole, PartialFailure::IsSuccessFalse),
        (BatchFailure::WholeUnnamed, PartialFailure::IsSuccessFalse),
    ];
    for (batch, partial) in settings {
        for place in [0, 1, 7, 18, 19] {
            let bench = Bench::with(|switches| {
                (switches.batch_failure, switches.partial_failure) = (batch, partial);
            });
            let mut records = bills(20);
            records[place] = bad(&format!("T{place:02}"));
            let written = bench.write(&records);
            assert_eq!(written.count(&Outcome::Written), 19, "{batch:?} {place}: {written:?}");
            let [Outcome::Dead(problem)] = &written.outcomes()[place..=place] else { panic!("{written:?}") };
            assert!(problem.message.contains("M-nowhere"), "the ERP's own words: {problem}");
            let expected: Vec<_> =
                audited(20).into_iter().filter(|(n, ..)| *n != format!("T{place:02}")).collect();
            assert_eq!(bench.stored(), expected);
            // Mended, it lands; the others are left alone.
            let again = bench.write(&bills(20));
            assert_eq!((again.count(&Outcome::Written), again.count(&Outcome::AlreadyThere)), (1, 19));
            assert_eq!(bench.stored(), audited(20));
        }
    }
}

#[test]
fn missing_fields_are_dead_letters_in_the_erps_words_whichever_they_are() {
    for wording in [RequiredWording::Required, RequiredWording::NotEmpty] {
        let bench = Bench::with(|switches| switches.required_wording = wording);
        let mut records = bills(3);
        records[1].as_object_mut().unwrap().remove("FRetcustId");
        let written = bench.write(&records);
        assert_eq!(written.dead().len(), 1, "{written:?}");
        assert_eq!(written.count(&Outcome::Written), 2);
    }
    // With IsVerifyBaseDataField no entry vanishes, whatever the ERP does without.
    let bench = Bench::with(|switches| switches.unknown_reference = UnknownReference::DropsEntry);
    assert_eq!(bench.write(&[bad("X")]).dead().len(), 1);
    assert!(bench.stored().is_empty());
}

#[test]
fn a_bill_is_delivered_when_it_is_audited_and_not_before() {
    let bench = Bench::new();
    for (number, status) in [("A", 'A'), ("B", 'B'), ("C", 'C'), ("D", 'D'), ("Z", 'Z')] {
        bench.galaxy.add_bill(FORM, &bill(number), status).unwrap();
    }
    let records = ["A", "B", "C", "D", "Z"].map(bill);
    assert_eq!(bench.find(&records), [false, false, true, false, false]);
    let written = bench.write(&records);
    assert_eq!(written.count(&Outcome::AlreadyThere), 4, "{written:?}");
    assert_eq!(written.dead(), [(4, "saved_not_audited".to_owned())], "a draft is somebody's own");
    let stored = bench.stored();
    assert!(stored[..4].iter().all(|(_, status, _)| status == "C"), "{stored:?}");
    assert_eq!(bench.galaxy.called(Op::BatchSave), 0);
    assert_eq!((bench.galaxy.called(Op::Submit), bench.galaxy.called(Op::Audit)), (1, 1));

    // Where no audit is asked for, saved is delivered.
    let bench = Bench { submit_and_audit: false, ..Bench::new() };
    bench.galaxy.add_bill(FORM, &bill("A"), 'A').unwrap();
    let written = bench.write(&[bill("A"), bill("N")]);
    assert_eq!(written.outcomes(), [Outcome::AlreadyThere, Outcome::Written]);
    assert_eq!((written.looks, written.writes), (1, 1));
    assert_eq!(bench.stored()[1].1, "A");
}

#[test]
fn a_refused_audit_is_a_dead_letter_that_says_so_however_the_answer_puts_it() {
    for failure in [AuditFailure::Refusal, AuditFailure::Both, AuditFailure::Silence] {
        let bench = Bench::with(|switches| switches.audit_failure = failure);
        bench.galaxy.refuse_audit(&["T01"]);
        let written = bench.write(&bills(3));
        assert_eq!(written.dead(), [(1, "saved_not_audited".to_owned())], "{failure:?}: {written:?}");
        assert_eq!(written.count(&Outcome::Written), 2);
        // Once the reason is gone, the bill that is there is audited, and no other saved.
        bench.galaxy.refuse_audit(&[]);
        let again = bench.write(&[bill("T01")]);
        assert_eq!(again.outcomes(), [Outcome::AlreadyThere]);
        assert_eq!(bench.stored(), audited(3));
    }
}

#[test]
fn a_quote_in_a_number_stays_in_the_number_and_its_case_too() {
    let bench = Bench::new();
    let numbers = ["O'Neil-1", "退货'；2", "a1", "A1"];
    let written = bench.write(&numbers.map(bill));
    assert_eq!(written.count(&Outcome::Written), 4, "{written:?}");
    let again = bench.write(&numbers.map(bill));
    assert_eq!(again.count(&Outcome::AlreadyThere), 4, "{again:?}");
    assert_eq!(bench.stored().len(), 4);
}

#[test]
fn a_text_that_a_firewall_dislikes_is_one_dead_letter_and_its_neighbours_land() {
    let bench = Bench::new();
    let mut records = bills(20);
    records[3] = bill("T03--1");
    let written = bench.write(&records);
    assert_eq!(written.dead(), [(3, "waf_refused".to_owned())], "{written:?}");
    assert_eq!((written.count(&Outcome::Written), bench.stored().len()), (19, 19));
}

#[test]
fn of_a_record_that_comes_twice_on_a_page_the_later_one_is_saved() {
    let bench = Bench::new();
    let mut later = bill("T00");
    later["FHeadNote"] = "后来的".into();
    let written = bench.write(&[bill("T00"), later]);
    assert_eq!(written.outcomes(), [Outcome::AlreadyThere, Outcome::Written]);
    let stored = bench.galaxy.bills(FORM).unwrap();
    assert_eq!((stored.len(), stored[0]["FHeadNote"].as_str()), (1, Some("后来的")));
}

#[test]
fn all_digits_of_a_quantity_arrive_and_what_is_absent_is_not_sent() {
    let bench = Bench::new();
    let mut record = bill("T00");
    record["FEntity"][0]["FRealQty"] = serde_json::from_str("123456789.123456789").unwrap();
    record["FHeadNote"] = Value::Null;
    bench.write(&[record]);
    let stored = bench.galaxy.bills(FORM).unwrap();
    assert_eq!(stored[0]["FEntity"][0]["FRealQty"].to_string().trim_matches('"'), "123456789.123456789");
}

fn versioned(number: &str, modified: &str, note: &str) -> Value {
    let mut bill = bill(number);
    (bill["FLinkPhone"], bill["FHeadNote"]) = (json!(modified), json!(note));
    bill
}

#[test]
fn bills_are_updated_by_newer_data_only_and_an_audited_one_says_that_it_cannot_be() {
    let bench =
        Bench { version: Some("FLinkPhone"), id_check: false, submit_and_audit: false, ..Bench::new() };
    let note = |bench: &Bench, at: usize| bench.galaxy.bills(FORM).unwrap()[at]["FHeadNote"].clone();
    let first = bench.write(&[
        versioned("T00", "2026-11-02 10:00:00", "一"),
        versioned("T01", "2026-11-02 10:00:00", "一"),
    ]);
    assert_eq!(first.count(&Outcome::Written), 2, "{first:?}");
    let second = bench.write(&[
        versioned("T00", "2026-11-02 11:00:00", "二"),
        versioned("T01", "2026-11-02 09:00:00", "旧"),
    ]);
    assert_eq!(second.outcomes(), [Outcome::Written, Outcome::AlreadyThere], "{second:?}");
    assert_eq!((note(&bench, 0), note(&bench, 1)), ("二".into(), "一".into()));
    assert_eq!(bench.stored().len(), 2);

    let bench = Bench { version: Some("FLinkPhone"), id_check: false, ..Bench::new() };
    bench.write(&[versioned("T00", "2026-11-02 10:00:00", "一")]);
    let same = bench.write(&[versioned("T00", "2026-11-02 10:00:00", "一")]);
    assert_eq!(same.outcomes(), [Outcome::AlreadyThere]);
    let newer = bench.write(&[versioned("T00", "2026-11-02 11:00:00", "二")]);
    assert_eq!(newer.dead(), [(0, "audited_cannot_be_updated".to_owned())]);
}

#[test]
fn a_flow_file_that_cannot_work_is_refused_with_the_reason() {
    let without_version = Bench { id_check: false, ..Bench::new() };
    assert!(without_version.refused().contains("nothing tells older data from newer"));
}

#[test]
fn a_session_that_is_lost_in_the_middle_of_a_page_is_renewed_once() {
    let bench = Bench { auth: "session", ..Bench::new() };
    bench.write(&bills(1));
    use ferry_simulators::galaxy::{Fault, Misbehaviour};
    bench.galaxy.arm(Fault::next(&[Op::BatchSave], Misbehaviour::SessionLost).skip(1));
    let before = bench.galaxy.called(Op::LoginByAppSecret);
    let written = bench.write(&bills(41));
    assert_eq!(written.count(&Outcome::Written), 40, "{written:?}");
    // Its own login, since every page here is an invocation with a store of its own, and one renewal.
    assert_eq!(bench.galaxy.called(Op::LoginByAppSecret) - before, 2);
    assert_eq!(bench.stored(), audited(41));
}

#[test]
fn an_entry_more_is_an_entry_more() {
    let bench = Bench::new();
    let mut many = bill("T00");
    many["FEntity"] = (0..300).map(|n| entry("M-1", &format!("{n}.5"))).collect();
    let written = bench.write(&[many]);
    assert_eq!(written.count(&Outcome::Written), 1);
    assert_eq!(bench.stored()[0].2, 300);
}
