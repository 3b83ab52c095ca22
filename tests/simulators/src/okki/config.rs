//! Accounts, data, and the switches that may be turned while it runs.

use serde::{Deserialize, Serialize};

use super::generator::Generate;

/// One set of credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: String,
    /// The modules that it may ask a token for.
    pub scopes: Vec<String>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            client_id: "efc1126d6".into(),
            client_secret: "dcc2228f1a2b3c4d".into(),
            scopes: ["invoices", "company", "product", "purchaseOrder"].map(String::from).into(),
        }
    }
}

/// What it holds at start and after a reset.
#[derive(Clone, Debug)]
pub struct Data {
    /// Who may ask for a token.
    pub accounts: Vec<Credentials>,
    /// Orders to make.
    pub orders: Option<Generate>,
}

impl Default for Data {
    fn default() -> Self {
        Self { accounts: vec![Credentials::default()], orders: None }
    }
}

/// Behaviours that `vendors/sources.md` leaves unconfirmed (3 and 6.3). The defaults are the position with the
/// better evidence, or the stricter one.
///
/// In the control API this is a JSON object with these names; enum values are in `snake_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// 3.2: seconds that a token lives.
    pub token_life_s: u32,
    /// 3.2: whether a token's answer has `expires_in`. The document says no, an integrator measured 28799.
    pub expires_in: bool,
    /// 3.2 "re-requesting within 8 h does not extend validity".
    pub reissue: Reissue,
    /// `[INF]` 3.2: how a token that is not good is refused.
    pub unauthorized: Unauthorized,
    /// `[INF]` 3.2: how a token without the module's scope is refused.
    pub missing_scope: MissingScope,
    /// `[INF]` 6.3: what a `count` over `largest_count` leads to.
    pub over_count: OverCount,
    /// `[INF]` 6.3: the largest page. 500 is what has been seen to work.
    pub largest_count: usize,
    /// `[INF]` 3.3: what a time of day in `start_time` and `end_time` means.
    pub time_of_day: TimeOfDay,
    /// `[INF]` 6.3: whether an `end_time` that is a mere date includes its day.
    pub end_day: EndDay,
    /// `[INF]` 6.3: the order of the list.
    pub sort: Sort,
    /// 3.3: whether `data.count` is a number or a text.
    pub total: Total,
    /// 3.5: the code of success, 200 or 0.
    pub success_code: i64,
    /// `[INF]` 6.3: whether the rows of a list have `status`.
    pub list_status: bool,
    /// `[INF]` 3.3: whether `removed=1` lists deleted orders alone.
    pub removed: Removed,
    /// `[INF]`: whether a deleted order still has a detail.
    pub deleted_detail: DeletedDetail,
    /// `[INF]` 3.4: how a record that is not there is refused.
    pub not_found: NotFound,
    /// `[INF]` 3.5 "no published rate limit": calls with a good token in any minute; `null` for no limit.
    pub limit_per_minute: Option<usize>,
    /// Milliseconds that the simulator's wall clock is ahead (behind if negative) of the machine's.
    pub clock_offset_ms: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            token_life_s: 28_800,
            expires_in: false,
            reissue: Reissue::Same,
            unauthorized: Unauthorized::Http401,
            missing_scope: MissingScope::Http401,
            over_count: OverCount::Clamp,
            largest_count: 500,
            time_of_day: TimeOfDay::Counts,
            end_day: EndDay::Begins,
            sort: Sort::LatestFirst,
            total: Total::Number,
            success_code: 200,
            list_status: false,
            removed: Removed::Alone,
            deleted_detail: DeletedDetail::NotFound,
            not_found: NotFound::Code,
            limit_per_minute: None,
            clock_offset_ms: 0,
        }
    }
}

/// What a second request for a token gives while the first token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reissue {
    /// The same token.
    Same,
    /// Another one that ends when the first does.
    Another,
}

/// The answer to a token that is not good: in both cases the OAuth2 body of `access_denied`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unauthorized {
    /// HTTP 401, as clients rely on.
    Http401,
    /// HTTP 200.
    Http200,
}

/// The answer to a token without the module's scope: `no permission invoices scopes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingScope {
    /// HTTP 401 and a message.
    Http401,
    /// HTTP 200 and the code 403.
    Code403,
}

/// What a page that is too large leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverCount {
    /// As many rows as are allowed, without a word.
    Clamp,
    /// Code 400.
    Refuse,
}

/// What a time of day in a parameter that is documented as a date means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeOfDay {
    /// What it says.
    Counts,
    /// Nothing: only the date counts.
    IsIgnored,
}

/// What an `end_time` without a time of day means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndDay {
    /// The first moment of that day.
    Begins,
    /// The last.
    Ends,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By `update_time`, the latest first: an order that is modified during a scan shifts all others.
    LatestFirst,
    /// By `update_time`, the latest last.
    LatestLast,
    /// By `order_id`.
    Id,
    /// Another one at each call.
    Shuffled,
}

/// How `data.count` looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Total {
    /// `12`
    Number,
    /// `"12"`
    Text,
}

/// What `removed=1` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removed {
    /// Deleted orders alone.
    Alone,
    /// All orders, deleted ones too.
    Too,
}

/// The detail of a deleted order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedDetail {
    /// Is not there.
    NotFound,
    /// Is as it was.
    Given,
}

/// How a missing record is refused: code 404, `Not Found Resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// With HTTP 200.
    Code,
    /// With HTTP 404.
    Http404,
}
