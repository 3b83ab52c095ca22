//! The wire protocols of the systems that Ferry connects. Pure: nothing here opens a connection,
//! reads a clock or keeps a state; the caller does, and hands in messages and moments.
//!
//! One module per system, all of one shape. Whoever has read one knows where to look in the next:
//!
//! | file | answers the question |
//! |---|---|
//! | `account.rs` | which variables make an account, and what is wrong with them |
//! | `sign.rs` | how a call proves who it is (MySQL's driver does that itself) |
//! | `request.rs` | what is sent: an [`http::Request`], or an SQL text and its parameters |
//! | `answer.rs` | what came back: rows, or an [`Error`] |
//! | `classify.rs` | what an error means: a table, read from top to bottom |
//!
//! * [`galaxy`]: 金蝶云星空, the K3Cloud WebAPI: signed headers or a session, `ExecuteBillQuery`, `BatchSave`.
//! * [`jdy`]: 金蝶云星辰 V2: the gateway's signature, tokens, customers.
//! * [`jushuitan`]: 聚水潭, the current open platform and the legacy interface: signed forms, tokens, pages.
//! * [`okki`]: 小满 OKKI, a bearer token, the list of orders and their details.
//! * [`wise`]: 金蝶 K3 WISE, the K3API: a token in the address, `Save`, `GetList`, `GetTemplate`.
//! * [`mysql`]: a table of MySQL 8 or MariaDB 10.6 and later, as the target of a flow.
//! * [`wangdiantong`]: 旺店通旗舰版: signed calls, 生产出库单 with their details.
//!
//! Begin with [`galaxy::execute_bill_query`] and [`galaxy::read_query`], then the tables in
//! `galaxy/classify.rs` and `mysql/classify.rs`: HTTP 200 with an error inside is the rule with
//! these vendors, so that (status, code, text) together decide the [`Class`], and the class decides
//! what happens next (`design.md` 7).
//!
//! Every message for people is in English and in Chinese. No secret, token or session is ever part
//! of an [`Error`], a [`Problem`] or a `Debug` text.

mod excerpt;
pub mod galaxy;
mod gateway;
pub mod jdy;
pub mod jushuitan;
pub mod mysql;
pub mod okki;
mod response;
mod rules;
mod variables;
pub mod wangdiantong;
pub mod wise;

/// What an error means for the row, the page and the run (`design.md` 7, *Retries*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The answer is missing or unusable, so the outcome is unknown: a read is asked again, a write
    /// is in doubt and is looked into before anything is sent again.
    Transport,
    /// Too much was asked for. Wait, then ask again; counts as no attempt.
    RateLimit,
    /// The session or the credentials have expired or were refused. Renew them once and ask again;
    /// refused a second time, or refused by the login itself, it is for a person to mend.
    Credentials,
    /// A business error of one row: that row becomes a dead letter, its neighbours go on.
    Row,
    /// Asking again cannot help. Stop, and raise an alert.
    Fatal,
}

/// What a system answered instead of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}{}: {message} ({hint_en})", vendor_code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default())]
pub struct Error {
    /// What it means.
    pub class: Class,
    /// Our own name of it: stable, in snake_case, as `session_lost`.
    pub code: &'static str,
    /// The system's own code, where it gave one: Galaxy's `MsgCode` or `LoginResultType`, MySQL's
    /// error number, the HTTP status.
    pub vendor_code: Option<String>,
    /// The system's own words, at most 500 characters. May be empty, as many answers are.
    pub message: String,
    /// What to do, and what Ferry does next.
    pub hint_en: String,
    /// The same in Chinese.
    pub hint_zh: String,
}

/// Something malformed in the configuration: a variable, or a part of the flow file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{about}: {en} ({zh})")]
pub struct Problem {
    /// The variable (`galaxy_app_id`) or the field of the flow file (`main_sql`).
    pub about: String,
    /// What is wrong, what it is for and how to mend it.
    pub en: String,
    /// The same in Chinese.
    pub zh: String,
}

impl Problem {
    fn new(about: &str, en: impl Into<String>, zh: impl Into<String>) -> Problem {
        Problem { about: about.to_owned(), en: en.into(), zh: zh.into() }
    }
}
