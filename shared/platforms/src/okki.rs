//! 小满 OKKI (a CRM), from `vendors/sources.md` 3.
//!
//! Everything is `GET {scheme}://{host}/v1/…` with the bearer token of [`request_token`], which lives for
//! eight hours. Nothing is signed. The list of orders knows days rather than moments ([`days`]), its order is
//! not documented, and an order's lines are in its detail alone: so [`order_list`] is read in passes, filtered
//! by [`updated_at`], and each order is asked for by [`order_info`].
//!
//! HTTP 200 says nothing: `code` must be 200 (or 0, as some modules have it), and an error of the token is in
//! the shape of OAuth2 instead.
//!
//! ```
//! use ferry_platforms::okki::{self, Account, OrderList, OrderRef, TimeType};
//!
//! let variables = |name: &str| {
//!     match name {
//!         "okki_scheme" => "https",
//!         "okki_host" => "api-sandbox.xiaoman.cn",
//!         "okki_client_id" => "efc1126d6",
//!         "okki_client_secret" => "dcc2228f1",
//!         "okki_scope" => "invoices",
//!         _ => "",
//!     }
//!     .to_owned()
//! };
//! let account = Account::from_variables("okki", variables).unwrap();
//!
//! let answer = http::Response::new(br#"{"token_type":"Bearer","access_token":"eyJ0.e30.c2ln"}"#.to_vec());
//! let token = okki::read_token(&answer, 1_700_000_000).unwrap();
//! assert_eq!(token.expires_at, 1_700_000_000 + 8 * 3600);
//!
//! let [start_time, end_time] = okki::days(1_700_000_000, 1_700_003_600);
//! let list = OrderList {
//!     start_time,
//!     end_time,
//!     time_type: TimeType::Updated,
//!     start_index: okki::FIRST_PAGE,
//!     count: 50,
//!     more: vec![("approval".into(), "1".into())],
//! };
//! let request = okki::order_list(&account, &token, &list);
//! assert_eq!(
//!     request.uri().path_and_query().unwrap(),
//!     "/v1/invoices/order/list?start_time=2023-11-15&end_time=2023-11-16&time_type=1&start_index=1&count=50&approval=1"
//! );
//!
//! let answer = br#"{"code":200,"message":"success","now":"2023-11-15 07:13:20",
//!     "data":{"count":"1","list":[{"order_id":5203556502,"update_time":"2023-11-15 06:13:20"}]}}"#;
//! let page = okki::read_order_list(&http::Response::new(answer.to_vec())).unwrap();
//! assert_eq!((page.total, page.now), (Some(1), Some(1_700_003_600)));
//! assert_eq!(okki::updated_at(&page.orders[0]), Some(1_700_000_000));
//!
//! let id = okki::order_id(&page.orders[0]).unwrap();
//! let request = okki::order_info(&account, &token, &OrderRef::Id(id));
//! assert_eq!(request.uri().path_and_query().unwrap(), "/v1/invoices/order/info?order_id=5203556502");
//! ```

mod account;
mod answer;
mod classify;
mod facts;
mod request;
mod token;

pub use crate::response::server_time;
pub use account::Account;
pub use answer::{OrderPage, order_id, read_company_info, read_order_info, read_order_list, updated_at};
pub use classify::classify;
pub use facts::{
    COMPANY_INFO, DETAILS_AT_ONCE, FIRST_PAGE, ID, LARGEST_PAGE, LIST_PARAMETERS, MODIFIED, NUMBER,
    ORDER_INFO, ORDER_LIST, SCOPE, TIMEOUT, TOKEN_LIFE,
};
pub use request::{CompanyRef, OrderList, OrderRef, TimeType, company_info, days, order_info, order_list};
pub use token::{Token, read_token, request_token};
