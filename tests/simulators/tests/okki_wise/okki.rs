//! OKKI's token, its details, its refusals.

use std::collections::BTreeSet;
use std::thread;

use ferry_platforms::Class;
use ferry_platforms::okki::{self, CompanyRef, OrderRef};
use ferry_simulators::okki::{
    Change, DeletedDetail, Fault, Misbehaviour, MissingScope, NotFound, Op, Reissue, Unauthorized,
};
use serde_json::{Value, json};

use crate::wire::{AtOkki, answer, kind};

const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_login_is_accepted_as_json_and_as_a_form_and_refused_by_name() {
    let at = AtOkki::new(0);
    assert!(at.token().access_token.split('.').count() == 3);
    let login = |secret: &str, scope: &str| {
        let account = AtOkki::account(&at.simulator, secret, scope);
        okki::read_token(&answer(okki::request_token(&account)), at.now())
    };
    let secret = at.simulator.credentials().client_secret;
    assert_eq!(kind(login("wrong", "invoices")), (Class::Credentials, "login_refused"));
    assert_eq!(kind(login(&secret, "invoices lead")), (Class::Fatal, "wrong_scope"));

    let post = |form: &[(&str, &str)]| {
        let url = format!("{}/v1/oauth2/access_token", at.simulator.url());
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut response = agent.post(url).send_form(form.iter().copied()).unwrap();
        (response.status().as_u16(), response.body_mut().read_json::<Value>().unwrap())
    };
    let id = at.simulator.credentials().client_id;
    let good = [
        ("grant_type", "client_credentials"),
        ("client_id", &id),
        ("client_secret", &secret),
        ("scope", "invoices"),
    ];
    let (status, body) = post(&good);
    assert_eq!((status, &body["token_type"], body.get("refresh_token")), (200, &json!("Bearer"), None));
    let (status, body) = post(&good[..3]);
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
    let other = [("grant_type", "password"), good[1], good[2], good[3]];
    assert_eq!(post(&other).1["error"], "unsupported_grant_type");
    // No secret in the log of calls.
    let shown = format!("{:?}", at.simulator.calls());
    assert!(!shown.contains(&secret), "{shown}");
}

#[test]
fn an_expired_token_is_noticed_however_it_is_refused_and_a_new_one_works() {
    for unauthorized in [Unauthorized::Http401, Unauthorized::Http200] {
        for (reissue, expires_in) in [(Reissue::Same, false), (Reissue::Another, true)] {
            let at = AtOkki::new(3);
            at.simulator
                .set(|s| (s.unauthorized, s.reissue, s.expires_in) = (unauthorized, reissue, expires_in));
            let first = at.token();
            assert_eq!(at.list(&first, &at.page(1, 10)).unwrap().orders.len(), 3);

            // Asked for again within its eight hours, it does not live longer, whatever we believe.
            at.simulator.set(|s| s.clock_offset_ms = 7 * HOUR_MS);
            let again = at.token();
            assert_eq!(again.access_token == first.access_token, reissue == Reissue::Same);
            let believed = if expires_in { 8 * 3600 } else { 15 * 3600 };
            assert!(
                (again.expires_at - first.expires_at + 8 * 3600 - believed).abs() <= 2,
                "{again:?} {first:?}"
            );
            at.simulator.set(|s| s.clock_offset_ms = 8 * HOUR_MS + 1000);
            for token in [&first, &again] {
                assert_eq!(kind(at.list(token, &at.page(1, 10))), (Class::Credentials, "token_expired"));
                assert_eq!(
                    kind(at.info(token, &OrderRef::Id("1".into()))),
                    (Class::Credentials, "token_expired")
                );
            }
            let renewed = at.token();
            assert_eq!(at.list(&renewed, &at.page(1, 10)).unwrap().orders.len(), 3);

            at.simulator.end_tokens();
            assert_eq!(kind(at.list(&renewed, &at.page(1, 10))).0, Class::Credentials);
        }
    }
}

