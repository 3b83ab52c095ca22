//! Scans beside the usual windows: `fullScan` and `omissionRemedy` (qeasy-metadata 3.10).

use super::Field;
use super::field;
use super::keys::Node;
#[cfg(feature = "schema")]
use super::schema::{extras, kinds};
use crate::problem::Problems;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// A scan that takes over some request fields and runs on its own schedule.
/// 按自己的计划运行、并替换部分请求参数的扫描。
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields))]
pub struct FullScan {
    /// Five fields: minute hour day month weekday.
    /// 五段：分 时 日 月 周。
    // Checked; see `crate::Crontab`.
    #[cfg_attr(feature = "schema", schemars(with = "kinds::FiveFields"))]
    pub crontab: String,
    /// Replaces the fields of the same name in `request` and `otherRequest`.
    /// 替换 request 与 otherRequest 中的同名字段。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Field>>"))]
    pub take_over_request: Vec<Field>,
}

/// `omissionRemedy` (漏单补偿): a past range is read again on its own schedule. Its `adapter`, a class of
/// the incumbent, is accepted and ignored.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields, transform = extras::omission_remedy))]
pub struct OmissionRemedy {
    /// Five fields: minute hour day month weekday.
    /// 五段：分 时 日 月 周。
    // Checked; see `crate::Crontab`.
    #[cfg_attr(feature = "schema", schemars(with = "kinds::FiveFields"))]
    pub crontab: String,
    /// Replaces the fields of the same name in `request` and `otherRequest`: which range to read.
    /// 替换 request 与 otherRequest 中的同名字段：要重新读取的范围。
    pub take_over_request: Vec<Field>,
}

pub(super) fn full_scan(node: &Node<'_>, problems: &mut Problems) -> Option<FullScan> {
    let mut keys = node.object(problems)?;
    let scan = FullScan {
        crontab: keys.need_text("crontab", problems),
        take_over_request: field::list(keys.take("takeOverRequest"), problems),
    };
    keys.finish(problems);
    Some(scan)
}

pub(super) fn omission_remedy(node: &Node<'_>, problems: &mut Problems) -> Option<OmissionRemedy> {
    let mut keys = node.object(problems)?;
    keys.take("adapter");
    let remedy = OmissionRemedy {
        crontab: keys.need_text("crontab", problems),
        take_over_request: field::list(keys.need("takeOverRequest", problems), problems),
    };
    keys.finish(problems);
    Some(remedy)
}
