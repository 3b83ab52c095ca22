//! The flow file as types. `read` makes them from JSON, `crate::check` judges them.

mod condition;
mod crontab;
mod duration;
mod field;
mod flat;
mod format;
mod group;
mod keys;
mod lookup;
mod read;
mod refused;
mod rescan;
#[cfg(feature = "schema")]
pub mod schema;

pub use condition::{Condition, Logic, QualityRule};
pub use crontab::Crontab;
pub use duration::read_duration;
pub use field::{Field, Kind, Parser, Unmatched, ValueTable};
pub use flat::BeatFlat;
pub use format::{Format, FormatRule};
pub use group::{Accumulator, GroupCalculate};
pub use lookup::{Lookup, OnMiss};
pub use read::parse;
pub use rescan::{FullScan, OmissionRemedy};

use crate::problem::{Problem, Problems, suggestion};
use crate::{Value, check};
#[cfg(feature = "schema")]
use schema::{extras, kinds};
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::time::Duration;

/// All that is particular to a flow.
/// 一个流程的全部定义。
// design.md 4
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "Ferry flow file 摆渡流程文件", deny_unknown_fields, transform = extras::flow_file))]
pub struct FlowFile {
    /// Lower-case letters, digits and hyphens: it is part of routes and storage keys.
    /// 流程名：小写字母、数字和连字符，用于路由和存储键。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Name"))]
    pub name: String,
    /// For people.
    /// 标题。
    pub title: Title,
    /// Constants of a company, as `{{params.x}}`: texts, numbers and booleans.
    /// 企业自己的常量，用 `{{params.x}}` 引用：文本、数字或布尔值。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Params>"))]
    pub params: BTreeMap<String, Value>,
    /// Where records come from.
    /// 数据来自哪里。
    pub source: SourceSpec,
    /// Where they go.
    /// 数据写到哪里。
    pub target: TargetSpec,
    /// What `_findCollection` finds its records in, by name.
    /// `_findCollection` 的查找来源，按名称列出。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::ByName<Lookup>>"))]
    pub lookups: BTreeMap<String, Lookup>,
    /// What a record must be like to be delivered.
    /// 记录须满足的质量规则，不满足者进入死信。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<QualityRule>>"))]
    pub quality: Vec<QualityRule>,
    /// When, how often, how patiently.
    /// 何时运行、多久一次、如何重试。
    pub delivery: Delivery,
    /// What the check found that does not stand against running.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub warnings: Vec<Problem>,
}

/// A title in both languages. A file that gives one has it in both places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The source half of a flow.
/// 流程的源端。
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields, transform = extras::source))]
pub struct SourceSpec {
    /// One of the known platforms: `galaxy`, `jushuitan`, ….
    /// 平台。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Platform"))]
    pub platform: String,
    /// The set of credentials to use: the prefix of its variables.
    /// 使用哪一组凭据：其变量名的前缀。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub account: String,
    /// The interface: `executeBillQuery`, `other.inout.query`, ….
    /// 接口。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub api: String,
    /// `QUERY`.
    /// 源端固定为 QUERY。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Query>"))]
    pub effect: String,
    /// HTTP verb or `SQL`.
    /// HTTP 方法，或 SQL。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Method"))]
    pub method: String,
    /// Field that holds the record's number, for people.
    /// 单据编号所在字段，供人阅读。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub number: String,
    /// Field that holds the record's unique id.
    /// 唯一键所在字段。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub id: String,
    /// Field that holds the record's name.
    /// 名称所在字段。
    pub name: Option<String>,
    /// As in the incumbent's files: whether a record already delivered is left alone.
    /// 与轻易云相同：已处理过的记录是否不再处理。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Flag>"))]
    pub id_check: bool,
    /// How the rows are paged.
    /// 如何翻页。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Pagination>"))]
    pub pagination: Pagination,
    /// Parameters of the request; for Galaxy's `executeBillQuery` the fields of the answer
    /// (`field` = our name, `value` = Galaxy's key).
    /// 请求参数；金蝶云星空 executeBillQuery 则为返回字段（field 为本地名称，value 为星空字段键）。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Field>>"))]
    pub request: Vec<Field>,
    /// Parameters that are not part of the document: form id, filter, limits.
    /// 不属于单据的参数：表单 id、过滤条件、行数限制等。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Field>>"))]
    pub other_request: Vec<Field>,
    /// A second, unfiltered scan now and then.
    /// 定期的全量扫描。
    pub full_scan: Option<FullScan>,
    /// A past range read again on a schedule.
    /// 漏单补偿：定期重新读取过去一段时间。
    pub omission_remedy: Option<OmissionRemedy>,
    /// New fields made from those of the answer.
    /// 由返回字段格式化得到的新字段。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<FormatRule>>"))]
    pub format_response: Vec<FormatRule>,
    /// The list whose rows become records, then a list inside its rows, and so on.
    /// 拍扁：该列表的每一行成为一条记录；其后可再写行内的列表。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<kinds::Text>>"))]
    pub beat_flat: Option<BeatFlat>,
    /// Which records are carried: one of the outer list, of which all hold. Empty: every record.
    /// 过滤条件：外层为“或”，内层为“且”；为空则全部投递。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Vec<Condition>>>"))]
    pub condition: Vec<Vec<Condition>>,
    /// Records gathered into documents. It stands in the source or in the target, not in both.
    /// 分组合并：把多条记录合并为一张单据；写在源端或目标端之一。
    // `FlowFile::group_calculate` finds it.
    pub group_calculate: Option<GroupCalculate>,
}

