//! Customers into 金蝶云星辰: what a page costs, what becomes of each customer, and that none is saved twice, against
//! the strict simulator.

mod bench;
mod doubts;
#[path = "../fuse/mod.rs"]
mod fuse;
#[path = "../sources/world.rs"]
#[allow(dead_code, reason = "the tests of the sources use the rest")]
mod world;
#[path = "../written/mod.rs"]
mod written;

use bench::{Bench, customer, customers, numbers, request};
use ferry_simulators::jdy::{
    AbsentCustomer, AuthoriseEnvelope, Change, Config, Duplicate, DuplicateWording, Fault, GatewayErrors,
    JarBody, Jdy, Misbehaviour, NewToken, NumberMissing, Op, OverPage, OverQuota, Running, SignedQuery,
    Switches, WindowEnd,
};
use ferry_sync::host::Clock as _;
use ferry_sync::target::Outcome;
use serde_json::{Value, json};
use std::time::Duration;

fn simulator() -> Running {
    Jdy::start(Config::default()).unwrap()
}

fn with(record: Value, fields: Value) -> Value {
    let mut record = record;
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    record
}

#[test]
fn a_new_customer_costs_a_look_and_a_save_and_one_that_is_known_a_look() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    let written = bench.write(&customers(30));
    assert_eq!(written.count(&Outcome::Written), 30);
    assert_eq!(bench.stored(), numbers(30));
    let called = [Op::Authorise, Op::AppToken, Op::List, Op::Detail, Op::Save].map(|op| jdy.called(op));
    assert_eq!(called, [1, 1, 0, 30, 30]);
    let counted: Vec<(&str, u64)> = written
        .called
        .iter()
        .map(|one| (one["interface"].as_str().unwrap(), one["calls"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        counted,
        [
            ("/jdyconnector/app_management/push_app_authorize", 1),
            ("/jdyconnector/app_management/kingdee_auth_token", 1),
            ("/jdy/v2/bd/customer_detail", 30),
            ("/jdy/v2/bd/customer", 30),
        ]
    );
    // The calls for the token are no looks.
    assert_eq!((written.looks, written.writes), (30, 32));

    let again = bench.write(&customers(30));
    assert_eq!(again.count(&Outcome::AlreadyThere), 30);
    assert_eq!((again.looks, again.writes), (30, 0));
    assert_eq!(bench.find(&customers(32)), [vec![true; 30], vec![false; 2]].concat());
}

#[test]
fn names_numbers_and_figures_arrive_to_the_last_character() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    let number = "店-7' \"A\"&b=c%20";
    let record = with(
        customer(number),
        serde_json::from_str(r#"{"name": "O'Neil “天猫” \\ 旗舰店", "addr": "南京路'1'号", "credit_limit": 12345678901234567890.123456789}"#)
            .unwrap(),
    );
    assert_eq!(bench.write(std::slice::from_ref(&record)).count(&Outcome::Written), 1);
    let there = jdy.customer(number).unwrap();
    assert_eq!(Value::from(there.name), record["name"]);
    assert_eq!(there.fields["credit_limit"].to_string(), "12345678901234567890.123456789");
    assert!(!there.fields.contains_key("group_number"), "what a record lacks is not sent");
    assert_eq!(bench.write(&[record]).count(&Outcome::AlreadyThere), 1);
    // A number of the source is a text here.
    assert_eq!(bench.write(&[json!({"number": 10394533, "name": "n"})]).count(&Outcome::Written), 1);
    assert!(jdy.customer("10394533").is_some());
}

#[test]
fn kept_customers_are_left_as_they_are_and_updated_ones_only_where_they_differ() {
    let jdy = simulator();
    let keeping = Bench::keeping(&jdy);
    let record = with(customer("S1"), json!({"addr": "南京路", "credit_limit": 2.5}));
    keeping.write(std::slice::from_ref(&record));
    let renamed = with(record.clone(), json!({"name": "新名"}));
    assert_eq!(keeping.write(std::slice::from_ref(&renamed)).count(&Outcome::AlreadyThere), 1);
    assert_eq!(jdy.customer("S1").unwrap().name, "店铺 S1");

    let updating = Bench::updating(&jdy);
    let same = updating.write(&[with(record.clone(), json!({"ignore_warn": true}))]);
    // It has a store of its own, and fetches a token.
    assert_eq!((same.count(&Outcome::AlreadyThere), same.writes), (1, 2), "the encrypted address is read");
    assert_eq!(jdy.called(Op::Save), 1);
    let id = jdy.customer("S1").unwrap().id;
    for change in [json!({"name": "新名"}), json!({"addr": "北京路"}), json!({"credit_limit": 2.51})] {
        let updated = updating.write(&[with(record.clone(), change.clone())]);
        assert_eq!(updated.count(&Outcome::Written), 1, "{change}");
    }
    assert_eq!(jdy.customers().len(), 1);
    let there = jdy.customer("S1").unwrap();
    assert_eq!((there.id, there.fields["credit_limit"].to_string()), (id, "2.51".to_owned()));
    assert_eq!(updating.write(&customers(2)).count(&Outcome::Written), 2);
}

#[test]
fn a_name_or_a_number_that_is_taken_kills_only_its_own_row() {
    for wording in [DuplicateWording::CommonCode, DuplicateWording::WordsAlone] {
        let jdy = simulator();
        jdy.set(|switches| switches.duplicate_wording = wording);
        jdy.change(&Change::Add { number: "other".into(), name: "店铺 S001".into() });
        let bench = Bench::keeping(&jdy);
        let written = bench.write(&customers(3));
        assert_eq!(written.dead(), [(1, "name_taken".to_owned())]);
        assert_eq!(written.count(&Outcome::Written), 2);
        let Outcome::Dead(problem) = &written.outcomes()[1] else { panic!("it is dead") };
        assert!(problem.message_zh.contains("客户名称已存在：店铺 S001"), "{problem:?}");

        let bad = with(customer("S9"), json!({"group_number": "nowhere"}));
        let allowed = with(customer("S001"), json!({"ignore_warn": true}));
        let written = bench.write(&[bad, allowed, json!({"number": " ", "name": "x"})]);
        let dead = [(0, "reference_missing".to_owned()), (2, "customer_without_number".to_owned())];
        assert_eq!(written.dead(), dead);
        assert_eq!(written.count(&Outcome::Written), 1);

        // Somebody else has made it between our look and our save.
        jdy.arm(Fault::next(
            &[Op::Save],
            Misbehaviour::Refuse {
                errcode: 1_030_002_002, description: "客户已存在，不能重复新增".into()
            },
        ));
        let refused = bench.write(&[customer("S7")]);
        assert_eq!(refused.dead(), [(0, "duplicate_number".to_owned())], "it is not there all the same");
        // An update that is refused for its name is not there as it should be.
        let updating = Bench::updating(&jdy);
        let written = updating.write(&[with(customer("S000"), json!({"name": "店铺 S001"}))]);
        assert_eq!(written.dead(), [(0, "name_taken".to_owned())]);
    }
}

#[test]
fn of_two_with_one_number_on_a_page_one_is_saved() {
    let jdy = simulator();
    for duplicate in [Duplicate::Refused, Duplicate::Updates] {
        jdy.reset();
        jdy.set(|switches| switches.duplicate = duplicate);
        let bench = Bench::keeping(&jdy);
        let later = with(customer("S1"), json!({"name": "later"}));
        let written = bench.write(&[customer("S1"), customer("S2"), later]);
        assert_eq!((written.count(&Outcome::Written), written.count(&Outcome::AlreadyThere)), (2, 1));
        assert_eq!((jdy.customers().len(), jdy.called(Op::Save)), (2, 2));
    }
}

#[test]
fn of_two_with_one_number_the_earlier_counts_where_the_later_is_refused() {
    for update in [false, true] {
        let jdy = simulator();
        let bench = if update { Bench::updating(&jdy) } else { Bench::keeping(&jdy) };
        let bad = with(customer("S1"), json!({"group_number": "nowhere"}));
        let written = bench.write(&[customer("S1"), customer("S1"), customer("S2"), bad]);
        assert_eq!(written.dead(), [(3, "reference_missing".to_owned())]);
        assert_eq!((written.count(&Outcome::Written), written.count(&Outcome::AlreadyThere)), (2, 1));
        assert_eq!(bench.stored(), ["S1", "S2"]);
    }
}

#[test]
fn those_without_a_number_are_not_one_customer() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    let nameless = |number: Value| json!({"number": number, "name": "x"});
    let written = bench.write(&[
        nameless(" ".into()),
        nameless(" ".into()),
        customer("S1"),
        nameless("".into()),
        nameless("".into()),
        nameless(Value::Null),
    ]);
    let dead = [0, 1, 3, 4, 5].map(|at| (at, "customer_without_number".to_owned()));
    assert_eq!(written.dead(), dead);
    assert_eq!((bench.stored(), written.looks), (vec!["S1".to_owned()], 1));
}

