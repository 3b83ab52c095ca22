//! What a simulator is started with, and the switches that may be turned while it runs.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::generator::Generate;
use super::op::Op;

/// What [`Jdy::start`](super::Jdy::start) needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the gateway listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the control API listens; port 0 takes a free one.
    pub control: SocketAddr,
    /// Who may call.
    pub credentials: Credentials,
    /// What has granted access; the customers are those of the first.
    pub account_sets: Vec<AccountSet>,
    /// The unconfirmed behaviours, at start and after a reset.
    pub switches: Switches,
    /// Customers to make at start and after a reset.
    pub customers: Option<Generate>,
}

impl Default for Config {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: any_port,
            control: any_port,
            credentials: Credentials::default(),
            account_sets: vec![AccountSet::default()],
            switches: Switches::default(),
            customers: None,
        }
    }
}

/// The application. The default is the synthetic one of `vendors/kingdee.md` 2.1, c.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// `X-Api-ClientID`
    pub client_id: String,
    /// The key of `X-Api-Signature`, and of the private fields; 32 characters.
    pub client_secret: String,
    /// `outerInstanceId`
    pub outer_instance_id: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            client_id: "200421".into(),
            client_secret: "0123456789abcdef0123456789abcdef".into(),
            outer_instance_id: "226079154111025152".into(),
        }
    }
}

/// An account set (账套) that has granted access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSet {
    /// `appKey`
    pub app_key: String,
    /// `accountName`
    pub name: String,
    /// `domain`, which every call names as `X-GW-Router-Addr`.
    pub domain: String,
    /// `status`: 1 granted, 0 withdrawn.
    pub status: u8,
}

impl Default for AccountSet {
    fn default() -> Self {
        Self {
            app_key: "bVZgAZOv1".into(),
            name: "演示账套".into(),
            domain: "https://tf.jdy.com".into(),
            status: 1,
        }
    }
}

/// Behaviours that `vendors/kingdee.md` leaves unconfirmed. The defaults are the stricter position, or the
/// one with the better evidence.
///
/// In the control API this is a JSON object with these names; enum values are in `snake_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// `[DOC]` 2.1: seconds that a time stamp may be off; `null` does not look at it.
    pub timestamp_tolerance_s: Option<u32>,
    /// `[INF]` 6: what the signature is computed over.
    pub signed_query: SignedQuery,
    /// 2.7: which of the two tables of codes the gateway uses.
    pub gateway_errors: GatewayErrors,
    /// `[INF]` 2.7, 5.2: the body of an HTTP 519.
    pub jar_body: JarBody,
    /// 2.7: "over-limit HTTP/err 429".
    pub over_quota: OverQuota,
    /// `[DOC]` 2.7: calls of an account set in any minute; `null` for no limit.
    pub calls_per_minute: Option<usize>,
    /// `[LIVE]` 2.2: calls of the token endpoint in any minute; `null` for no limit.
    pub token_calls_per_minute: Option<usize>,
    /// 2.2: "an errcode/description envelope is also seen".
    pub authorise_envelope: AuthoriseEnvelope,
    /// 2.2: "`domain` sometimes present" in the answer of the token endpoint.
    pub token_names_domain: bool,
    /// Not documented: what a new token does to the old ones.
    pub new_token: NewToken,
    /// `[DOC]` 2.2: seconds that a token lives.
    pub token_life_s: u32,
    /// `[LIVE]` 2.2: seconds that an `appSecret` lives.
    pub secret_life_s: u32,
    /// 5.2: what a save without `id` does where the number is taken.
    pub duplicate: Duplicate,
    /// 2.7, 5.2: how a taken number is told.
    pub duplicate_wording: DuplicateWording,
    /// 2.3: the table says that `number` is required, the text that it may be left out.
    pub number_missing: NumberMissing,
    /// 2.3: whether a name that another customer has is a warning, which `ignore_warn` passes over.
    pub warns_of_names: bool,
    /// 2.3: whether `id_number_map` is filled; the document's sample has it empty.
    pub fills_id_number_map: bool,
    /// Not documented: what `customer_detail` says of a number that is not there.
    pub absent_customer: AbsentCustomer,
    /// 2.7: what a `page_size` over 1000 leads to ("2000 seen in the wild").
    pub over_page: OverPage,
    /// Not documented: whether `modify_end_time` itself is inside.
    pub window_end: WindowEnd,
    /// Whether the caller's address is on the whitelist of the application. That there is such a refusal is a
    /// guess, and so are its words.
    pub whitelisted: bool,
    /// 2.7: operations that the application may not use (4012 `NO_PERMISSION` of the jar, 403 of the norm; the
    /// words are ours).
    pub forbidden: Vec<Op>,
    /// Milliseconds that the simulator's wall clock is ahead (behind if negative) of the machine's.
    pub clock_offset_ms: i64,
    /// Milliseconds since 1970 at which the clock stands still, before the offset.
    pub clock_stands_at_ms: Option<i64>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            timestamp_tolerance_s: Some(300),
            signed_query: SignedQuery::Decoded,
            gateway_errors: GatewayErrors::Norm,
            jar_body: JarBody::Errcode,
            over_quota: OverQuota::Errcode,
            calls_per_minute: Some(500),
            token_calls_per_minute: Some(2),
            authorise_envelope: AuthoriseEnvelope::Code,
            token_names_domain: false,
            new_token: NewToken::KeepsOld,
            token_life_s: 24 * 3600,
            secret_life_s: 24 * 3600,
            duplicate: Duplicate::Refused,
            duplicate_wording: DuplicateWording::CommonCode,
            number_missing: NumberMissing::Generated,
            warns_of_names: true,
            fills_id_number_map: true,
            absent_customer: AbsentCustomer::Error,
            over_page: OverPage::Refused,
            window_end: WindowEnd::Inside,
            whitelisted: true,
            forbidden: Vec::new(),
            clock_offset_ms: 0,
            clock_stands_at_ms: None,
        }
    }
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$choice_doc:meta])* $choice:ident),+ $(,)? })+) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$choice_doc])* $choice),+ })+
    };
}

