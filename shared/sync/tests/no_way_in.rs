//! Nobody gets in without the token that a route asks for, and nothing in a URL reaches another flow's state.

mod world;

use ferry_sync::host::{Host, Store, StoreError};
use ferry_sync::webhook::{ROUTES, Scope, handle};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use std::cell::RefCell;
use world::{FLOW_FILE, Given, World};

const FLOW: &str = "galaxy-materials-to-mysql";
const RUN: &str = "run-run-run-run-run-run-run";
const ADMIN: &str = "admin-admin-admin-admin-admin";
const TICK: &str = "tick-tick-tick-tick-tick-tick";
const WRONG: &str = "wrong-wrong-wrong-wrong-wrong";

/// A store that notes every key it is asked for.
struct Noting<'w> {
    world: &'w World,
    keys: RefCell<Vec<String>>,
}

impl Noting<'_> {
    fn note(&self, key: &str) {
        self.keys.borrow_mut().push(key.to_owned());
    }
}

impl Store for Noting<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.note(key);
        self.world.get(key)
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.note(key);
        self.world.set(key, value)
    }
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        entries.iter().for_each(|(key, _)| self.note(key));
        self.world.set_many(entries)
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().for_each(|key| self.note(key));
        self.world.delete_many(keys)
    }
    fn increment(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.note(key);
        self.world.increment(key, by)
    }
}