#[test]
fn one_that_somebody_else_makes_between_our_look_and_our_save_is_not_dead() {
    for wording in [DuplicateWording::CommonCode, DuplicateWording::WordsAlone] {
        for duplicate in [Duplicate::Refused, Duplicate::Updates] {
            for update in [false, true] {
                for theirs in ["店铺 S001", "theirs"] {
                    let jdy = simulator();
                    jdy.set(|switches| {
                        (switches.duplicate, switches.duplicate_wording) = (duplicate, wording);
                    });
                    let bench = if update { Bench::updating(&jdy) } else { Bench::keeping(&jdy) };
                    bench.write(&customers(1));
                    *bench.before_save.borrow_mut() =
                        Some(Change::Add { number: "S001".into(), name: theirs.into() });
                    let written = bench.write(&customers(3));
                    let case = format!("{wording:?} {duplicate:?} {update} {theirs}: {written:?}");
                    assert_eq!(written.dead(), [], "{case}");
                    assert!(!written.in_doubt);
                    assert_eq!(bench.stored(), numbers(3), "{case}");
                    let there = jdy.customer("S001").unwrap();
                    let is_kept = !update && duplicate == Duplicate::Refused;
                    assert_eq!(there.name, if is_kept { theirs } else { "店铺 S001" }, "{case}");
                    assert_eq!(there.fields.contains_key("remark"), !is_kept, "{case}");
                    let known = 1 + usize::from(is_kept);
                    assert_eq!(written.count(&Outcome::AlreadyThere), known, "{case}");
                }
            }
        }
    }
    // The name is looked at before the number.
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    *bench.before_save.borrow_mut() = Some(Change::Add { number: "S000".into(), name: "店铺 S000".into() });
    let description = "客户名称已存在：店铺 S000".to_owned();
    jdy.arm(Fault::next(&[Op::Save], Misbehaviour::Refuse { errcode: 1_100_002_001, description }));
    let written = bench.write(&customers(1));
    assert_eq!((written.count(&Outcome::AlreadyThere), written.looks), (1, 2), "{written:?}");
}

