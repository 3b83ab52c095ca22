//! Constructs of the incumbent that do not exist here: each is refused by its name, with what to write
//! instead, since ignoring one would change what is delivered.

use super::keys::Keys;
use crate::problem::Problems;

/// Name, then what to do instead in both languages.
type Refused = (&'static str, &'static str, &'static str);

/// Keys of the document, its source and its target, from qeasy-metadata 3.12 and the incumbent's newer
/// pages (github.com/qeasy-cloud/datahub, `docs/guide/target-platform-config.md`, `docs/advanced`).
const KEYS: [Refused; 18] = [
    (
        "writeMode",
        "`idCheck` of the target decides: true leaves alone what is there, false updates it",
        "由目标端的 idCheck 决定：true 保持已存在的不变，false 更新它",
    ),
    (
        "idempotency",
        "records are told apart by the target's own key; `idCheck` says whether what is there is updated",
        "以目标系统自身的唯一键去重；idCheck 决定是否更新已存在的记录",
    ),
    (
        "retryPolicy",
        "write the waits between attempts in `delivery.retries`: [\"5m\", \"30m\", \"2h\"]",
        "请在 delivery.retries 中写明各次重试前的等待时间：[\"5m\", \"30m\", \"2h\"]",
    ),
    (
        "errorHandling",
        "a record that fails becomes a dead letter and the others go on; see `delivery.retries`",
        "失败的记录会进入死信，其余继续；重试见 delivery.retries",
    ),
    (
        "callBackStrategy",
        "nothing is written back; a later flow finds the target's records with `lookups`",
        "不支持回写；后续流程可用 lookups 在目标系统中查到这些记录",
    ),
    (
        "distributionOrg",
        "master data is not distributed to organisations; set up automatic distribution in the ERP",
        "不支持分配组织；请在 ERP 中设置基础资料的自动分配",
    ),
    ("otherResponse", "attachments are not carried; remove it", "不支持附件的下载与上传；请删除"),
    ("otherResponseParams", "attachments are not carried; remove it", "不支持附件的下载与上传；请删除"),
    ("isUploadFile", "attachments are not carried; remove it", "不支持附件的下载与上传；请删除"),
    (
        "transformations",
        "give each field its `value` (a `_function`, where it is calculated), `type` and `mapping` table",
        "请为每个字段写 value（需计算时用 _function）、type 与 mapping 值表",
    ),
    ("flattenConfig", "write `beatFlat`: [\"details\"]", "请写成 beatFlat：[\"details\"]"),
    (
        "requestParams",
        "write `request`, a list of fields: [{\"field\": …, \"value\": …}]",
        "请写成 request，即字段列表：[{\"field\": …, \"value\": …}]",
    ),
    (
        "otherRequestParams",
        "write `otherRequest`, a list of fields: [{\"field\": …, \"value\": …}]; `beatFlat` stands beside it",
        "请写成 otherRequest，即字段列表：[{\"field\": …, \"value\": …}]；beatFlat 与其并列",
    ),
    (
        "fieldMapping",
        "write `request`, a list of fields: [{\"field\": …, \"value\": …}]",
        "请写成 request，即字段列表：[{\"field\": …, \"value\": …}]",
    ),
    (
        "customResolvers",
        "code is not run; write the value as a `_function`",
        "不执行自定义代码；请用 _function 写出该值",
    ),
    ("variables", "write `params`: {\"name\": \"value\"}", "请写成 params：{\"名称\": \"值\"}"),
    (
        "validationRules",
        "write `quality`: [{\"field\": …, \"logic\": …, \"value\": …}]",
        "请写成 quality：[{\"field\": …, \"logic\": …, \"value\": …}]",
    ),
    (
        "cleanRules",
        "write `formatResponse` for the source, or a `_function` in the target's field",
        "请在源端写 formatResponse，或在目标字段中用 _function",
    ),
];

/// Typed parsers of newer documents (`docs/developer/value-resolver-advanced.md`) and parsers of single
/// adapters (qeasy-metadata 3.6).
const PARSERS: [Refused; 13] = [
    ("jsonpath", "a path is a reference: {{a.b.0.c}}", "路径即引用：{{a.b.0.c}}"),
    (
        "regex",
        "cut the text with a `_function`: SUBSTRING, LEFT, RIGHT, LOCATE, REPLACE",
        "请用 _function 截取：SUBSTRING、LEFT、RIGHT、LOCATE、REPLACE",
    ),
    (
        "merge",
        "texts are joined in the value itself: {{province}}{{city}}; the first that is there is \
         `_function COALESCE({{a}}, {{b}})`",
        "拼接直接写在 value 中：{{province}}{{city}}；取首个非空值用 _function COALESCE({{a}}, {{b}})",
    ),
    (
        "conditional",
        "write `_function CASE WHEN … THEN … ELSE … END`",
        "请写成 _function CASE WHEN … THEN … ELSE … END",
    ),
    (
        "map",
        "write the value table in the field's `mapping`: {\"table\": {…}, \"unmatched\": \"error\"}",
        "请把值表写进字段的 mapping：{\"table\": {…}, \"unmatched\": \"error\"}",
    ),
    ("composite", "make the field an object with `children`", "请把字段写成带 children 的 object"),
    (
        "transform",
        "write a `_function`: UPPER, LOWER, TRIM, REPLACE, ROUND",
        "请用 _function：UPPER、LOWER、TRIM、REPLACE、ROUND",
    ),
    ("direct", "leave `parser` out: the value passes as it is", "请去掉 parser：值会原样传递"),
    ("xml", "XML inside a field is not read", "不解析字段内的 XML"),
    ("csv", "split the text with StringToArray", "请用 StringToArray 拆分文本"),
    ("ArrayUnique", "nothing removes doubles from a list; remove it", "不支持列表去重；请删除"),
    (
        "K3WiseHeiHuCustomParser",
        "it belongs to one adapter of the incumbent; make the field an object with `children`",
        "它属于单个适配器；请把字段写成带 children 的 object",
    ),
    (
        "workflowRequestTableFields",
        "it belongs to an adapter whose system is no target here; remove it",
        "其所属系统不是这里的目标；请删除",
    ),
];

/// Reports the keys of this object that exist only in the incumbent. Empty ones change nothing and pass.
pub(super) fn keys(keys: &mut Keys<'_>, problems: &mut Problems) {
    for (key, en, zh) in KEYS {
        keys.refuse(key, en, zh, problems);
    }
}

/// Reports a parser that exists only in the incumbent; `false`: it is none of those.
pub(super) fn parser(name: &str, path: &str, problems: &mut Problems) -> bool {
    let Some((name, en, zh)) = PARSERS.iter().find(|(known, ..)| *known == name) else { return false };
    problems.not_here(path, name, en, zh);
    true
}

/// Reports several parsers one after another, as a list or a text with commas.
pub(super) fn chain(path: &str, problems: &mut Problems) {
    problems.not_here(
        path,
        "parser: […]",
        "a field has one parser, an object with a `name`; what comes before it is a `_function` in the value",
        "每个字段只有一个解析器，写成带 name 的对象；之前的处理请用 value 中的 _function 完成",
    );
}
