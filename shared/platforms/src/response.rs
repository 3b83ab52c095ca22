//! What all answers have in common.

use std::time::UNIX_EPOCH;

use http::Response;
use http::header::DATE;

/// The server's clock from the `Date` header, in seconds since 1970.
pub fn server_time(response: &Response<Vec<u8>>) -> Option<i64> {
    let date = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// The body, without the byte order mark that .NET likes to send.
pub(crate) fn body(response: &Response<Vec<u8>>) -> &[u8] {
    let body = response.body();
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
