//! Data, and the switches that may be turned while it runs.

use serde::{Deserialize, Serialize};

use super::Op;

/// What it holds at start and after a reset. Base data: `base`.
#[derive(Clone, Debug)]
pub struct Data {
    /// The authority codes that tokens are given for.
    pub authority_codes: Vec<String>,
}

impl Default for Data {
    fn default() -> Self {
        Self { authority_codes: vec!["635e8cd049f1407d0668651d54c90e8696e0ef1e98094961".into()] }
    }
}

/// Behaviours that `vendors/kingdee.md` leaves unconfirmed (3.3, 5.3). The defaults are the position with the
/// better evidence, or the stricter one.
///
/// In the control API this is a JSON object with these names; enum values are in `snake_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// 3.1: seconds that a token lives; the administrator sets it.
    pub token_life_s: u32,
    /// 3.1: how `Validity` looks.
    pub validity: Validity,
    /// `[INF]` 3.1: what a new token does to an older one.
    pub older_tokens: OlderTokens,
    /// `[INF]` 3.3: how a token that is not good is refused.
    pub token_refusal: TokenRefusal,
    /// `[INF]` 5.3 "whether Save honours a supplied FBillNo".
    pub numbering: Numbering,
    /// `[INF]` 3.4: whether a bill keeps the `FPOOrdBillNo` that it was saved with; an account set may have the field
    /// switched off.
    pub keeps_po_ord_bill_no: bool,
    /// `[INF]` 5.3 "key case-insensitivity".
    pub letter_case: LetterCase,
    /// `[INF]` 3.4: which fields are required.
    pub required: Required,
    /// 3.3: how a bill that was saved is reported.
    pub saved: Saved,
    /// `[INF]` 3.3: how a bill that is refused is reported.
    pub refusal: Refusal,
    /// `[INF]` 3.2: what a filter of `GetList` may be.
    pub filters: Filters,
    /// `[INF]`: `GetList` gives at most this many rows a page whatever `PageSize` says.
    pub clamp: Option<usize>,
    /// `[INF]` 3.2: what `ROWCOUNT` counts.
    pub row_count: RowCount,
    /// 3.2 "numbers as strings or ints": how the figures of a list look.
    pub figures: Figures,
    /// Operations that the authority code gives no access to (EBDI → API平台 → API授权). Code and words are ours.
    pub forbidden: Vec<Op>,
    /// Milliseconds that the simulator's wall clock is ahead (behind if negative) of the machine's.
    pub clock_offset_ms: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            token_life_s: 3600,
            validity: Validity::Number,
            older_tokens: OlderTokens::LiveOn,
            token_refusal: TokenRefusal::StatusCode,
            numbering: Numbering::Own,
            keeps_po_ord_bill_no: true,
            letter_case: LetterCase::Counts,
            required: Required::WorkingPayload,
            saved: Saved::BillNo,
            refusal: Refusal::Reason,
            filters: Filters::Sql,
            clamp: None,
            row_count: RowCount::All,
            figures: Figures::Number,
            forbidden: Vec::new(),
            clock_offset_ms: 0,
        }
    }
}

/// How `Validity` looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// `3600.0`
    Number,
    /// `"3600"`
    Text,
    /// It is not there.
    Absent,
}

/// What becomes of a token when another is made for the same code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OlderTokens {
    /// It lives until its end.
    LiveOn,
    /// It ends.
    End,
}

/// The answer to a token that is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRefusal {
    /// HTTP 200, `StatusCode` 401 and a sentence about the token.
    StatusCode,
    /// HTTP 401 and nothing else.
    Http401,
    /// HTTP 200 and a sentence that is no JSON.
    PlainText,
}

/// Who numbers the bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbering {
    /// The ERP, whatever `FBillNo` says.
    Own,
    /// The caller, where it gives a `FBillNo`; one that is taken is refused.
    Honours,
}

/// Whether the letter case of a field counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterCase {
    /// A field that is not exactly as in the template is refused.
    Counts,
    /// It is taken for the template's field.
    IsIgnored,
}

/// Which fields are required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// Those of the one payload that is known to work (3.4), but for texts that the material determines.
    WorkingPayload,
    /// Customer, date, material and quantity.
    Least,
}

/// How a bill that was saved is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    /// `Data: {"BillNo"}`
    BillNo,
    /// `Data: [{"FStatus": true, "FBillNo"}]`, as with masters.
    Row,
}

/// How a bill that is refused is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// `StatusCode` 201 and the reason.
    Reason,
    /// `StatusCode` 201 and `Faild` (sic), the reason in `Data[0].FMessage`.
    Faild,
    /// `StatusCode` 200, and `FStatus` false inside, as with masters.
    Inside,
}

/// What a filter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filters {
    /// Comparisons, `like`, `in`, joined by `and` and `or`.
    Sql,
    /// One comparison, as in the samples.
    OneComparison,
}

/// What `ROWCOUNT` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowCount {
    /// All rows that the filter lets through.
    All,
    /// The rows of the page.
    OfThePage,
}

/// How the figures of a list look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figures {
    /// `10`
    Number,
    /// `"10"`
    Text,
}