choices! {
    /// What the signature is computed over.
    SignedQuery {
        /// The query decoded, then encoded twice as the vendor's jar does.
        Decoded,
        /// The query as it came, encoded once more.
        Raw,
    }
    /// The gateway's table of codes.
    GatewayErrors {
        /// HTTP 200 with 401, 403, 404 …, as the norm (开发规范) has it.
        Norm,
        /// HTTP 519 with 4001 to 5007, as the vendor's jar has it.
        Jar,
    }
    /// The body of an HTTP 519.
    JarBody {
        /// `{"errcode":4008,"description":"…"}`
        Errcode,
        /// `{"code":4008,"message":"…"}`
        Code,
        /// `X-Api-Signature is invalid`
        Text,
    }
    /// The answer to a call too many.
    OverQuota {
        /// HTTP 200 with errcode 429.
        Errcode,
        /// HTTP 429.
        Http,
    }
    /// The envelope of an authorisation.
    AuthoriseEnvelope {
        /// `{"code":200,…}`
        Code,
        /// `{"errcode":0,…}`
        Errcode,
    }
    /// What a new token does to the old ones.
    NewToken {
        /// They live on.
        KeepsOld,
        /// They end.
        EndsOld,
    }
    /// What a save without `id` does where the number is taken.
    Duplicate {
        /// It is refused.
        Refused,
        /// It updates the customer that is there.
        Updates,
    }
    /// How a taken number is told.
    DuplicateWording {
        /// 1030002002 客户已存在，不能重复新增
        CommonCode,
        /// Another code, and 组合值重复.
        WordsAlone,
    }
    /// What becomes of a new customer without a number.
    NumberMissing {
        /// It gets one.
        Generated,
        /// It is refused.
        Refused,
    }
    /// What `customer_detail` says of a number that is not there.
    AbsentCustomer {
        /// 1030002003
        Error,
        /// errcode 0 with `data` null.
        Null,
    }
    /// What a `page_size` over 1000 leads to.
    OverPage {
        /// 1030002005
        Refused,
        /// 1000 rows, and `page_size` says so.
        Clamped,
        /// What was asked for, up to 2000.
        Served,
    }
    /// Whether `modify_end_time` itself is inside.
    WindowEnd {
        /// It is.
        Inside,
        /// It is not.
        Outside,
    }
}
