//! 旺店通旗舰版 (WDT Ultimate), from `vendors/sources.md` 2. Not 企业版, whose protocol is another (2.6).
//!
//! Everything is one `POST {scheme}://{host}{path}?…`: the query says who asks for what and for which
//! page, and carries the signature; the body is a JSON array of arguments. There is no login and no
//! token. HTTP 200 says nothing: `status` in the body does, and where that is 100 only the words do.
//!
//! Pages count from 0. The answer's order is not documented and rows leave a window when they are
//! modified, so that pages are a gamble: ask with [`Pager::first`], and when the answer
//! [is not the whole](Found::is_whole) take the [`halves`](Window::halves) of the window
//! (`design.md` 7, *Pages* 2). `modified` and the other times are texts or epoch milliseconds, as the
//! tenant's version has it; [`time`] reads both.
//!
//! ```
//! use ferry_platforms::wangdiantong::{self, Account, Pager, Search, TimeType, Window};
//!
//! let variables = |name: &str| {
//!     match name {
//!         "wangdiantong_scheme" => "http",
//!         "wangdiantong_host" => "wdt.wangdian.cn",
//!         "wangdiantong_path" => "/openapi",
//!         "wangdiantong_sid" => "wdterp30",
//!         "wangdiantong_app_key" => "czhc",
//!         "wangdiantong_app_secret" => "693f9fed686bfe13441385da98b436b6:dd488d0802b1e431e4c72cd355847853",
//!         _ => "",
//!     }
//!     .to_owned()
//! };
//! let account = Account::from_variables("wangdiantong", variables).unwrap();
//! let window = Window { begin: 1_700_000_000, end: 1_700_003_600 };
//! let search = Search { status: "110".into(), ..Search::window(window, TimeType::Modified) };
//! let pager = Pager::first(wangdiantong::LARGEST_PAGE);
//! let request = wangdiantong::query_with_detail(&account, 1_700_003_700, &search, pager);
//! assert_eq!(request.uri().path(), "/openapi");
//!
//! let answer = http::Response::new(
//!     r#"{"status":0,"data":{"total_count":1,"order":[{"stockout_no":"CK2024082224","goods_count":2.5000}]}}"#.into(),
//! );
//! let found = wangdiantong::read_page(&answer, pager).unwrap();
//! assert!(found.is_whole());
//! assert_eq!(found.records[0]["goods_count"].to_string(), "2.5000");
//! ```

mod account;
mod answer;
mod classify;
mod facts;
mod request;
mod search;
mod sign;

pub use crate::response::server_time;
pub use account::Account;
pub use answer::{Found, read_page, time};
pub use classify::classify;
pub use facts::{
    CALLS_PER_MINUTE, CLOCK_TOLERANCE, FIRST_PAGE, ID, LARGEST_PAGE, MODIFIED, NUMBER, PARAMETERS,
    PAUSE_AFTER_REFUSAL, QUERY_WITH_DETAIL, WIDEST_WINDOW,
};
pub use request::{Pager, query_with_detail};
pub use search::{Search, TimeType, Window};
pub use sign::sign;
