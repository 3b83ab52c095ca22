//! What a request proves with who calls: tokens, session ids, signatures, secrets. Some servers quote a request that
//! they refuse, and their words end in reports, dead letters and logs: so these are blotted out of every answer
//! before anybody reads it.

use http::Request;
use memchr::memmem;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Headers that prove who calls, with any of the vendors. No others: what looks like a proof and is none may be data.
const HEADERS: [&str; 8] = [
    "authorization",
    "cookie",
    "kdservice-sessionid",
    "app-token",
    "x-api-signature",
    "x-kd-signature",
    "x-kd-appkey",
    "x-kd-appdata",
];
/// The same of queries, forms and JSON objects, in small letters and without `_`.
const FIELDS: [&str; 11] = [
    "sign",
    "appsignature",
    "token",
    "accesstoken",
    "refreshtoken",
    "authoritycode",
    "clientsecret",
    "appsecret",
    // 星空's holds the key of a signature.
    "appid",
    "salt",
    "password",
];
/// Shorter values are nobody's proof, and may be part of any word.
const SHORTEST: usize = 8;
/// Bodies of requests that hold a secret are shorter: those of logins, and signed forms without their documents.
const LONGEST_JSON: usize = 4 * 1024;
/// Answers up to this length are blotted whole. A longer one is a page of records: of what is none, no more than the
/// beginning is ever quoted.
const WHOLE: usize = 256 * 1024;
/// The beginning.
const BEGINNING: usize = 16 * 1024;

/// The values, as they were sent and as they were meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Proofs(Vec<String>);

impl Proofs {
    /// Those of a request: in its headers, its query, and its body where that is a form or a short JSON object.
    pub fn of(request: &Request<Vec<u8>>) -> Self {
        let mut proofs = Proofs::default();
        for (name, value) in request.headers() {
            if HEADERS.contains(&name.as_str())
                && let Ok(value) = value.to_str()
            {
                // `Bearer …`, and the pairs of a cookie.
                for part in value.split([' ', ';', ',']) {
                    proofs.add(part);
                    proofs.add(part.split_once('=').map_or("", |(_, value)| value));
                }
            }
        }
        proofs.form(request.uri().query().unwrap_or_default());
        let body = request.body();
        match body.first() {
            Some(b'{') if body.len() <= LONGEST_JSON => proofs.json(body),
            Some(b'{') | None => {}
            Some(_) => proofs.form(std::str::from_utf8(body).unwrap_or_default()),
        }
        proofs
    }

    fn form(&mut self, form: &str) {
        for (name, value) in form.split('&').filter_map(|pair| pair.split_once('=')) {
            if is_proof(name) {
                self.add(value);
                self.add(&percent_decode_str(value).decode_utf8_lossy());
            }
        }
    }

    fn json(&mut self, body: &[u8]) {
        let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        for (_, value) in fields.iter().filter(|(name, _)| is_proof(name)) {
            self.add(value.as_str().unwrap_or_default());
        }
    }

    fn add(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        for dress in [Cow::Borrowed(value), value.replace('/', "\\/").into()] {
            if !self.0.iter().any(|known| *known == dress) {
                self.0.push(dress.into_owned());
            }
        }
    }

    /// Puts asterisks in their places.
    pub fn blot(&self, answer: &mut [u8]) {
        let length = if answer.len() <= WHOLE { answer.len() } else { BEGINNING };
        for proof in &self.0 {
            let places: Vec<usize> = memmem::find_iter(&answer[..length], proof).collect();
            for at in places {
                answer[at..at + proof.len()].fill(b'*');
            }
        }
    }
}

fn is_proof(name: &str) -> bool {
    FIELDS.contains(&name.replace('_', "").to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blotted(request: Request<Vec<u8>>, answer: &str) -> String {
        let mut answer = answer.as_bytes().to_vec();
        Proofs::of(&request).blot(&mut answer);
        String::from_utf8(answer).expect("asterisks")
    }

    #[test]
    fn what_a_request_proves_with_is_blotted_out_of_the_answer_and_nothing_else() {
        let request = Request::builder()
            .uri("https://k3.example/SO/Save?Token=0123456789abcdef&number=SO-2024-000001&sign=a%2Fb%2Fc%2Fdefg%3D")
            .header("Authorization", "Bearer eyJ0.abc-DEF_123")
            .header("Cookie", "kdservice-sessionid=5e551017-0000-4000; path=/")
            .header("X-Kd-Signature", "c2lnbmF0/cmU+c2ln==")
            .header("X-Api-Timestamp", "1704074400")
            .header("Content-Type", "application/json; charset=utf-8")
            .body(br#"{"appSecret":"00112233445566778899","appId":"100001_422C1/iIyuH4","rows":[{"name":"SO-2024-000001"}]}"#.to_vec())
            .expect("a request");
        let answer = r#"{"Message":"refused: Bearer eyJ0.abc-DEF_123; kdservice-sessionid=5e551017-0000-4000, c2lnbmF0\/cmU+c2ln==,
            0123456789abcdef a%2Fb%2Fc%2Fdefg%3D a/b/c/defg= 00112233445566778899 100001_422C1\/iIyuH4 SO-2024-000001 1704074400"}"#;
        let shown = blotted(request, answer);
        for secret in
            ["eyJ0.abc", "5e551017", "c2lnbmF0", "0123456789abcdef", "a%2Fb", "a/b/c", "0011223344", "422C1"]
        {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(shown.contains("SO-2024-000001 1704074400"), "{shown}");
        assert!(
            serde_json::from_str::<Value>(&shown.replace('\n', " ")).is_ok(),
            "it can still be read: {shown}"
        );
    }

    #[test]
    fn a_signed_form_gives_up_its_tokens_and_keeps_its_records() {
        let body = b"access_token=d7b01bf0842a4742a9450e21ffd95f60&biz=%7B%22sku%22%3A%22A-0000001%22%7D&sign=395f5a78b446be46";
        let request = Request::builder().uri("https://a.example/").body(body.to_vec()).expect("a request");
        let shown = blotted(request, std::str::from_utf8(body).expect("a form"));
        assert_eq!(
            shown,
            format!(
                "access_token={}&biz=%7B%22sku%22%3A%22A-0000001%22%7D&sign={}",
                "*".repeat(32),
                "*".repeat(16)
            )
        );
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_blotted() {
        let request = Request::builder().uri("/?token=0123456789abcdef").body(Vec::new()).expect("a request");
        let shown = blotted(request, &format!("0123456789abcdef{}", " ".repeat(WHOLE)));
        assert!(shown.starts_with("****************"));
    }
}
