//! Five calls a second, a hundred a minute, wherever they begin.

use ferry_platforms::Class;
use ferry_platforms::jushuitan::{Api, LIMITS};
use ferry_simulators::jushuitan::{Codes, QuotaScope, RefusedCalls};

use crate::client::{BOTH, Client, window};

/// A client and a clock that stands still, a minute after the token was fetched.
fn limited(api: Api) -> Client {
    let client = Client::new(api);
    let now = client.running.now_ms();
    client.running.set(|switches| {
        switches.calls_per_second = Some(LIMITS[0].calls as usize);
        switches.calls_per_minute = Some(LIMITS[1].calls as usize);
        switches.clock_stands_at_ms = Some(now + 60_000);
    });
    client
}

fn later(client: &Client, ms: i64) {
    client.running.set(|switches| switches.clock_offset_ms += ms);
}

#[test]
fn the_sixth_call_of_a_second_is_refused() {
    for api in BOTH {
        let client = limited(api);
        let refused = (0..6).filter_map(|_| client.inout(&window()).err()).collect::<Vec<_>>();
        assert_eq!(refused.len(), 1);
        assert_eq!((refused[0].class, refused[0].code), (Class::RateLimit, "too_many_requests"));
        let code = if api == Api::Current { "199" } else { "200" };
        assert_eq!(refused[0].vendor_code.as_deref(), Some(code));
        later(&client, 999);
        assert!(client.inout(&window()).is_err());
        later(&client, 1);
        assert!(client.inout(&window()).is_ok());
    }
}

#[test]
fn the_hundred_and_first_call_of_a_minute_is_refused() {
    let client = limited(Api::Current);
    for _ in 0..100 {
        client.inout(&window()).unwrap();
        later(&client, 500);
    }
    let error = client.inout(&window()).unwrap_err();
    assert_eq!((error.class, error.vendor_code.as_deref()), (Class::RateLimit, Some("200")));
    // The first call is 50 s old and counts until it is 60: the minute slides.
    later(&client, 9999);
    assert!(client.inout(&window()).is_err());
    later(&client, 1);
    assert!(client.inout(&window()).is_ok());
}

#[test]
fn refused_calls_count_or_not() {
    for (refused_calls, freed) in [(RefusedCalls::NotCounted, true), (RefusedCalls::Counted, false)] {
        let client = limited(Api::Current);
        client.running.set(|switches| switches.refused_calls = refused_calls);
        for _ in 0..5 {
            client.inout(&window()).unwrap();
        }
        later(&client, 600);
        for _ in 0..5 {
            client.inout(&window()).unwrap_err();
        }
        later(&client, 500);
        assert_eq!(client.inout(&window()).is_ok(), freed);
    }
}

#[test]
fn the_calls_of_an_app_count_together_or_by_interface() {
    for (scope, together) in [(QuotaScope::App, true), (QuotaScope::Interface, false)] {
        for codes in [Codes::Current, Codes::Older] {
            let client = limited(Api::Current);
            client.running.set(|switches| {
                switches.quota_scope = scope;
                switches.codes = codes;
            });
            for _ in 0..5 {
                client.inout(&window()).unwrap();
            }
            assert_eq!(
                client.shops(1, 100).err().map(|error| error.class),
                together.then_some(Class::RateLimit)
            );
        }
    }
}
