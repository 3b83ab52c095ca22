//! 金蝶云星辰 V2 (Kingdee Jingdouyun, `jdy/v2`), from `vendors/kingdee.md` 2.
//!
//! Everything goes to one gateway, `{scheme}://{host}/…`, with six signed headers; `X-GW-Router-Addr` then
//! names the tenant's own data centre. Getting in takes two steps, of which the second may be taken twice a
//! minute at most, so that its [`Token`] is kept for all flows of the account:
//!
//! 1. [`authorise`] and [`read_authorisation`]: key, secret and domain of the account set (账套) that has
//!    granted access. The secret changes every 24 hours: always begin here.
//! 2. [`app_token`] and [`read_app_token`]: the [`Token`] for all other calls, good for 24 hours.
//!
//! A customer is known by its number. A save without `id` creates, one with `id` updates; the number is looked
//! up first ([`find_customer`]), and again after any save whose answer leaves something open, since there is no
//! other key against saving twice.
//!
//! ```
//! use ferry_platforms::jdy::{self, Account, Stamp, Token};
//! use serde_json::json;
//!
//! let variables = |name: &str| {
//!     match name {
//!         "jdy_scheme" => "https",
//!         "jdy_host" => "api.kingdee.com",
//!         "jdy_client_id" => "200421",
//!         "jdy_client_secret" => "f2adcfef73369bfc4e1384677d38a0ff",
//!         "jdy_outer_instance_id" => "226079154111025152",
//!         _ => "",
//!     }
//!     .to_owned()
//! };
//! let account = Account::from_variables("jdy", variables).unwrap();
//! let stamp = Stamp { unix_ms: 1_700_000_000_000, nonce: 1_234_567_890 };
//!
//! let answer = http::Response::new(
//!     br#"{"code":200,"data":[{"status":1,"appKey":"abc","appSecret":"abc123","domain":"https://tf.jdy.com"}]}"#.to_vec(),
//! );
//! let authorisation = jdy::read_authorisation(&account, &answer).unwrap();
//! let request = jdy::app_token(&account, &authorisation, stamp);
//! assert_eq!(request.uri().path(), "/jdyconnector/app_management/kingdee_auth_token");
//!
//! let answer = http::Response::new(
//!     r#"{"errcode":0,"description":"成功","data":{"app-token":"eyJ0","expires":1700086400000}}"#.as_bytes().to_vec(),
//! );
//! let token: Token = jdy::read_app_token(&answer, &authorisation, stamp.unix_ms).unwrap();
//! let request = jdy::save_customer(&account, &token, stamp, &json!({"number": "1", "name": "天猫旗舰店"}));
//! assert_eq!(request.headers()["x-gw-router-addr"], "https://tf.jdy.com");
//! ```

mod account;
mod answer;
mod classify;
mod facts;
mod private;
mod request;
mod sign;
mod token;

pub use crate::response::server_time;
pub use account::Account;
pub use answer::{Customers, Saved, read_customer, read_customers, read_saved};
pub use classify::classify;
pub use facts::{
    CALLS_PER_MINUTE, LARGEST_PAGE, LARGEST_SAVE, LONGEST_ANSWER, STAMP_TOLERANCE, TOKEN_CALLS_PER_MINUTE,
    TOKEN_LIFE,
};
pub use private::open;
pub use request::{CustomerQuery, find_customer, list_customers, save_customer};
pub use sign::{Stamp, app_signature, sign};
pub use token::{Authorisation, Token, app_token, authorise, read_app_token, read_authorisation};
