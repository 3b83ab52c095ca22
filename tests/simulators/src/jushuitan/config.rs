//! What a simulator is started with, and the switches that may be turned while it runs.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::generator::Generate;
use super::op::Op;

/// What [`Jushuitan::start`](super::Jushuitan::start) needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the open platform listens, both interfaces; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the control API listens; port 0 takes a free one.
    pub control: SocketAddr,
    /// Who may call.
    pub credentials: Credentials,
    /// The unconfirmed behaviours, at start and after a reset.
    pub switches: Switches,
    /// Records and shops to make at start and after a reset.
    pub generate: Option<Generate>,
}

impl Default for Config {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: any_port,
            control: any_port,
            credentials: Credentials::default(),
            switches: Switches::default(),
            generate: None,
        }
    }
}

/// The credentials of both interfaces. The default are those of the vectors in `vendors/sources.md` 4.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Credentials {
    pub app_key: String,
    pub app_secret: String,
    pub partner_id: String,
    pub partner_key: String,
    /// The legacy token: its value never changes, its life can be extended.
    pub legacy_token: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            app_key: "5b53060f23d84ddf9703056e84fa5a2d".into(),
            app_secret: "e9c5ca33fecb404b8e6cdbd0ef4a6d25".into(),
            partner_id: "ywv5jGT8ge6Pvlq3FZSPol345asd".into(),
            partner_key: "ywv5jGT8ge6Pvlq3FZSPol2323".into(),
            legacy_token: "181ee8952a88f5a57db52587472c3798".into(),
        }
    }
}

/// Behaviours that `vendors/sources.md` leaves unconfirmed (`[INF]`, 6) or that a company configures. The
/// defaults are the stricter position, or the one with the better evidence.
///
/// In the control API this is a JSON object with these names; enum values are in `snake_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// 1.5: which generation of the code table the current interface answers with.
    pub codes: Codes,
    /// 1.5: `data` of an error.
    pub error_data: ErrorData,
    /// 1.1: seconds that a time stamp may be off the simulator's clock; 900 (15 minutes) or 600 in the documents.
    pub timestamp_tolerance_s: u32,
    /// 1.4: calls in any second; `null` for no limit.
    pub calls_per_second: Option<usize>,
    /// 1.4: calls in any minute; `null` for no limit.
    pub calls_per_minute: Option<usize>,
    /// 1.4 "Scope not confirmed": what the calls are counted by.
    pub quota_scope: QuotaScope,
    /// Whether a call that is refused for its number counts itself.
    pub refused_calls: RefusedCalls,
    /// 1.3: whose app it is.
    pub app: App,
    /// 1.3: seconds that a new token lives.
    pub token_life_s: u64,
    /// 1.3 "Uncertain: whether refresh changes the token value or only its expiry".
    pub refresh: Refresh,
    /// What becomes of the token before, when another one is given out.
    pub old_token: OldToken,
    /// Whether a token that has expired can still be renewed with its refresh token.
    pub refresh_expired: RefreshExpired,
    /// 1.8: whether a legacy token that has expired can still be extended.
    pub legacy_expired: LegacyExpired,
    /// Interfaces that the app has not applied for (code 190).
    pub forbidden: Vec<Op>,
    /// Whether the caller's address is on the whitelist of the app (code 110).
    pub whitelisted: bool,
    /// 6 "page_size > max behaviour (error vs clamp)".
    pub over_page_size: OverPageSize,
    /// The server gives at most this many rows a page whatever is asked for.
    pub clamp: Option<usize>,
    /// The `page_size` in the answer when the page was clamped.
    pub page_size_told: PageSizeTold,
    /// 1.7 gives no order.
    pub order: Order,
    /// Whether `modified_end` belongs to the window.
    pub window_end: Edge,
    /// Whether `start_ts` belongs to what is asked for.
    pub start_ts: Edge,
    /// 1.7 "a time range or so_ids is required": whether `io_ids` alone will do.
    pub io_ids_alone: IoIdsAlone,
    /// 1.7: quantities and `wh_id` as numbers or as texts.
    pub numbers: Numbers,
    /// 1.7: the name of `drop_co_name` or `drp_co_name`.
    pub drop_name: String,
    /// Milliseconds that the simulator's wall clock is ahead (behind if negative) of the machine's: it rules
    /// the `Date` header, `modified`, the quota, tokens and time stamps.
    pub clock_offset_ms: i64,
    /// Where the machine's clock is taken to stand still, in milliseconds since 1970; `null` lets it go. The
    /// offset comes on top.
    pub clock_stands_at_ms: Option<i64>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            codes: Codes::Current,
            error_data: ErrorData::Null,
            timestamp_tolerance_s: 900,
            calls_per_second: Some(5),
            calls_per_minute: Some(100),
            quota_scope: QuotaScope::App,
            refused_calls: RefusedCalls::NotCounted,
            app: App::Own,
            token_life_s: 2_592_000,
            refresh: Refresh::NewValues,
            old_token: OldToken::Dies,
            refresh_expired: RefreshExpired::Refused,
            legacy_expired: LegacyExpired::Extended,
            forbidden: Vec::new(),
            whitelisted: true,
            over_page_size: OverPageSize::Refuse,
            clamp: None,
            page_size_told: PageSizeTold::Effective,
            order: Order::Id,
            window_end: Edge::Inclusive,
            start_ts: Edge::Exclusive,
            io_ids_alone: IoIdsAlone::Allowed,
            numbers: Numbers::Numbers,
            drop_name: "drop_co_name".into(),
            clock_offset_ms: 0,
            clock_stands_at_ms: None,
        }
    }
}