/// What is presented: headers, and a query.
#[derive(Debug, Clone)]
struct Presented {
    headers: Vec<(&'static str, Vec<u8>)>,
    query: String,
}

fn header(value: &str) -> Presented {
    Presented { headers: vec![("authorization", value.as_bytes().to_vec())], query: String::new() }
}

fn query(query: &str) -> Presented {
    Presented { headers: Vec::new(), query: query.to_owned() }
}

/// All that opens nothing: no token, another one, a part of one, one in another's place, headers that are none.
fn strangers() -> Vec<Presented> {
    let nothing = Presented { headers: Vec::new(), query: String::new() };
    let several = |one: &str, other: &str| {
        let line = |token: &str| ("authorization", format!("Bearer {token}").into_bytes());
        Presented { headers: vec![line(one), line(other)], query: String::new() }
    };
    vec![
        nothing,
        header(""),
        header("Bearer"),
        header("Bearer "),
        header(ADMIN),
        header(&format!("Basic {ADMIN}")),
        header(&format!("Bearer{ADMIN}")),
        header(&format!("Bearer\t{ADMIN}")),
        header(&format!("Bearer {WRONG}")),
        header(&format!("Bearer {}", &ADMIN[1..])),
        header(&format!("Bearer {ADMIN}x")),
        header(&format!("Bearer {ADMIN},{ADMIN}")),
        header(&format!("Bearer {}", ADMIN.to_uppercase())),
        header(&format!("Bearer {TICK}")),
        Presented { headers: vec![("authorization", b"Bearer \xff\xfe".to_vec())], query: String::new() },
        Presented {
            headers: vec![("x-authorization", format!("Bearer {ADMIN}").into_bytes())],
            query: String::new(),
        },
        Presented {
            headers: vec![("cookie", format!("admin_token={ADMIN}").into_bytes())],
            query: String::new(),
        },
        several(WRONG, ADMIN),
        several(ADMIN, WRONG),
        query(&format!("admin_token={ADMIN}")),
        query(&format!("run_token={RUN}")),
        query(&format!("token={ADMIN}&access_token={ADMIN}")),
        query(&format!("tick_token={ADMIN}")),
        query(&format!("tick_token={RUN}")),
        query(&format!("tick_token={WRONG}")),
        query(&format!("tick_token={WRONG}&tick_token={TICK}")),
        query("tick_token="),
    ]
}

/// The status, the answer, and the keys that the store was asked for.
fn call(
    world: &World,
    method: &Method,
    path: &str,
    presented: &Presented,
) -> (StatusCode, Value, Vec<String>) {
    let separator = if presented.query.is_empty() { "" } else { "?" };
    let mut request = Request::builder().method(method).uri(format!("{path}{separator}{}", presented.query));
    for (name, value) in &presented.headers {
        request = request.header(*name, value.as_slice());
    }
    let request = request.body(b"{}".to_vec()).expect("a request");
    let store = Noting { world, keys: RefCell::default() };
    let host = Host { store: &store, ..world.host() };
    let answer = handle(host, &world::component(FLOW_FILE), &Given(world.variables()), &request);
    let body = serde_json::from_slice(answer.body()).expect("every answer is JSON");
    (answer.status(), body, store.keys.into_inner())
}

fn methods() -> Vec<Method> {
    let others = ["PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "POSTS"];
    let others = others.iter().map(|name| Method::from_bytes(name.as_bytes()).expect("a method"));
    [Method::GET, Method::POST, Method::PUT, Method::DELETE].into_iter().chain(others).collect()
}

/// What the table asks for at a method and a path: the route without an id, else the one with.
fn scope(method: &Method, path: &str) -> Option<Scope> {
    let fits = |pattern: &str| {
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(one, other)| *one == "*" || *one == other)
    };
    let mut routes: Vec<_> =
        ROUTES.iter().filter(|route| route.method == *method && fits(route.path)).collect();
    routes.sort_by_key(|route| route.path.contains('*'));
    routes.first().map(|route| route.scope)
}

/// From the table itself, so that a new route cannot be forgotten.
#[test]
fn every_route_and_method_is_closed_to_strangers_and_to_lesser_tokens() {
    let world = World::new(3);
    let tokens = [
        (query(&format!("tick_token={TICK}")), vec![Scope::Tick]),
        (header(&format!("Bearer {RUN}")), vec![Scope::Tick, Scope::Run]),
        (header(&format!("bearer {ADMIN}")), vec![Scope::Tick, Scope::Run, Scope::Admin]),
    ];
    let (mut refused, mut let_in) = (0, 0);
    for route in &ROUTES {
        let rest = route.path.replace('*', "7");
        let path = format!("/flows/{FLOW}{rest}");
        for method in methods() {
            for stranger in strangers() {
                let (status, answer, keys) = call(&world, &method, &path, &stranger);
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} {stranger:?}: {answer}");
                assert_eq!(answer["error"]["code"], "unauthorized");
                assert!(keys.is_empty(), "{method} {path} {stranger:?} read {keys:?}");
                refused += 1;
            }
            for (token, scopes) in &tokens {
                let (status, answer, keys) = call(&world, &method, &path, token);
                let expected = match scope(&method, &rest) {
                    None => Some((StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")),
                    Some(scope) if !scopes.contains(&scope) => Some((StatusCode::FORBIDDEN, "forbidden")),
                    Some(_) => None,
                };
                match expected {
                    Some((refusal, code)) => {
                        let told = (status, answer["error"]["code"].as_str());
                        assert_eq!(told, (refusal, Some(code)), "{method} {path} {token:?}");
                        assert!(keys.is_empty(), "{method} {path} {token:?} read {keys:?}");
                        refused += 1;
                    }
                    None => {
                        let closed =
                            [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED];
                        assert!(!closed.contains(&status), "{method} {path} {token:?}: {status} {answer}");
                        let_in += 1;
                    }
                }
            }
        }
    }
    assert!(let_in >= ROUTES.len() && refused > 1000, "{let_in} let in, {refused} refused");
}

/// A stranger does not learn which paths and flows there are.
#[test]
fn what_is_not_there_looks_to_a_stranger_like_what_is() {
    let world = World::new(1);
    for path in ["/flows/nothing", "/flows/nothing/run", "/flows/galaxy-materials-to-mysql/nothing"] {
        assert_eq!(call(&world, &Method::GET, path, &header("")).0, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[test]
fn a_shorter_or_unset_token_opens_nothing_even_to_who_presents_it() {
    let world = World::new(1);
    for short in ["", "x", "twenty-three-characters"] {
        let mut variables = world.variables();
        for name in ["run_token", "admin_token", "tick_token"] {
            variables.insert(name, short.to_owned());
        }
        for route in &ROUTES {
            let path = format!("/flows/{FLOW}{}", route.path.replace('*', "7"));
            let request = Request::builder().method(&route.method).uri(format!("{path}?tick_token={short}"));
            let request = request.header("authorization", format!("Bearer {short}"));
            let request = request.body(Vec::new()).expect("a request");
            let answer =
                handle(world.host(), &world::component(FLOW_FILE), &Given(variables.clone()), &request);
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{} {path}", route.method);
        }
    }
}

/// What a person may put in the place of a name or an id.
fn hostile() -> Vec<String> {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut hostile: Vec<String> = [
        "..",
        "../lease",
        "../../lease/jushuitan-shops-to-jdy",
        "jushuitan-shops-to-jdy",
        "7/../../dead/jushuitan-shops-to-jdy/7",
        "\0",
        "7\0",
        "7' OR '1'='1",
        "7'; DROP TABLE wk_wodtop_product; --",
        "7\" OR 1=1 #",
        "1' or FNumber like '%25",
        "7) or (1=1",
        "张三",
        "\u{202e}\u{feff}7",
        "7\r\nSet-Cookie: a=b",
        "{{params.use_org}}",
        "*",
        "%",
        "_",
        "?",
        "#",
        "`",
        "\\",
    ]
    .iter()
    .map(|text| encode(text))
    .collect();
    hostile.extend(
        ["..", ".", "%2e%2e", "%2E%2E%2Flease", "%252e%252e%252flease", "%ff%fe", "%", "%zz", "7;x=1"]
            .map(String::from),
    );
    hostile.push("7".repeat(60_000));
    hostile
}

#[test]
fn names_and_ids_in_a_url_reach_no_other_key() {
    let world = World::new(3);
    // A state to be found, and one of another flow beside it.
    let admin = header(&format!("Bearer {ADMIN}"));
    call(&world, &Method::POST, &format!("/flows/{FLOW}/run"), &admin);
    world.set("flow/jushuitan-shops-to-jdy", b"1").expect("a store");
    assert!(world.store.borrow().len() > 1);
    let mine = ["lease", "flow", "seen", "dead", "deadindex", "inboxes", "inbox", "events", "flowfile"];
    let is_mine = |key: &str| {
        let mut parts = key.split('/');
        mine.contains(&parts.next().unwrap_or_default())
            && parts.next() == Some(FLOW)
            && parts.all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let mut asked = 0;
    for text in hostile() {
        for route in ROUTES.iter().filter(|route| route.path.contains('*')) {
            let path = format!("/flows/{FLOW}{}", route.path.replace('*', &text));
            let Ok(_) = path.parse::<http::Uri>() else { continue };
            let (status, answer, keys) = call(&world, &route.method, &path, &admin);
            let shown: String = path.chars().take(120).collect();
            assert!(status.is_client_error(), "{} {shown}: {status} {answer}", route.method);
            for key in &keys {
                assert!(is_mine(key), "{} {shown} asked for {key:?}", route.method);
            }
            assert!(answer.to_string().len() < 300_000);
            asked += keys.len();
        }
        for route in &ROUTES {
            let path = format!("/flows/{text}{}", route.path.replace('*', "7"));
            let Ok(_) = path.parse::<http::Uri>() else { continue };
            let (status, answer, keys) = call(&world, &route.method, &path, &admin);
            let shown: String = path.chars().take(120).collect();
            assert!(
                matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED),
                "{} {shown}: {status} {answer}",
                route.method
            );
            assert!(keys.is_empty(), "{shown} read {keys:?}");
        }
    }
    assert!(asked > 100, "ids are looked for: {asked}");
    assert_eq!(world.store.borrow()["flow/jushuitan-shops-to-jdy"], b"1");
}
