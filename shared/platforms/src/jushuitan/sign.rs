//! Signatures (`vendors/sources.md` 1.2 and 1.8): an MD5 over the parameters and the secret, as lower-case
//! hexadecimal digits. Raw UTF-8, before any URL encoding, without separators.

use md5::{Digest, Md5};

/// The `sign` of the current interface: the secret, then each key and value in ascending order of the keys.
/// `sign` itself and empty values are left out, as the documents ask; [`query_inout`](super::query_inout) and
/// its like send no empty values, since some of the vendor's examples do not leave them out.
pub fn sign(app_secret: &str, fields: &[(&str, &str)]) -> String {
    let mut fields: Vec<_> =
        fields.iter().filter(|(key, value)| *key != "sign" && !value.is_empty()).collect();
    fields.sort_unstable();
    let pairs = fields.iter().flat_map(|(key, value)| [*key, *value]);
    md5_hex(std::iter::once(app_secret).chain(pairs))
}

/// The `sign` of the legacy interface: method, partner, token, time and the partner's key, in this order.
pub fn sign_legacy(partner_id: &str, partner_key: &str, token: &str, method: &str, ts: &str) -> String {
    md5_hex([method, partner_id, "token", token, "ts", ts, partner_key])
}

fn md5_hex<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