macro_rules! positions {
    ($(#[$about:meta])* $name:ident { $($(#[$each:meta])* $position:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$each])* $position),+ }
    };
}

positions! {
    /// A generation of the code table of the current interface.
    Codes {
        /// 140 is a wrong time stamp, 10 a wrong signature; no code for a wrong parameter.
        Current,
        /// docId=320: 180 is a wrong time stamp, 120 a wrong signature, 140 a wrong parameter.
        Older,
    }
}
positions! {
    /// `data` of an error.
    ErrorData {
        /// `"data":null`
        Null,
        /// No `data`.
        Absent,
    }
}
positions! {
    /// What calls are counted by.
    QuotaScope {
        /// All calls of the app.
        App,
        /// Each interface for itself.
        Interface,
    }
}
positions! {
    /// Whether refused calls count.
    RefusedCalls {
        /// They do not.
        NotCounted,
        /// They do: hammering makes it worse.
        Counted,
    }
}
positions! {
    /// Whose app it is.
    App {
        /// 自研: fetches and renews its tokens.
        Own,
        /// 服务商: may do neither (code 150).
        Provider,
    }
}
positions! {
    /// What a renewal gives.
    Refresh {
        /// Another access token and another refresh token.
        NewValues,
        /// The same, with a later end.
        SameValues,
    }
}
positions! {
    /// What becomes of an access token when another one is given out.
    OldToken {
        /// It is refused from then on.
        Dies,
        /// It is good until its own end.
        LivesOn,
    }
}
positions! {
    /// A renewal after the end.
    RefreshExpired {
        /// Refused: a first token must be fetched.
        Refused,
        /// As before the end.
        Renewed,
    }
}
positions! {
    /// An extension after the end.
    LegacyExpired {
        /// As before the end.
        Extended,
        /// Refused: a person must fetch a token.
        Refused,
    }
}
positions! {
    /// What a `page_size` over the maximum leads to.
    OverPageSize {
        /// An error. Its wording is ours.
        Refuse,
        /// The maximum, without a word.
        Clamp,
    }
}
positions! {
    /// The `page_size` of an answer whose page was clamped.
    PageSizeTold {
        /// The one that held.
        Effective,
        /// The one that was asked for.
        Asked,
    }
}
positions! {
    /// The order of rows.
    Order {
        /// By `io_id` or `shop_id`.
        Id,
        /// By `modified`, the oldest first.
        Modified,
        /// By `modified`, the newest first.
        Newest,
        /// Another one at each call.
        Shuffled,
    }
}
positions! {
    /// Whether an end belongs to a range.
    Edge {
        /// It does.
        Inclusive,
        /// It does not.
        Exclusive,
    }
}
positions! {
    /// `io_ids` without a time range and without `so_ids`.
    IoIdsAlone {
        /// Allowed.
        Allowed,
        /// Refused, as the document can be read.
        Refused,
    }
}
positions! {
    /// How quantities and warehouse ids look.
    Numbers {
        /// `2`
        Numbers,
        /// `"2"`
        Texts,
    }
}
