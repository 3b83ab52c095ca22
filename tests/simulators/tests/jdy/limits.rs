//! 500 calls a minute, 2 of the token endpoint, wherever the minute begins.

use ferry_platforms::Class;
use ferry_platforms::jdy::{CALLS_PER_MINUTE, TOKEN_CALLS_PER_MINUTE};
use ferry_simulators::jdy::{Fault, Misbehaviour, Op, OverQuota};

use crate::client::{Client, code, page, shop};

#[test]
fn no_minute_holds_more_than_500_calls() {
    for over in [OverQuota::Errcode, OverQuota::Http] {
        let mut client = Client::new(1);
        let start = client.jdy.now_ms();
        let at = |client: &Client, ms: i64| {
            client.jdy.set(|switches| switches.clock_stands_at_ms = Some(start + ms));
        };
        client.jdy.set(|switches| switches.over_quota = over);
        for call in 0..CALLS_PER_MINUTE {
            at(&client, i64::from(call) * 10);
            client.list(&page(1, 1)).unwrap();
        }
        at(&client, 5_000);
        let error = client.list(&page(1, 1)).unwrap_err();
        assert_eq!((error.class, error.code), (Class::RateLimit, "too_many_requests"));
        assert_eq!(client.save(&shop("1")).unwrap_err().class, Class::RateLimit);
        at(&client, 59_999);
        assert_eq!(code(client.list(&page(1, 1))), "too_many_requests");
        // One minute after the first call there is room for one, and no more.
        at(&client, 60_000);
        client.list(&page(1, 1)).unwrap();
        assert_eq!(code(client.list(&page(1, 1))), "too_many_requests");
        // Another token is no other quota.
        client.enter();
        assert_eq!(code(client.list(&page(1, 1))), "too_many_requests");
        client.jdy.set(|switches| switches.calls_per_minute = None);
        client.list(&page(1, 1)).unwrap();
    }
}

#[test]
fn the_token_endpoint_takes_two_calls_a_minute() {
    let client = Client::new(0);
    let authorisation = client.authorise().unwrap();
    // The client has one already.
    for _ in 1..TOKEN_CALLS_PER_MINUTE {
        client.ask_token(&authorisation).unwrap();
    }
    let error = client.ask_token(&authorisation).unwrap_err();
    assert_eq!((error.class, error.code), (Class::RateLimit, "too_many_requests"));
    // The authorisation has no such limit.
    assert_eq!(client.authorise().unwrap(), authorisation);
    client.jdy.set(|switches| switches.clock_offset_ms = 61_000);
    client.ask_token(&authorisation).unwrap();
    assert_eq!(client.jdy.tokens_given(), 3);
}

#[test]
fn a_call_too_many_on_command_is_told_alike() {
    let client = Client::new(0);
    client.jdy.arm(Fault::next(&[Op::Save], Misbehaviour::TooMany));
    assert_eq!(client.save(&shop("1")).unwrap_err().class, Class::RateLimit);
    assert!(client.jdy.customers().is_empty());
}
