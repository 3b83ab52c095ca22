//! Faults, changes in the middle of a scan, the clock.

use std::time::{Duration, Instant};

use ferry_simulators::galaxy::{AuditStamps, Change, Fault, Material, Misbehaviour, Op, Patch, Work};
use serde_json::{Value, json};

use crate::client::{Client, QUERY, code, delivery, page, with_material};

#[test]
fn faults_that_drop_do_and_leave_undone_what_they_say() {
    let client = with_material();
    let save = |number: &str| {
        client.send("Save", &json!({"formid": "STK_MisDelivery", "data": {"Model": delivery(number)}}))
    };
    let stored = || client.galaxy.bills("STK_MisDelivery").unwrap().len();
    let next = |what| client.galaxy.arm(Fault::next(&[Op::Save], what));

    next(Misbehaviour::DropBefore);
    assert!(save("A").is_err());
    assert_eq!(stored(), 0);

    next(Misbehaviour::DropAfter);
    assert!(save("A").is_err());
    assert_eq!(stored(), 1);

    next(Misbehaviour::DropThenWork { after_ms: 300 });
    assert!(save("B").is_err());
    assert_eq!(stored(), 1);
    let deadline = Instant::now() + Duration::from_secs(10);
    while stored() == 1 {
        assert!(Instant::now() < deadline, "the work was never done");
        std::thread::sleep(Duration::from_millis(20));
    }

    next(Misbehaviour::DropMidAnswer);
    assert!(save("C").is_err());
    assert_eq!(stored(), 3);

    next(Misbehaviour::Http500 { work: Work::Undone });
    assert_eq!(save("D").unwrap().status, 500);
    assert_eq!(stored(), 3);
    next(Misbehaviour::Http500 { work: Work::Done });
    assert_eq!(save("D").unwrap().status, 500);
    assert_eq!(stored(), 4);

    next(Misbehaviour::HalfJson);
    assert!(serde_json::from_slice::<Value>(&save("E").unwrap().body).is_err());
    assert_eq!(stored(), 5);
    assert!(client.galaxy.faults().iter().all(|armed| armed.fired == 1));
    let calls = client.galaxy.calls();
    assert_eq!(calls[0].fault.as_deref(), Some("drop_before"));
    assert_eq!(calls[0].status, None);
    assert!(
        calls[2].answered.as_deref().unwrap().starts_with("dropped, worked later: done 1"),
        "{:?}",
        calls[2]
    );
    assert_eq!(client.galaxy.counters().faults, 7);
}

#[test]
fn faults_that_answer_nonsense_do_so() {
    let mut client = Client::new(50);
    let send = |client: &Client| client.send("ExecuteBillQuery", &page(json!({}))).unwrap();
    let next = |client: &Client, what| client.galaxy.arm(Fault::next(QUERY, what));

    next(&client, Misbehaviour::Html);
    let got = send(&client);
    assert!(got.status == 200 && got.body.starts_with(b"<!DOCTYPE"));

    next(&client, Misbehaviour::Garbage);
    assert!(std::str::from_utf8(&send(&client).body).is_err());

    next(&client, Misbehaviour::Redirect { to: "http://elsewhere.invalid/".into() });
    let got = send(&client);
    assert_eq!((got.status, got.location.as_deref()), (302, Some("http://elsewhere.invalid/")));

    next(&client, Misbehaviour::CallLimit);
    assert_eq!(*code(&client.query(json!({}))), 14);

    next(&client, Misbehaviour::SessionLost);
    assert_eq!(*code(&client.query(json!({}))), 1);
    assert_eq!(*code(&client.query(json!({}))), 1);
    assert_eq!(client.login()["LoginResultType"], 1);
    assert_eq!(client.ids(json!({})).len(), 10);

    next(&client, Misbehaviour::Delay { ms: 200 });
    let started = Instant::now();
    send(&client);
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[test]
fn faults_of_pages_repeat_forget_and_empty_them() {
    let client = Client::new(50);
    let first = client.ids(json!({"FilterString": "FMATERIALID>0"}));
    let after = json!({"FilterString": format!("FMATERIALID>{}", first[9])});
    for what in [Misbehaviour::RepeatPreviousPage, Misbehaviour::IgnoreKeyFilter] {
        client.galaxy.arm(Fault::next(QUERY, what));
        assert_eq!(client.ids(after.clone()), first);
    }
    client.galaxy.arm(Fault::next(QUERY, Misbehaviour::EmptyPage));
    assert_eq!(client.query(after.clone()), json!([]));
    assert!(client.ids(after)[0] > first[9]);
}

#[test]
fn data_move_in_the_middle_of_a_scan() {
    let client = Client::new(50);
    let ids: Vec<i64> = client.galaxy.expected("").unwrap().iter().map(|m| m.id).collect();
    let set = Box::new(Patch { name: Some("改".into()), ..Patch::default() });
    client.galaxy.change_after_query(2, Change::Modify { ids: vec![ids[0]], set });
    client.galaxy.change_after_query(2, Change::Delete { ids: vec![ids[1]] });
    client.ids(json!({}));
    assert_eq!(client.galaxy.count(), 50);
    // The answer is made before the change.
    assert_eq!(client.ids(json!({}))[..2], ids[..2]);
    assert_eq!(client.galaxy.count(), 49);
    assert_eq!(client.ids(json!({}))[..2], [ids[0], ids[2]]);
    assert_eq!(client.galaxy.material(ids[0]).unwrap().name, "改");
}

#[test]
fn an_audit_touches_the_dates_that_its_switch_says() {
    let client = Client::new(0);
    for (id, stamps) in [(1, AuditStamps::ApproveDate), (2, AuditStamps::BothDates)] {
        let fresh = Material { id, document_status: 'B', approve_date: None, ..Material::default() };
        client.galaxy.add(vec![fresh.clone()]);
        client.galaxy.set(|switches| switches.audit_stamps = stamps);
        assert_eq!(client.galaxy.change(&Change::Audit { ids: vec![id, 99] }), 1);
        let audited = client.galaxy.material(id).unwrap();
        assert!(audited.approve_date > Some(fresh.modify_date));
        assert_eq!(audited.modify_date == fresh.modify_date, stamps == AuditStamps::ApproveDate);
    }
}

#[test]
fn the_clock_can_be_moved() {
    let client = Client::new(1);
    let id = client.galaxy.expected("").unwrap()[0].id;
    let before = httpdate(&client);
    client.galaxy.set(|switches| switches.clock_offset_ms = 86_400_000);
    // A day later the session has expired; the Date header and the stamps are of tomorrow.
    assert_eq!(*code(&client.query(json!({}))), 1);
    assert_ne!(httpdate(&client)[..16], before[..16]);
    client.galaxy.change(&Change::Modify { ids: vec![id], set: Box::default() });
    let old = client.galaxy.material(id).unwrap().modify_date;
    client.galaxy.set(|switches| switches.clock_offset_ms = 0);
    client.galaxy.change(&Change::Modify { ids: vec![id], set: Box::default() });
    assert!(client.galaxy.material(id).unwrap().modify_date < old);
}

fn httpdate(client: &Client) -> String {
    client.send("ExecuteBillQuery", &page(json!({}))).unwrap().date
}
