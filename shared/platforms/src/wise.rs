//! 金蝶 K3 WISE (an ERP on the customer's own premises, the K3API), from `vendors/kingdee.md` 3.
//!
//! Everything goes to `{scheme}://{host}{path}<Object>/<Operation>?token=…`. The token comes from
//! [`request_token`] for the authority code that the ERP's administrator made, and lives for an hour or as the
//! administrator says. **Code and token stand in the address, since the vendor wants them there: the URI of a
//! request is a secret and belongs in no log.**
//!
//! A document has the pages of the vendor's template, `{"Page1":[{head}],"Page2":[{line}, …]}`, each field in
//! the exact letter case of the template ([`Template`]) and each scalar a string, which [`save`] sees to.
//! One call saves one document.
//!
//! HTTP 200 says nothing, and `StatusCode` 200 says little: a refused row can be inside. WISE may number its
//! bills itself, so the source's number is carried in `FPOOrdBillNo` and looked for by [`find_orders`].
//!
//! ```
//! use ferry_platforms::wise::{self, Account, By};
//! use serde_json::json;
//!
//! let variables = |name: &str| {
//!     match name {
//!         "wise_scheme" => "http",
//!         "wise_host" => "192.168.19.205",
//!         "wise_path" => "/K3API/",
//!         "wise_authority_code" => "635e8cd049f1407d",
//!         _ => "",
//!     }
//!     .to_owned()
//! };
//! let account = Account::from_variables("wise", variables).unwrap();
//!
//! let answer = br#"{"StatusCode":200,"Message":"Successful","Data":{"Token":"9f2c","Validity":3600.0}}"#;
//! let token = wise::read_token(&http::Response::new(answer.to_vec()), 1_700_000_000).unwrap();
//! assert_eq!(token.expires_at, 1_700_003_600);
//!
//! let request = wise::find_orders(&account, &token, "SO", By::PoOrdBillNo, &["SO-7/8'"]);
//! assert_eq!(request.uri().path(), "/K3API/SO/GetList");
//! assert!(std::str::from_utf8(request.body()).unwrap().contains("FPOOrdBillNo='SO-7/8'''"));
//!
//! let document = json!({"Page1": [{"FPOOrdBillNo": "SO-7/8'"}], "Page2": [{"Fauxqty": 2.50}]});
//! let request = wise::save(&account, &token, "SO", &document);
//! assert!(std::str::from_utf8(request.body()).unwrap().contains(r#""Fauxqty":"2.5"#));
//!
//! let answer = br#"{"StatusCode":200,"Message":"Successful","Data":{"BillNo":"SEORD000001"}}"#;
//! assert_eq!(wise::read_save(&http::Response::new(answer.to_vec())).unwrap(), "SEORD000001");
//! ```

mod account;
mod answer;
mod classify;
mod facts;
mod request;
mod template;
mod token;

pub use crate::response::server_time;
pub use account::Account;
pub use answer::{List, Order, read_list, read_save};
pub use classify::{Operation, classify};
pub use facts::{BILL_NO, LARGEST_PAGE, PO_ORD_BILL_NO, SALES_ORDER, TOKEN_LIFE, object_of};
pub use request::{By, ListQuery, find_orders, get_list, get_template, quote, save};
pub use template::{Page, Template, read_template};
pub use token::{Token, read_token, request_token};