#[test]
fn a_token_without_the_scope_of_a_module_is_refused_for_good() {
    for missing in [MissingScope::Http401, MissingScope::Code403] {
        let at = AtOkki::with_scope(1, "company");
        at.simulator.set(|s| s.missing_scope = missing);
        let token = at.token();
        assert_eq!(kind(at.list(&token, &at.page(1, 10))), (Class::Fatal, "no_permission"));
        let company = okki::company_info(&at.account, &token, &CompanyRef::Serial("C0007".into()));
        assert_eq!(okki::read_company_info(&answer(company)).unwrap()["serial_id"], "C0007");

        let at = AtOkki::with_scope(1, "");
        at.simulator.set(|s| s.missing_scope = missing);
        let token = at.token();
        assert_eq!(at.list(&token, &at.page(1, 10)).unwrap().orders.len(), 1);
        let company = okki::company_info(&at.account, &token, &CompanyRef::Serial("C0007".into()));
        assert_eq!(kind(okki::read_company_info(&answer(company))), (Class::Fatal, "no_permission"));
    }
}

#[test]
fn a_detail_is_the_whole_order_with_all_its_digits() {
    let at = AtOkki::new(20);
    for code in [200, 0] {
        at.simulator.set(|s| s.success_code = code);
        let token = at.token();
        for order in at.simulator.orders() {
            let id = okki::order_id(&order).unwrap();
            let got = at.info(&token, &OrderRef::Id(id)).unwrap();
            assert_eq!(got.to_string(), order.to_string());
            let number = order["order_no"].as_str().unwrap().to_owned();
            assert_eq!(at.info(&token, &OrderRef::Number(number)).unwrap(), order);
        }
    }
    let odd = json!({"order_id": 1, "order_no": "订单 &1'+\"%", "name": "x"});
    at.simulator.add(vec![odd]);
    let token = at.token();
    let got = at.info(&token, &OrderRef::Number("订单 &1'+\"%".into())).unwrap();
    assert_eq!(got["order_id"], 1);
    assert!(okki::updated_at(&got).is_some_and(|at_| (at_ - at.now()).abs() < 5));
    // The row of the list has the customer's number, the customer itself has it too.
    let row = &at.list(&token, &at.page(1, 10)).unwrap().orders[1];
    let id = row["company"]["company_id"].to_string();
    let company = okki::company_info(&at.account, &token, &CompanyRef::Id(id));
    let company = okki::read_company_info(&answer(company)).unwrap();
    assert_eq!(
        (&company["serial_id"], row["company"].get("is_archive")),
        (&row["company"]["serial_id"], None)
    );
    assert!(row.get("product_list").is_none());
}

#[test]
fn a_record_that_is_not_there_is_an_error_of_its_row_however_it_is_said() {
    for not_found in [NotFound::Code, NotFound::Http404] {
        let at = AtOkki::new(1);
        at.simulator.set(|s| s.not_found = not_found);
        let token = at.token();
        assert_eq!(kind(at.info(&token, &OrderRef::Id("77".into()))), (Class::Row, "not_found"));
        let company = okki::company_info(&at.account, &token, &CompanyRef::Id("77".into()));
        assert_eq!(kind(okki::read_company_info(&answer(company))), (Class::Row, "not_found"));

        let id = at.simulator.orders()[0]["order_id"].as_i64().unwrap();
        assert_eq!(at.simulator.change(&Change::Delete { ids: vec![id] }), 1);
        let deleted = OrderRef::Id(id.to_string());
        assert_eq!(kind(at.info(&token, &deleted)), (Class::Row, "not_found"));
        at.simulator.set(|s| s.deleted_detail = DeletedDetail::Given);
        assert_eq!(at.info(&token, &deleted).unwrap()["order_id"], id);
    }
}