#[test]
fn what_was_never_sent_is_not_in_doubt() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    bench.denies_saves.set(true);
    let denied = bench.write(&customers(2));
    assert_eq!(denied.failed(), (ferry_platforms::Class::Fatal, false));
    assert_eq!(&*denied.result.unwrap_err().problem.code, "host_not_allowed");
    bench.denies_saves.set(false);
    // A few calls, and then none that could not end within the lease.
    bench.lease.set(Duration::from_secs(32));
    let late = bench.write(&customers(30));
    assert_eq!(late.failed(), (ferry_platforms::Class::RateLimit, false));
    let saved = bench.stored().len();
    assert!((1..30).contains(&saved), "{saved}");
    bench.lease.set(Duration::from_secs(600));
    assert_eq!(bench.write(&customers(30)).count(&Outcome::AlreadyThere), saved);
    assert_eq!((bench.stored(), jdy.called(Op::Save)), (numbers(30), 30));
}

#[test]
fn every_unconfirmed_behaviour_brings_each_customer_once() {
    type Turn = fn(&mut Switches);
    let turns: [(&str, Turn); 20] = [
        ("default", |_| {}),
        ("jar", |s| s.gateway_errors = GatewayErrors::Jar),
        ("jar, code", |s| (s.gateway_errors, s.jar_body) = (GatewayErrors::Jar, JarBody::Code)),
        ("jar, text", |s| (s.gateway_errors, s.jar_body) = (GatewayErrors::Jar, JarBody::Text)),
        ("signed query", |s| s.signed_query = SignedQuery::Raw),
        ("time stamp", |s| s.timestamp_tolerance_s = None),
        ("window", |s| s.window_end = WindowEnd::Outside),
        ("over quota", |s| s.over_quota = OverQuota::Http),
        ("envelope", |s| s.authorise_envelope = AuthoriseEnvelope::Errcode),
        ("domain", |s| s.token_names_domain = true),
        ("new token", |s| s.new_token = NewToken::EndsOld),
        ("duplicate", |s| s.duplicate = Duplicate::Updates),
        ("wording", |s| s.duplicate_wording = DuplicateWording::WordsAlone),
        ("number", |s| s.number_missing = NumberMissing::Refused),
        ("names", |s| s.warns_of_names = false),
        ("map", |s| s.fills_id_number_map = false),
        ("absent", |s| s.absent_customer = AbsentCustomer::Null),
        ("clamped", |s| s.over_page = OverPage::Clamped),
        ("served", |s| s.over_page = OverPage::Served),
        ("short secret", |s| s.secret_life_s = 300),
    ];
    for (name, turn) in turns {
        let jdy = simulator();
        jdy.set(turn);
        jdy.change(&Change::Add { number: "S003".into(), name: "旧".into() });
        for (after, bench) in [(0, Bench::keeping(&jdy)), (300, Bench::updating(&jdy))] {
            // Each has a store of its own, and does not know what the other used of the quota.
            bench.world.sleep(Duration::from_secs(after));
            // A token that ends on the way.
            jdy.arm(Fault::next(&[Op::Save, Op::Detail], Misbehaviour::TokenExpired).skip(5));
            let written = bench.write(&customers(12));
            assert_eq!(written.dead(), [], "{name}");
            assert_eq!(bench.stored(), numbers(12), "{name}");
            let known = if jdy.customer("S003").unwrap().name == "旧" { 1 } else { 12 };
            assert!(written.count(&Outcome::AlreadyThere) <= known, "{name}");
        }
        assert_eq!(jdy.customer("S003").unwrap().name, "店铺 S003", "{name}: updated at last");
    }
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_page_is_renewed_once() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    jdy.rotate_secrets();
    jdy.arm(Fault::next(&[Op::Save], Misbehaviour::TokenExpired).skip(3));
    let written = bench.write(&customers(8));
    assert_eq!((written.count(&Outcome::Written), written.in_doubt), (8, false));
    assert_eq!((jdy.tokens_given(), jdy.called(Op::AppToken)), (2, 2));
    assert_eq!(bench.stored(), numbers(8));
    // And kept for the next invocation.
    bench.write(&customers(8));
    assert_eq!(jdy.tokens_given(), 2);
}

