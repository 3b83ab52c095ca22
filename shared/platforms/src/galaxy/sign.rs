//! Signed headers (`vendors/kingdee.md` 1.2): two HMACs, one for the gateway and one for the ERP.
//! The body is covered by neither.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Account;
use crate::gateway::hmac_text;

/// What the second part of an application id is blended with to give the gateway's secret. The same
/// for all customers, part of every SDK of the vendor.
const CLIENT_SECRET_MASK: &[u8] = b"0054f397c6234378b09ca7d3e5debce7";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The nine headers that sign one `POST` to `path`, which is the whole path of the request exactly as
/// sent. `unix_seconds` is now; how far it may be off is not known (`vendors/kingdee.md` 5).
/// The nonce equals the time stamp, as in the vendor's SDKs.
pub fn sign(account: &Account, path: &str, unix_seconds: i64) -> [(&'static str, String); 9] {
    let (client_id, key) = account.app_id.split_once('_').unwrap_or_default();
    let client_secret = client_secret(key).unwrap_or_default();
    let now = unix_seconds.to_string();

    let encoded_path = utf8_percent_encode(path, UNRESERVED);
    let call = format!("POST\n{encoded_path}\n\nx-api-nonce:{now}\nx-api-timestamp:{now}\n");
    let app_data = format!("{},{},{},{}", account.acct_id, account.user, account.lcid, account.org);

    [
        ("x-api-clientid", client_id.to_owned()),
        ("x-api-auth-version", "2.0".to_owned()),
        ("x-api-timestamp", now.clone()),
        ("x-api-nonce", now),
        ("x-api-signheaders", "x-api-timestamp,x-api-nonce".to_owned()),
        ("x-api-signature", hmac_text(&client_secret, &[&call])),
        ("x-kd-appkey", account.app_id.clone()),
        ("x-kd-appdata", BASE64_STANDARD.encode(&app_data)),
        ("x-kd-signature", hmac_text(&account.app_secret, &[&account.app_id, &app_data])),
    ]
}

/// The gateway's secret from the second part of the application id; `None` unless that is the base64
/// of 24 bytes, that is 32 characters.
pub(super) fn client_secret(key: &str) -> Option<String> {
    let mut bytes: [u8; 24] = BASE64_STANDARD.decode(key).ok()?.try_into().ok()?;
    for (byte, mask) in bytes.iter_mut().zip(CLIENT_SECRET_MASK) {
        *byte ^= mask;
    }
    Some(BASE64_STANDARD.encode(bytes))
}