/// How rows are paged.
/// 如何翻页。
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields))]
pub struct Pagination {
    /// Rows a page; 100, or the interface's maximum, where the file gives none.
    /// 每页行数；缺省为接口上限或 100。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Count>"))]
    pub page_size: u32,
    /// Field of the answer to page by (`key > last`, ordered by it), where the platform allows.
    /// 按此返回字段翻页（key > 上一页末值），适用于支持的平台。
    pub key: Option<String>,
}

/// The target half of a flow.
/// 流程的目标端。
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields, transform = extras::target))]
pub struct TargetSpec {
    /// One of the known platforms.
    /// 平台。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Platform"))]
    pub platform: String,
    /// The set of credentials to use.
    /// 使用哪一组凭据：其变量名的前缀。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub account: String,
    /// The interface: `execute`, `batchSave`, ….
    /// 接口。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub api: String,
    /// `EXECUTE`.
    /// 目标端固定为 EXECUTE。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Execute>"))]
    pub effect: String,
    /// HTTP verb or `SQL`.
    /// HTTP 方法，或 SQL。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Method"))]
    pub method: String,
    /// `true`: what is already there is left alone; `false`: it is updated.
    /// true：已存在的保持不变；false：更新已存在的。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Flag"))]
    pub id_check: bool,
    /// The mapped field that tells older data from newer; older never overwrites newer.
    /// 用来判断新旧的映射字段；旧数据绝不覆盖新数据。
    pub version: Option<String>,
    /// The document: the mapping.
    /// 目标单据，即映射。
    pub request: Vec<Field>,
    /// Parameters beside the document: form id, statement, limits, flags.
    /// 单据之外的参数：表单 id、语句、行数限制、开关等。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Field>>"))]
    pub other_request: Vec<Field>,
    /// How documents are gathered into calls; one call each where absent.
    /// 多条单据如何合并为一次调用；缺省为每条一次。
    pub operation: Option<Operation>,
    /// Records gathered into documents: the incumbent's place for it.
    /// 分组合并，轻易云文档中的写法位置。
    pub group_calculate: Option<GroupCalculate>,
}

/// How documents are gathered into calls.
/// 多条单据如何合并为一次调用。
// qeasy-metadata 3.6
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields))]
pub struct Operation {
    /// Parameter that holds the list, such as `array`.
    /// 存放列表的参数，如 array。
    pub rows_key: Option<String>,
    /// Documents per call, at least 1.
    /// 每次调用的条数，至少 1。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Count>"))]
    pub rows: u32,
    /// What is done with them.
    /// 批量方式。
    pub method: Gathering,
}

/// `operation.method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathering {
    /// `batchArraySave`: up to `rows` documents in one call.
    Batch,
    /// `none`: one document, one call.
    None,
}

/// When, how often and how patiently records are carried.
/// 何时运行、多久一次、如何重试。时长写成 30s、5m、2h、7d。
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Delivery {
    /// How often a run is expected; a run that is late raises the missed-schedule alert.
    /// 预期多久运行一次；逾期会触发漏跑告警。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Span"))]
    pub expect_every: Duration,
    /// How far a window reaches back before the watermark; 10 minutes.
    /// 时间窗口从水位往回多少；默认 10 分钟。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::SpanOrNone>", extend("default" = "10m")))]
    pub look_back: Duration,
    /// How far a window stays behind now; 30 seconds.
    /// 时间窗口比当前时间提前多少结束；默认 30 秒。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::SpanOrNone>", extend("default" = "30s")))]
    pub safety_lag: Duration,
    /// Waits before each retry of a dead letter; 5 minutes, 30 minutes, 2 hours.
    /// 死信每次重试前的等待；默认 5 分钟、30 分钟、2 小时。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<kinds::Span>>", extend("default" = ["5m", "30m", "2h"])))]
    pub retries: Vec<Duration>,
    /// Wall time of one invocation; 20 seconds.
    /// 一次运行的时间预算；默认 20 秒。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Span>", extend("default" = "20s")))]
    pub budget: Duration,
    /// Longest a single call may take; 30 seconds.
    /// 单次调用最长多久；默认 30 秒。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Span>", extend("default" = "30s")))]
    pub request_timeout: Duration,
}

impl FlowFile {
    /// How records are gathered into documents, with its JSON path. It may stand in the source or, where
    /// the incumbent's documents have it, in the target; never in both.
    pub fn group_calculate(&self) -> Option<(&'static str, &GroupCalculate)> {
        let of_source = self.source.group_calculate.as_ref().map(|it| ("source.groupCalculate", it));
        let of_target = self.target.group_calculate.as_ref().map(|it| ("target.groupCalculate", it));
        of_source.or(of_target)
    }

    /// Overrides parameters (from the flow's variable). A name that the flow file does not define, or a
    /// value that is no text, number or boolean, is a problem (its line is 0: it is not in the file).
    pub fn with_params(mut self, overrides: &BTreeMap<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        for (name, value) in overrides {
            let path = format!("params.{name}");
            if !self.params.contains_key(name) {
                let (en, zh) = suggestion(name, self.params.keys().map(String::as_str));
                problems.add(
                    "unknown_param",
                    &path,
                    format!("the flow has no parameter `{name}` to override{en}"),
                    format!("流程没有名为“{name}”的参数可供覆盖{zh}"),
                );
            } else if check::parameter(&path, value, &mut problems) {
                self.params.insert(name.clone(), value.clone());
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems.into_vec()) }
    }
}