fn refused_as_too_many(jdy: &Running) -> usize {
    let too_many = |answered: &String| answered.contains("errcode 429");
    jdy.calls().iter().filter(|call| call.answered.as_ref().is_some_and(too_many)).count()
}

#[test]
fn tokens_that_end_again_and_again_are_asked_for_twice_a_minute_at_most() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    let began = bench.world.monotonic();
    for at in [2, 4, 6, 8] {
        jdy.arm(Fault::next(&[Op::Save], Misbehaviour::TokenExpired).skip(at));
    }
    let mut records = customers(12);
    // One invocation may give up while it waits for the next minute; none is refused.
    let mut left = 20;
    while bench.write(&records).result.is_err() {
        left -= 1;
        assert!(left > 0, "it comes to an end");
        bench.world.sleep(Duration::from_secs(30));
    }
    assert_eq!(bench.stored(), numbers(12));
    assert_eq!(jdy.tokens_given(), 5);
    assert!(bench.world.monotonic() - began > Duration::from_secs(60), "five tokens take their time");
    assert_eq!(refused_as_too_many(&jdy), 0);
    records.truncate(1);
    assert_eq!(bench.write(&records).count(&Outcome::AlreadyThere), 1);
}

#[test]
fn no_more_calls_than_the_quota_allows_and_a_complaint_pauses_the_account() {
    let jdy = simulator();
    let bench = Bench::keeping(&jdy);
    let began = bench.world.monotonic();
    let written = bench.write(&customers(400));
    assert_eq!(written.count(&Outcome::Written), 400, "none was refused");
    assert!(bench.world.monotonic() - began > Duration::from_secs(90), "800 calls take their time");
    assert_eq!(refused_as_too_many(&jdy), 0);

    bench.world.sleep(Duration::from_secs(120));
    jdy.arm(Fault::next(&[Op::Save], Misbehaviour::TooMany));
    let refused = bench.write(&[customer("X")]);
    assert_eq!(refused.failed(), (ferry_platforms::Class::RateLimit, false), "nothing is in doubt");
    let calls = jdy.counters().total;
    assert_eq!(bench.write(&[customer("X")]).failed(), (ferry_platforms::Class::RateLimit, false));
    assert_eq!(jdy.counters().total, calls, "left alone");
    bench.world.sleep(Duration::from_secs(60));
    assert_eq!(bench.write(&[customer("X")]).count(&Outcome::Written), 1);
}