#[test]
fn the_most_calls_at_once_are_measured_by_operation() {
    let at = AtOkki::new(12);
    let token = at.token();
    at.simulator.clear_log();
    at.simulator.arm(Fault { times: None, ..Fault::next(&[Op::OrderInfo], Misbehaviour::Delay { ms: 250 }) });
    let ids: Vec<String> = at.simulator.orders().iter().filter_map(okki::order_id).collect();
    thread::scope(|scope| {
        for part in ids.chunks(ids.len() / okki::DETAILS_AT_ONCE) {
            let (at, token) = (&at, &token);
            scope.spawn(move || {
                for id in part {
                    at.info(token, &OrderRef::Id(id.clone())).unwrap();
                }
            });
        }
        at.list(&token, &at.page(1, 10)).unwrap();
    });
    assert_eq!(at.simulator.most_at_once(Op::OrderInfo), okki::DETAILS_AT_ONCE);
    assert_eq!(at.simulator.most_at_once(Op::OrderList), 1);
    assert_eq!(at.simulator.called(Op::OrderInfo), 12);
    assert!(at.simulator.calls().iter().any(|call| call.concurrent > 1));
    at.simulator.clear_log();
    assert_eq!(at.simulator.most_at_once(Op::OrderInfo), 0);
}

#[test]
fn a_limit_of_calls_counts_over_a_sliding_minute() {
    let at = AtOkki::new(1);
    let token = at.token();
    at.simulator.set(|s| s.limit_per_minute = Some(3));
    let ask = || at.list(&token, &at.page(1, 10));
    let allowed: BTreeSet<bool> = (0..3).map(|_| ask().is_ok()).collect();
    assert_eq!(allowed, BTreeSet::from([true]));
    assert_eq!(kind(ask()), (Class::RateLimit, "too_many_requests"));
    at.simulator.set(|s| s.clock_offset_ms = 50_000);
    assert_eq!(kind(ask()), (Class::RateLimit, "too_many_requests"));
    at.simulator.set(|s| s.clock_offset_ms = 61_000);
    assert!(ask().is_ok());
    at.simulator.set(|s| s.limit_per_minute = None);
    assert!((0..5).all(|_| ask().is_ok()));
}

#[test]
fn calls_that_are_not_right_are_refused() {
    let at = AtOkki::new(1);
    let token = at.token();
    let list = |name: &str, value: &str| {
        let more = vec![(name.to_owned(), value.to_owned())];
        at.list(&token, &okki::OrderList { more, ..at.page(1, 10) })
    };
    for (name, value) in
        [("approvel", "1"), ("approval", "yes"), ("status", "x"), ("count", "20"), ("removed", "2")]
    {
        assert_eq!(kind(list(name, value)), (Class::Fatal, "wrong_request"), "{name}={value}");
    }
    // As 0 it would list the orders whose status is 0: none. The client does not send it.
    assert_eq!(list("status", "0").unwrap().total, Some(1));
    assert_eq!(list("status", "1101043688").unwrap().total, Some(1));
    assert_eq!(list("status", "7").unwrap().total, Some(0));
    let wrong = okki::OrderList { start_time: "2024/01/29".into(), ..at.page(1, 10) };
    assert_eq!(kind(at.list(&token, &wrong)), (Class::Fatal, "wrong_request"));
    assert_eq!(kind(at.list(&token, &at.page(0, 10))), (Class::Fatal, "wrong_request"));
    assert_eq!(kind(at.info(&token, &OrderRef::Id("x".into()))), (Class::Fatal, "wrong_request"));

    let other = okki::Token { access_token: "eyJ0.e30.c2ln".into(), ..token };
    assert_eq!(kind(at.list(&other, &at.page(1, 10))), (Class::Credentials, "token_expired"));
    let elsewhere = ureq::get(format!("{}/v1/invoices/order/info/detail", at.simulator.url())).call();
    assert!(matches!(elsewhere, Err(ureq::Error::StatusCode(404))));
    let wrong_method = ureq::post(format!("{}/v1/invoices/order/list", at.simulator.url())).send_empty();
    assert!(matches!(wrong_method, Err(ureq::Error::StatusCode(405))));
}
