//! Tables and reports for a person at a terminal.

use crate::flows::Flow;
use crate::lang::Lang;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::Value;
use std::io::Write;

/// A line under the head, and no other: it must be readable, and easy to copy.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table; Chinese characters count as the two columns that they take.
pub fn table<C: ToString>(head: &[&str], rows: impl IntoIterator<Item = Vec<C>>) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width())
        .set_header(head.iter().map(ToString::to_string).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    table
}

/// A table whose columns after the first hold numbers.
pub fn numbers<C: ToString>(head: &[&str], rows: impl IntoIterator<Item = Vec<C>>) -> Table {
    let mut table = table(head, rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Writes to stdout. Who reads only the beginning (`| head`) has seen enough.
pub fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// The columns of the terminal: `COLUMNS`, else 118.
pub fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok();
    columns.and_then(|text| text.parse().ok()).unwrap_or(118)
}

/// One line for each flow: what all its runs together did, from their reports.
pub fn flows(runs: &[(&Flow, Vec<Value>)]) -> String {
    let rows = runs.iter().map(|(flow, reports)| {
        let count = |pointer: &str| sum(reports, pointer).to_string();
        vec![
            format!("{}\n{}", flow.about, flow.way()),
            count("/records"),
            count("/filtered"),
            count("/written"),
            count("/already_there"),
            count("/dead"),
            count("/pending"),
            format!("{} / {} / {}", count("/calls/source"), count("/calls/lookup"), count("/calls/target")),
            format!("{:.1} s", sum(reports, "/duration_ms") as f64 / 1000.0),
        ]
    });
    let head = [
        "flow 流程",
        "read\n读取",
        "filtered\n过滤",
        "written\n写入",
        "there\n已存在",
        "dead\n死信",
        "pending\n等待",
        "calls: source / lookup / target\n接口调用：源 / 查询 / 目标",
        "time\n耗时",
    ];
    numbers(&head, rows).to_string()
}

fn sum(reports: &[Value], pointer: &str) -> u64 {
    reports.iter().filter_map(|report| report.pointer(pointer)).filter_map(Value::as_u64).sum()
}

/// What all runs of a flow together did, from their reports (`design.md` 6).
pub fn report(reports: &[Value]) -> String {
    let Some(last) = reports.last() else {
        return "No run. 没有运行。".to_owned();
    };
    let text = |pointer: &str| match last.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "–".to_owned(),
        Some(other) => other.to_string(),
    };
    let count = |pointer: &str| sum(reports, pointer).to_string();
    let lines = [
        ("window 时间窗口", format!("{} … {}", text("/window/begin"), text("/window/end"))),
        ("runs 调用次数", reports.len().to_string()),
        ("pages 页", count("/pages")),
        ("records read 读取", count("/records")),
        ("  filtered 过滤", count("/filtered")),
        ("  written 写入", count("/written")),
        ("  already there 已存在", count("/already_there")),
        ("  dead letters 死信", count("/dead")),
        ("  pending 等待", count("/pending")),
        (
            "calls 接口调用",
            format!(
                "{} to the source, {} lookups, {} to the target",
                count("/calls/source"),
                count("/calls/lookup"),
                count("/calls/target")
            ),
        ),
        ("time in the runs 耗时", format!("{} ms", count("/duration_ms"))),
        ("watermark 水位", text("/watermark")),
    ];
    let rows = lines.map(|(name, value)| vec![name.to_owned(), value]);
    table(&["report 报告", &text("/flow")], rows).to_string()
}

/// A preview's answer, field by field: what it is called, the expression that made it, what went in, and
/// the result or the error; or the answer as it is, should it have another form.
pub fn preview(answer: &Value, lang: Lang) -> String {
    let Some(fields) = answer["fields"].as_array() else {
        return json(answer);
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = fields.iter().map(|field| {
        let inputs = field["inputs"].as_object().into_iter().flatten();
        let inputs: Vec<String> = inputs.map(|(name, value)| format!("{name} = {value}")).collect();
        let result = match field.get("error") {
            Some(error) => {
                let messages = lang.choose(text(&error["en"]), text(&error["zh"]));
                let lines = std::iter::once(format!("✗ {}", text(&error["code"]))).chain(messages);
                lines.collect::<Vec<_>>().join("\n")
            }
            None => field["result"].to_string(),
        };
        vec![
            text(&field["path"]),
            text(&field["label"]),
            text(&field["expression"]),
            inputs.join("\n"),
            result,
        ]
    });
    let head = ["field 字段", "label 名称", "expression 表达式", "inputs 输入", "result 结果"];
    table(&head, rows).to_string()
}

/// JSON over several lines, each indented by four blanks.
pub fn json(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.lines().map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn several_reports_are_added_up_and_the_last_watermark_counts() {
        let run = |written: u64, watermark: Value| {
            json!({"flow": "f", "pages": 1, "records": written + 1, "written": written, "dead": 1,
                   "calls": {"source": 1, "target": 3}, "duration_ms": 50, "watermark": watermark})
        };
        let text = report(&[run(2000, Value::Null), run(500, json!("2026-11-20 10:00:00"))]);
        for expected in
            ["2502", "2500", "2026-11-20 10:00:00", "2 to the source, 0 lookups, 6 to the target", "100 ms"]
        {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }

    #[test]
    fn a_preview_shows_expressions_and_results_and_what_failed() {
        let answer = json!({"document": null, "error": {"code": "x"}, "fields": [
            {"path": "name", "label": "名称", "expression": "{FName}", "inputs": {"FName": "螺栓"}, "result": "螺栓"},
            {"path": "n", "label": null, "expression": "{FN}", "inputs": {"FN": "x"},
             "error": {"code": "bad_cast", "en": "no number", "zh": "不是数字"}},
        ]});
        let text = preview(&answer, Lang::Both);
        for expected in ["{FName}", "\"螺栓\"", "FN = \"x\"", "✗ bad_cast", "no number", "不是数字"] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        assert!(!preview(&answer, Lang::Zh).contains("no number"));
        assert!(preview(&json!({"other": 1}), Lang::Both).contains("\"other\": 1"));
    }

    #[test]
    fn columns_stay_straight_under_chinese_text() {
        let table = table(&["名称", "n"], [vec!["螺栓", "1"], vec!["bolt", "2"]]);
        let text = table.to_string();
        // Two columns for each Chinese character: where "1" and "2" stand on the screen.
        let place = |digit: char| {
            let line = text.lines().find(|line| line.contains(digit)).unwrap();
            let before = line.chars().take_while(|character| *character != digit);
            before.map(|character| if character.is_ascii() { 1 } else { 2 }).sum::<u32>()
        };
        assert_eq!(place('1'), place('2'), "{text}");
    }
}