#[test]
fn what_forbids_the_flow_stops_it() {
    let jdy = simulator();
    for (turn, code) in [
        ((|s: &mut Switches| s.whitelisted = false) as fn(&mut Switches), "ip_refused"),
        (|s: &mut Switches| s.forbidden = vec![Op::Save], "no_permission"),
    ] {
        jdy.reset();
        jdy.set(turn);
        let bench = Bench::keeping(&jdy);
        let written = bench.write(&customers(2));
        assert_eq!(written.failed(), (ferry_platforms::Class::Fatal, false));
        assert_eq!(&*written.result.unwrap_err().problem.code, code);
        assert!(jdy.customers().is_empty());
    }
}

#[test]
fn a_flow_file_that_would_lose_or_double_something_is_refused() {
    let jdy = simulator();
    let refused = |change: &dyn Fn(&mut Vec<Value>), id_check: bool| {
        let mut fields = request().as_array().unwrap().clone();
        change(&mut fields);
        Bench::new(&jdy, Value::Array(fields), id_check).refused()
    };
    assert!(refused(&|fields| drop(fields.remove(1)), true).contains("nothing is mapped to number"));
    let misspelt = |fields: &mut Vec<Value>| fields[5]["field"] = "groupNumber".into();
    assert!(refused(&misspelt, true).contains("did you mean group_number?"));
    let own_id =
        |fields: &mut Vec<Value>| fields.push(json!({"field": "id", "type": "string", "value": "1"}));
    assert!(refused(&own_id, true).contains("Ferry finds the id by the number"));
    let contacts = |fields: &mut Vec<Value>| {
        fields.push(json!({"field": "contact_persons", "type": "array", "value": "1",
            "children": [{"field": "contact_person", "type": "string", "value": "{name}"}]}));
    };
    assert!(refused(&contacts, false).contains("contacts are not updated"));
    let mut fields = request().as_array().unwrap().clone();
    contacts(&mut fields);
    let bench = Bench::new(&jdy, Value::Array(fields), true);
    assert_eq!(bench.write(&customers(1)).count(&Outcome::Written), 1);
    assert_eq!(jdy.customers()[0].contacts.len(), 1);
}
