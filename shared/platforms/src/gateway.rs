//! What Kingdee's API gateway has in front of 星空 and 星辰 alike.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `base64(lower_hex(HMAC-SHA256(key, parts)))`: the hex digits are encoded, not the bytes.
pub(crate) fn hmac_text(key: &str, parts: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    BASE64_STANDARD.encode(hex)
}
