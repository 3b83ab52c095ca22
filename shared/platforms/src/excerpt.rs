//! Words of a stranger, cut to what a log line can bear.

const MESSAGE_CHARS: usize = 500;
const EXCERPT_CHARS: usize = 200;

/// At most 500 characters of a vendor's message.
pub(crate) fn message(text: &str) -> String {
    cut(text.trim(), MESSAGE_CHARS)
}

/// What a page of HTML says: its title, or its beginning. `None` when it is no HTML.
pub(crate) fn html(body: &[u8]) -> Option<String> {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let text = text(body);
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    Some(cut(&without_secrets(title.map_or(text.as_str(), |(title, _)| title.trim())), EXCERPT_CHARS))
}

/// The beginning of a body that makes no sense, on one line.
pub(crate) fn body(body: &[u8]) -> String {
    html(body).unwrap_or_else(|| cut(&without_secrets(&text(body)), EXCERPT_CHARS))
}

/// A vendor's words without anything that looks like a token or a key (hexadecimal or base64url): 24
/// characters or more with a digit among them. Vendors like to quote what they refuse.
pub(crate) fn without_secrets(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_part(c)).unwrap_or(from.len()));
        let is_secret = word.len() >= 24 && word.bytes().any(|byte| byte.is_ascii_digit());
        shown.push_str(before);
        shown.push_str(if is_secret { "***" } else { word });
        rest = after;
    }
    shown + rest
}

fn text(body: &[u8]) -> String {
    let head = &body[..body.len().min(4 * 1024)];
    String::from_utf8_lossy(head).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many characters, the last of them an ellipsis where something is missing.
fn cut(text: &str, chars: usize) -> String {
    if text.chars().nth(chars).is_none() {
        return text.to_owned();
    }
    text.chars().take(chars - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters_to_500() {
        let cut = message(&"料".repeat(501));
        assert_eq!(cut.chars().count(), 500);
        assert!(cut.ends_with("料…"));
        assert_eq!(message(&"料".repeat(500)), "料".repeat(500));
    }

    #[test]
    fn what_looks_like_a_secret_is_not_repeated() {
        let token = "9f2c635e8cd049f1407d0668651d54c90e8696e0ef1e98094961";
        let jwt =
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJqdGkiOiIxYjgzZjQ3In0abc-_1.c2lnbmF0dXJlLTAxMjM0NTY3ODk";
        assert_eq!(without_secrets(&format!("Token[{token}]已过期")), "Token[***]已过期");
        assert_eq!(without_secrets(&format!("token={jwt} expired")), "token=***.***.*** expired");
        let plain =
            "订单 qiao250306000259: unsupported_grant_type, /v1/invoices/order/info?order_id=5203556502, 料'";
        assert_eq!(without_secrets(plain), plain);
    }

    #[test]
    fn a_page_is_told_by_its_title() {
        let page = b"\r\n<html><head>\n<title> 502 Bad\n Gateway </title></head><body>x</body></html>";
        assert_eq!(html(page).as_deref(), Some("502 Bad Gateway"));
        assert_eq!(html(b"<!DOCTYPE html><p>hello").as_deref(), Some("<!DOCTYPE html><p>hello"));
        assert_eq!(html(b"{}"), None);
        assert_eq!(body(b"half\n  an answer \xff"), "half an answer \u{fffd}");
        assert_eq!(body(b"no session 9f2c635e8cd049f1407d0668651d54c9"), "no session ***");
        let quoted = b"<title>500: X-Kd-Signature: MGY2NDg1ZjJjYzYyZjQ5ZGJh</title>";
        assert_eq!(html(quoted).as_deref(), Some("500: X-Kd-Signature: ***"));
    }
}
