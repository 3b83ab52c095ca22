//! What a simulator is started with, and the switches that may be turned while it runs.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::auth::Credentials;
use super::generator::Generate;

/// What [`Galaxy::start`](super::Galaxy::start) needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the simulated ERP listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the control API listens; port 0 takes a free one.
    pub control: SocketAddr,
    /// Who may log in. The default is the account of `vendors/kingdee.md` 1.2.1.
    pub credentials: Vec<Credentials>,
    /// The unconfirmed behaviours, at start and after a reset.
    pub switches: Switches,
    /// Materials to make at start and after a reset.
    pub materials: Option<Generate>,
}

impl Default for Config {
    fn default() -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: any_port,
            control: any_port,
            credentials: vec![Credentials::default()],
            switches: Switches::default(),
            materials: None,
        }
    }
}

/// Behaviours that `vendors/kingdee.md` leaves unconfirmed (`[INF]`) or that differ between
/// deployments. The defaults are the stricter position, or the one with the better evidence.
///
/// In the control API this is a JSON object with these names; enum values are in `snake_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// `[INF]` 1.2 "not confirmed: timestamp tolerance". Seconds that a signed timestamp may be off the
    /// simulator's clock either way; `null` does not look at it.
    pub timestamp_tolerance_s: Option<u32>,
    /// `[INF]` 1.2 "which header a private deployment ignores".
    pub signature_headers: SignatureHeaders,
    /// `[INF]` 1.2 "exact response for a bad signature".
    pub bad_signature: BadSignature,
    /// Seconds without a call after which a session is lost. The document gives no figure.
    pub session_ttl_s: u64,
    /// `[DOC]` 1.5: answer every otherwise good login with this `LoginResultType` (only 1 and −5 open a session).
    pub login_result: Option<i32>,
    /// `[INF]` 1.8 / 5.1: what a `Limit` over 2000 leads to.
    pub over_limit: OverLimit,
    /// `[INF]` 1.8: the server gives at most this many rows a page whatever `Limit` says.
    pub clamp: Option<usize>,
    /// `[INF]` 1.8: how a date cell looks.
    pub dates: DateFormat,
    /// `[INF]` 1.7: "`Id` is an int in the recorded samples; S3 types it as String".
    pub ids: IdFormat,
    /// 1.8 promises no order without `OrderString`.
    pub default_order: DefaultOrder,
    /// `[INF]` 1.7 / 5.1: the global `IsSuccess` when a part of a batch failed.
    pub partial_failure: PartialFailure,
    /// `[INF]` 1.7: what a bad bill does to the other bills of its batch.
    pub batch_failure: BatchFailure,
    /// `[INF]` 1.6: how IsAutoSubmitAndAudit tells that a bill was saved but not audited.
    pub audit_failure: AuditFailure,
    /// `[INF]` 1.6: what becomes of an entry whose reference is not found, without IsVerifyBaseDataField.
    pub unknown_reference: UnknownReference,
    /// `[INF]` 1.6 / 5.1 "batch max": bills that one BatchSave may hold; `null` for no limit.
    pub batch_max: Option<usize>,
    /// `[INF]` 5.1: the wording for a missing required field.
    pub required_wording: RequiredWording,
    /// `[INF]` 1.7 View: `ResponseStatus` of a successful View.
    pub view_status: ViewStatus,
    /// `[INF]` 1.7 View: what the keys of the bill are.
    pub view_keys: ViewKeys,
    /// Not documented, and an audit need not touch `FModifyDate`: which dates it stamps on a material or bill.
    pub audit_stamps: AuditStamps,
    /// 1.7: whether a firewall that dislikes `--`, `/*`, ` exec ` and the like stands before the server.
    pub waf: bool,
    /// Whether the caller's address is on the whitelist of the application (第三方系统登录授权). That there is such
    /// a refusal is known, its words are ours.
    pub whitelisted: bool,
    /// Forms on which the integration user has no rights (`MsgCode` 2, 1.7; the sentence is ours).
    pub forbidden: Vec<String>,
    /// Milliseconds that the simulator's wall clock is ahead (behind if negative) of the machine's:
    /// it rules the `Date` header, `FModifyDate` stamps, session expiry and timestamp tolerance.
    pub clock_offset_ms: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            timestamp_tolerance_s: Some(300),
            signature_headers: SignatureHeaders::Both,
            bad_signature: BadSignature::SessionLost,
            session_ttl_s: 1200,
            login_result: None,
            over_limit: OverLimit::Refuse,
            clamp: None,
            dates: DateFormat::Seconds,
            ids: IdFormat::Number,
            default_order: DefaultOrder::Shuffled,
            partial_failure: PartialFailure::IsSuccessFalse,
            batch_failure: BatchFailure::RowByRow,
            audit_failure: AuditFailure::Refusal,
            unknown_reference: UnknownReference::Empty,
            batch_max: None,
            required_wording: RequiredWording::Required,
            view_status: ViewStatus::Null,
            view_keys: ViewKeys::PropertyNames,
            audit_stamps: AuditStamps::ApproveDate,
            waf: true,
            whitelisted: true,
            forbidden: Vec::new(),
            clock_offset_ms: 0,
        }
    }
}

