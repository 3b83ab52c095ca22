//! 聚水潭 (Jushuitan), from `vendors/sources.md` 1.
//!
//! Two interfaces to the same data, chosen by the account ([`Api`]): the current one takes a signed form,
//! `POST {scheme}://{host}/open/other/inout/query`; the legacy one takes its system parameters in the
//! query of `/api/open/query.aspx` and the business parameters as a JSON body.
//!
//! Who renews the token depends on the account ([`Renewal`]). HTTP 200 says nothing: an error is an ordinary
//! answer with a `code`, and what a code means has changed over the years, so that the words decide first
//! (`jushuitan/classify.rs`).
//!
//! Pages are counted from 1. Nothing is known about the order of rows, so that it must be checked rather
//! than trusted; [`facts`] has the figures.
//!
//! ```
//! use ferry_platforms::jushuitan::{self, Account, Inout, Token, Which};
//!
//! let variables = |name: &str| {
//!     match name {
//!         "jushuitan_scheme" => "https",
//!         "jushuitan_host" => "openapi.jushuitan.com",
//!         "jushuitan_api" => "current",
//!         "jushuitan_app_key" => "5b53060f23d84ddf9703056e84fa5a2d",
//!         "jushuitan_app_secret" => "e9c5ca33fecb404b8e6cdbd0ef4a6d25",
//!         _ => "",
//!     }
//!     .to_owned()
//! };
//! let account = Account::from_variables("jushuitan", variables).unwrap();
//!
//! let now = 1_700_000_000;
//! let answer = http::Response::new(
//!     br#"{"code":0,"data":{"access_token":"a1","expires_in":2592000,"refresh_token":"r1","scope":"all"}}"#.to_vec(),
//! );
//! let token: Token = jushuitan::read_token(&answer, now).unwrap();
//!
//! let query = Inout {
//!     which: Which::Modified { begin: "2026-11-01 00:00:00".into(), end: "2026-11-07 23:59:59".into() },
//!     page_index: jushuitan::FIRST_PAGE,
//!     page_size: jushuitan::INOUT.largest_page,
//!     more: [("status".to_owned(), "Confirmed".into())].into_iter().collect(),
//! };
//! let request = jushuitan::query_inout(&account, Some(&token), now, &query);
//! assert_eq!(request.uri().path(), "/open/other/inout/query");
//!
//! let answer = http::Response::new(
//!     r#"{"code":0,"msg":"执行成功","data":{"page_size":50,"page_index":1,"data_count":1,"page_count":1,
//!         "has_next":false,"datas":[{"io_id":7,"items":[{"qty":1.50}]}]}}"#.as_bytes().to_vec(),
//! );
//! let page = jushuitan::read_page(account.api(), &answer).unwrap();
//! assert_eq!(page.data_count, Some(1));
//! assert_eq!(page.records[0]["items"][0]["qty"].to_string(), "1.50");
//! ```

mod account;
mod answer;
mod classify;
mod facts;
mod request;
mod sign;
mod token;

pub use crate::response::server_time;
pub use account::{Account, Api, Renewal};
pub use answer::{Page, read_page};
pub use classify::classify;
pub use facts::{FIRST_PAGE, Facts, INOUT, LIMITS, Limit, MAX_IDS, SHOPS, facts};
pub use request::{Inout, Shops, Which, query_inout, query_shops};
pub use sign::{sign, sign_legacy};
pub use token::{Token, extend_token, get_init_token, read_extension, read_token, refresh_token};
