//! A browser of few words: it keeps cookies, says where it comes from, and fills in forms.

use crate::world::World;
use http::{Request, Response, StatusCode};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One browser.
pub struct Browser<'w> {
    world: &'w World,
    cookies: RefCell<BTreeMap<String, String>>,
    language: &'static str,
}

/// What came back.
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// Where to, on a redirect.
    pub location: String,
    /// The cookie that was set.
    pub cookie: String,
    /// The text.
    pub text: String,
}

impl Page {
    /// The token of the page's forms.
    pub fn form_token(&self) -> &str {
        let after = self.text.split_once("name=\"form_token\" value=\"").expect("a form").1;
        after.split('"').next().expect("a value")
    }
}

impl<'w> Browser<'w> {
    /// One that prefers this language.
    pub fn new(world: &'w World, language: &'static str) -> Browser<'w> {
        Browser { world, cookies: RefCell::default(), language }
    }

    /// One that has logged in.
    pub fn logged_in(world: &'w World, token: &str, language: &'static str) -> Browser<'w> {
        let browser = Browser::new(world, language);
        let page = browser.post("/console/login", &[("token", token)]);
        assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/console"));
        browser
    }

    /// A header's worth of cookies.
    fn cookies(&self) -> String {
        let cookies = self.cookies.borrow();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Sends a request, with these headers besides its own.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(path).header("host", "ferry.example");
        request = request.header("cookie", self.cookies()).header("accept-language", self.language);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.world.handle(&request.body(body.as_bytes().to_vec()).expect("a request"));
        assert_safe(&response);
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().expect("text").to_owned())
                .unwrap_or_default()
        };
        let cookie = header("set-cookie");
        if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        Page {
            status: response.status(),
            location: header("location"),
            cookie,
            text: String::from_utf8(response.body().clone()).expect("UTF-8"),
        }
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "")
    }

    /// Sends a form from a page of the console.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let headers = [("origin", "http://ferry.example"), ("sec-fetch-site", "same-origin")];
        self.send("POST", path, &headers, &body(fields))
    }

    /// The same with the session's form token.
    pub fn press(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get("/console");
        let mut fields = fields.to_vec();
        let token = page.form_token().to_owned();
        fields.push(("form_token", &token));
        self.post(path, &fields)
    }
}

/// A form's fields as they are sent.
pub fn body(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// What every response must say, and no page may hold.
fn assert_safe(response: &Response<Vec<u8>>) {
    let header = |name: &str| {
        response.headers().get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    };
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert!(response.headers().get_all("set-cookie").iter().count() <= 1, "Spin sends one");
    if header("content-type").starts_with("text/html") {
        assert_eq!(header("cache-control"), "no-store");
        let text = String::from_utf8_lossy(response.body());
        for word in [" style=", " onclick=", " onload=", "<style", "javascript:", "http://", "https://"] {
            assert!(!text.contains(word), "{word} is in the page");
        }
        assert_eq!(text.matches("<script").count(), text.matches("<script src=\"/console/assets/").count());
    }
}