/// Which of the two signatures a request without a session must carry. Those present are always verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureHeaders {
    /// The gateway's `X-Api-Signature` and K3Cloud's `X-Kd-Signature`.
    Both,
    /// One is enough.
    Either,
}

/// The answer to a wrong signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadSignature {
    /// The ordinary 会话信息已丢失 with HTTP 200 (1.2 `[LIVE S17]`).
    SessionLost,
    /// HTTP 401 with a plain text, as a gateway before the server may answer. Our invention.
    Http401,
}

/// What a `Limit` over 2000 leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverLimit {
    /// An error body. Its wording is ours.
    Refuse,
    /// 2000 rows, without a word.
    Clamp,
}

/// How a date cell looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// `2024-01-01T10:11:12`
    Seconds,
    /// `2024-01-01T10:11:12.123`
    Fraction,
    /// `2024-01-01 10:11:12`
    Blank,
}

/// How internal ids look in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdFormat {
    /// `100029`
    Number,
    /// `"100029"`
    Text,
}

/// The order of rows where `OrderString` does not decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultOrder {
    /// Another one at each call, so that a client that forgets to order is caught.
    Shuffled,
    /// By internal id.
    Id,
}

/// The global `IsSuccess` of a batch of which some rows failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialFailure {
    /// `false`, with `ErrorCode` 500 and `MsgCode` 11.
    IsSuccessFalse,
    /// `true`, with `MsgCode` 0: only `Errors` tells.
    IsSuccessTrue,
}

/// What a bad bill does to the other bills of its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchFailure {
    /// The good ones are saved.
    RowByRow,
    /// None is saved; `Errors` name the bad ones.
    Whole,
    /// None is saved; the one error has `DIndex` 0, whichever bill is to blame.
    WholeUnnamed,
}

/// How a save tells that the audit which came with it failed. The bill stays saved and submitted in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditFailure {
    /// As if the bill had been refused: in `Errors` alone.
    Refusal,
    /// In `SuccessEntitys` and in `Errors`.
    Both,
    /// Not at all: in `SuccessEntitys` alone.
    Silence,
}

/// What becomes of an entry whose reference is not found and not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownReference {
    /// The field is empty, and missed if it is required.
    Empty,
    /// The entry vanishes where the field is its material, without a word.
    DropsEntry,
}

/// The wording for a missing required field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredWording {
    /// `字段[客户]是必录字段`, the paraphrase in 1.7.
    Required,
    /// `“客户”不能为空`: for clients that match on the paraphrase. Our invention.
    NotEmpty,
}

/// `ResponseStatus` of a successful View.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewStatus {
    /// `null`
    Null,
    /// `{"IsSuccess":true,…}`
    Present,
}

/// The keys of a viewed bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKeys {
    /// Entity property names: `BillNo`, `SaleOrgId: {"Id", "Number", "Name"}`.
    PropertyNames,
    /// Field keys: `FBillNo`, `FSaleOrgId: {"FID", "FNumber", "FName"}`.
    FieldKeys,
}

/// The dates that an audit stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditStamps {
    /// `FApproveDate` alone.
    ApproveDate,
    /// `FApproveDate` and `FModifyDate`.
    BothDates,
}
