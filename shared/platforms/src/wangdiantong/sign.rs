//! The signature (`vendors/sources.md` 2.2): an MD5 over the query and the body, between two secrets.

use md5::{Digest, Md5};

use super::Account;

/// The `sign` of a call with this query (without `sign` itself; any order) and this body, exactly as it
/// is sent. The body takes part like a parameter of that name. 32 small hexadecimal digits.
pub fn sign(account: &Account, query: &[(&str, &str)], body: &[u8]) -> String {
    let mut signed: Vec<(&str, &[u8])> =
        query.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    signed.push(("body", body));
    signed.sort_unstable();

    let mut md5 = Md5::new();
    md5.update(&account.secret);
    for (name, value) in signed {
        md5.update(name);
        md5.update(value);
    }
    md5.update(&account.secret);
    md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
