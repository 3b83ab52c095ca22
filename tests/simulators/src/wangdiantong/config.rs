//! What the simulator is started with, and the switches that may be turned while it runs.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::auth::Credentials;
use super::generator::Generate;

/// What [`Wangdiantong::start`](super::Wangdiantong::start) needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the simulated open platform listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the control API listens; port 0 takes a free one.
    pub control: SocketAddr,
    /// Who may call. The default is the account of the vendor's example of a signature.
    pub credentials: Vec<Credentials>,
    /// The unconfirmed behaviours, at start and after a reset.
    pub switches: Switches,
    /// Records to make at start and after a reset.
    pub stockouts: Option<Generate>,
}

impl Default for Config {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: any_port,
            control: any_port,
            credentials: vec![Credentials::default()],
            switches: Switches::default(),
            stockouts: None,
        }
    }
}

/// Behaviours that `vendors/sources.md` 2 leaves unconfirmed (`[INF]`) or that differ between versions.
/// The defaults are the stricter position, or the one with the better evidence.
///
/// In the control API this is a JSON object with these names; enum values are in `snake_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// `[INF]` 2.5: calls of one appkey in any sixty seconds; `null` for no limit.
    pub calls_per_minute: Option<usize>,
    /// `[INF]` whether calls that were refused for their number count too.
    pub refused_calls_count: bool,
    /// `[INF]` 2.5 "pause 5–10 min": seconds for which all calls are refused once the limit was met.
    pub pause_s: u32,
    /// 2.4 `最大并发次数`: calls at work at once; `null` for no limit. No figure is known.
    pub concurrent_calls: Option<usize>,
    /// 2.4: the two messages about limits appear with commas of either width.
    pub comma: Comma,
    /// `[INF]` 2.4: what a wrong signature is answered with.
    pub bad_signature: BadSignature,
    /// 2.1: seconds that a timestamp may be off the simulator's clock either way.
    pub timestamp_tolerance_s: u32,
    /// `[INF]` 2.3: `total_count` when `calc_total` is 0.
    pub uncounted: Uncounted,
    /// 2.3 *Version drift*: how times look.
    pub times: TimeFormat,
    /// 2.3 *Version drift*: which fields there are.
    pub fields: Fields,
    /// `[INF]` 6.2: the order of the rows.
    pub order: RowOrder,
    /// `[INF]`: whether the ends of a window belong to it.
    pub edges: Edges,
    /// `[INF]` 2.3: what a `page_size` over 2000 leads to.
    pub over_largest_page: OverLargestPage,
    /// `[INF]`: the server gives at most this many rows a page whatever `page_size` says.
    pub clamp: Option<usize>,
    /// Whether the caller's address is on the whitelist of the application (2.4: 6 `ip限制`).
    pub whitelisted: bool,
    /// Whether the application has applied for the interface (2.4: `权限不足`).
    pub applied_for: bool,
    /// Milliseconds that the simulator's wall clock is ahead (behind if negative) of the machine's: it
    /// rules the `Date` header, `modified`, the limits and the tolerance.
    pub clock_offset_ms: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            calls_per_minute: Some(60),
            refused_calls_count: true,
            pause_s: 0,
            concurrent_calls: None,
            comma: Comma::Wide,
            bad_signature: BadSignature::Verification,
            timestamp_tolerance_s: 120,
            uncounted: Uncounted::Absent,
            times: TimeFormat::Text,
            fields: Fields::Of2024,
            order: RowOrder::Shuffled,
            edges: Edges::Both,
            over_largest_page: OverLargestPage::Refuse,
            clamp: None,
            whitelisted: true,
            applied_for: true,
            clock_offset_ms: 0,
        }
    }
}

/// The comma in the messages about limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comma {
    /// `，`
    Wide,
    /// `,`
    Ascii,
}

/// The answer to a wrong signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadSignature {
    /// Status 1, `验证失败`: the likeliest (2.4).
    Verification,
    /// Status 1, `app auth fail`.
    App,
}

/// `total_count` where it was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncounted {
    /// It is not there.
    Absent,
    /// It is 0.
    Zero,
}

/// How times look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `"2024-08-22 13:40:50"`
    Text,
    /// `1592876325000`
    Milliseconds,
}

/// Which fields a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fields {
    /// Those of the documents' example of 2024.
    Of2024,
    /// Those of the Java SDK's example of 2020: no `warehouse_no`, `stockout_id`, positions and more.
    Of2020,
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOrder {
    /// Another one at each call, so that a client that relies on pages is caught.
    Shuffled,
    /// By `stockout_id`.
    Id,
    /// By `modified`, then `stockout_id`.
    Modified,
}

/// Whether the ends of a window belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edges {
    /// Both do.
    Both,
    /// The begin does, the end does not.
    Begin,
    /// The end does, the begin does not.
    End,
}

/// What a `page_size` over 2000 leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverLargestPage {
    /// Status 100. Its wording is that of the documents' table.
    Refuse,
    /// 2000 rows, without a word.
    Clamp,
}
