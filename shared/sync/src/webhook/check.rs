//! What a text of the flow file would do, and whether it may be saved and put in use.

use super::access::{Scope, forbidden};
use super::actions::{answer, body};
use super::{Answer, Call, preview};
use crate::flow::{Flow, Unusable, invalid};
use crate::problem::Problem;
use crate::state::Keys;
use crate::versions::{LONGEST, Shelf, changed, keys_changed};
use ferry_mapping::{FlowFile, Problem as FileProblem, Severity, Value, locate};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

const BYTE_ORDER_MARK: char = '\u{feff}';

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckBody {
    text: String,
    record: Option<serde_json::Map<String, Value>>,
    /// Makes the calls of `_findCollection`.
    #[serde(default)]
    lookups: bool,
}

/// What is wrong with a text, and what it would make of a record. Saves nothing.
pub(super) fn check(call: &Call<'_>) -> Answer {
    let CheckBody { text, record, lookups } = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    // A text of one's own chooses what is read from the other system: that is more than to look and run.
    if lookups && !call.caller.may(Scope::Admin) {
        return forbidden(Scope::Admin);
    }
    let (flow, problems) = judged(call, &text);
    let mut shown = json!({"problems": problems.iter().map(problem_shown).collect::<Vec<_>>()});
    if let (Some(flow), Some(record)) = (flow, record) {
        match preview::with_lookups(call.host, &flow, &record, lookups) {
            Ok(previewed) => shown["preview"] = previewed,
            Err(refusal) => return answer(refusal),
        }
    }
    Answer::Body(StatusCode::OK, shown)
}

/// The code of a difference from the built-in file that may not be.
const NOT_CHANGEABLE: &str = "not_changeable";

/// The flow by a text, if that may be used; and all that is to say about it.
fn judged(call: &Call<'_>, text: &str) -> (Option<Flow>, Vec<FileProblem>) {
    let without = |problems| (None, problems);
    if text.len() > LONGEST {
        return without(vec![FileProblem::new(
            "too_large",
            "",
            format!("a version of the flow file has at most {LONGEST} bytes"),
            format!("流程文件的一个版本最多 {LONGEST} 字节"),
        )]);
    }
    let [text, built_in] =
        [text, call.component.flow_file].map(|it| it.strip_prefix(BYTE_ORDER_MARK).unwrap_or(it));
    let changes = match (serde_json::from_str(built_in), serde_json::from_str(text)) {
        (Ok(built_in), Ok(new)) => changed(&built_in, &new),
        // Of a text that is no JSON at all the flow file's own reader tells more.
        _ => Vec::new(),
    };
    let mut refused: Vec<FileProblem> = changes
        .into_iter()
        .map(|path| {
            FileProblem::new(
                NOT_CHANGEABLE,
                path,
                "a version may not change this: only the mapping (target.request), values of target.otherRequest \
                 that choose neither form nor SQL, params, source.condition and quality; all else is the built-in \
                 file's"
                    .to_owned(),
                "版本不能更改此处：只能更改映射（target.request）、target.otherRequest 中不决定表单与 SQL 的值、\
                 params、source.condition 与 quality；其余以内置文件为准"
                    .to_owned(),
            )
        })
        .collect();
    if !refused.is_empty() {
        refused.extend(ferry_mapping::parse(text).err().into_iter().flatten());
        locate(text, &mut refused);
        return without(refused);
    }
    match Flow::of_text(call.component, text, call.variables) {
        Ok(flow) => {
            let mut warnings = flow.file.warnings.clone();
            warnings.extend(other_keys(call, &flow.file, text));
            (Some(flow), warnings)
        }
        Err(Unusable::File(mut problems)) => {
            // The engine's parts know paths and no lines; a text that is no JSON has no paths.
            if problems.iter().all(|problem| problem.line == 0) {
                locate(text, &mut problems);
            }
            without(problems)
        }
        Err(Unusable::Else(problem)) => without(vec![FileProblem::new(
            "not_run",
            "",
            format!("{} ({})", problem.message, problem.hint),
            format!("{}（{}）", problem.message_zh, problem.hint_zh),
        )]),
    }
}

/// What is to be said where records would get other keys at the target than by the text that is in use.
fn other_keys(call: &Call<'_>, file: &FlowFile, text: &str) -> Vec<FileProblem> {
    let keys = Keys(call.flow.file.name.clone());
    let shelf = Shelf::read(call.host, &keys).ok().filter(|shelf| shelf.in_use > 0);
    let in_use = shelf.as_ref().map_or(call.component.flow_file, |shelf| &shelf.text);
    let Ok(before) = ferry_mapping::parse(in_use) else { return Vec::new() };
    let warning = |path| {
        FileProblem {
        severity: Severity::Warning,
        ..FileProblem::new(
            "key_changed",
            path,
            "the target knows a record again by this field. Made otherwise, what was delivered before is not found: \
             if it comes again (look-back, backfill, reconcile, a retry), it is written a second time"
                .to_owned(),
            "目标系统靠此字段识别记录。取值方式改变后，已投递的记录将无法识别：再次读到时（回看、补数、对账、重试）会重复写入"
                .to_owned(),
        )
    }
    };
    let mut warnings: Vec<FileProblem> = keys_changed(&before, file).into_iter().map(warning).collect();
    locate(text, &mut warnings);
    warnings
}

fn problem_shown(problem: &FileProblem) -> Value {
    json!({
        "severity": problem.severity, "code": problem.code, "path": problem.path, "line": problem.line,
        "column": problem.column, "message": problem.en, "message_zh": problem.zh,
    })
}

/// The flow by a text that may be saved or put in use, or the refusal.
pub(super) fn usable(call: &Call<'_>, text: &str) -> Result<Flow, Answer> {
    let (flow, problems) = judged(call, text);
    flow.ok_or_else(|| {
        let mut errors: Vec<FileProblem> = problems.clone();
        errors.retain(|problem| problem.severity == Severity::Error);
        let mut problem = invalid(&errors);
        if errors.iter().any(|error| error.code == NOT_CHANGEABLE) {
            errors.retain(|error| error.code == NOT_CHANGEABLE);
            let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
            let paths = paths.join(", ");
            problem = Problem::new(
                NOT_CHANGEABLE,
                format!("the text differs from the built-in flow file where a version may not: {paths}"),
                format!("该文本在版本不能更改之处与内置流程文件不同：{paths}"),
            )
            .hint(
                "take these as they are in the built-in file (GET …/file/0), or build and deploy the flow anew",
                "请按内置文件（GET …/file/0）恢复这些内容，或重新构建并部署该流程",
            );
        }
        let mut error = serde_json::to_value(&problem).expect("a problem is plain data");
        error["problems"] = problems.iter().map(problem_shown).collect();
        Answer::Body(StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": error }))
    })
}
