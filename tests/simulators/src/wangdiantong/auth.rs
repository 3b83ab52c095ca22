//! Whether a call is from whom it says it is (`vendors/sources.md` 2.1, 2.2).

use md5::{Digest, Md5};

use super::answer::Refusal;
use super::config::{BadSignature, Switches};
use super::envelope::Envelope;

/// Who may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The seller account.
    pub sid: String,
    /// The appkey.
    pub app_key: String,
    /// The part of the appsecret before the colon.
    pub secret: String,
    /// The part after it.
    pub salt: String,
    /// The warehouses that the appkey may see; all, if there are none here.
    pub warehouses: Vec<String>,
}

impl Credentials {
    /// `secret:salt`
    pub fn app_secret(&self) -> String {
        format!("{}:{}", self.secret, self.salt)
    }
}

impl Default for Credentials {
    /// Those of the vendor's example of a signature.
    fn default() -> Self {
        Self {
            sid: "wdterp30".into(),
            app_key: "czhc".into(),
            secret: "693f9fed686bfe13441385da98b436b6".into(),
            salt: "dd488d0802b1e431e4c72cd355847853".into(),
            warehouses: Vec::new(),
        }
    }
}

/// Seconds from 1970 to the beginning of 2012 in China, from which timestamps count.
const BEGIN_OF_2012: i64 = 1_325_347_200;

/// Whose call this is. The order of the checks is ours.
pub(super) fn authenticate<'a>(
    envelope: &Envelope,
    body: &[u8],
    accounts: &'a [Credentials],
    switches: &Switches,
    now_ms: i64,
) -> Result<&'a Credentials, Refusal> {
    let mut of_seller = accounts.iter().filter(|account| account.sid == envelope.get("sid")).peekable();
    if of_seller.peek().is_none() {
        return Err(Refusal::new(1, "sid is not exists"));
    }
    if envelope.get("v") != "1.0" {
        return Err(Refusal::new(8, "版本错误"));
    }
    // A time in milliseconds is too long for the vendor's integer, and so refused as no number (2.4).
    let timestamp = envelope.number("timestamp")?.unwrap_or_default();
    let off_ms = now_ms - (i64::from(timestamp) + BEGIN_OF_2012) * 1000;
    if off_ms.abs() / 1000 > i64::from(switches.timestamp_tolerance_s) {
        return Err(Refusal::new(7, "时间戳错误"));
    }
    let Some(account) = of_seller.find(|account| account.app_key == envelope.get("key")) else {
        return Err(Refusal::new(1, "app auth fail"));
    };
    if account.salt != envelope.get("salt") || envelope.sign != signature(&account.secret, envelope, body) {
        return Err(match switches.bad_signature {
            BadSignature::Verification => Refusal::new(1, "验证失败"),
            BadSignature::App => Refusal::new(1, "app auth fail"),
        });
    }
    if !switches.whitelisted {
        return Err(Refusal::new(6, "ip限制"));
    }
    Ok(account)
}

/// All parameters and the body as `body`, by name; name and value one after the other without anything in
/// between; the secret before and after; MD5 in small hexadecimal digits.
fn signature(secret: &str, envelope: &Envelope, body: &[u8]) -> String {
    let mut text = secret.as_bytes().to_vec();
    let mut body = Some(body);
    let mut put_body = |text: &mut Vec<u8>| {
        if let Some(body) = body.take() {
            text.extend_from_slice(b"body");
            text.extend_from_slice(body);
        }
    };
    // A BTreeMap is in the order of its names already.
    for (name, value) in &envelope.parameters {
        if name.as_str() > "body" {
            put_body(&mut text);
        }
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(value.as_bytes());
    }
    put_body(&mut text);
    text.extend_from_slice(secret.as_bytes());
    hex::encode(Md5::digest(&text))
}
