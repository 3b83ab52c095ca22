//! `cargo xtask docs`: the reference page of `_function`, in both languages, from the tables that the
//! language itself is made of. Every example on it is evaluated by a test.

pub mod operators;

use crate::{Result, root};
use anyhow::Context;
use ferry_mapping::functions::{DIFFERENCES, Difference, Function, Group, SAMPLE, TABLE};
use std::fmt::Write;
use std::path::PathBuf;

/// The page's two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `docs/functions.md`.
    En,
    /// `docs/functions.zh-CN.md`.
    Zh,
}

impl Page {
    /// Both.
    pub const ALL: [Page; 2] = [Page::En, Page::Zh];

    fn name(self) -> &'static str {
        self.of("functions.md", "functions.zh-CN.md")
    }

    /// Where it is committed.
    pub fn path(self) -> PathBuf {
        root().join("docs").join(self.name())
    }

    fn of<T>(self, en: T, zh: T) -> T {
        match self {
            Page::En => en,
            Page::Zh => zh,
        }
    }
}

/// Writes both pages.
///
/// # Errors
/// When one cannot be written.
pub fn write() -> Result<()> {
    for page in Page::ALL {
        let path = page.path();
        let folder = path.parent().unwrap_or(root());
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        std::fs::write(&path, text(page)).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// The kinds of functions, in the order of the page.
const GROUPS: [(Group, &str, &str); 5] = [
    (Group::Number, "Numbers", "数值"),
    (Group::Text, "Texts", "文本"),
    (Group::Time, "Times", "时间"),
    (Group::Choice, "Choices", "选择"),
    (Group::List, "Lists", "列表"),
];

/// The text of a page.
pub fn text(page: Page) -> String {
    let mut out = introduction(page);
    let _ = writeln!(out, "{}", contents(page));
    out += &operators(page);
    for (group, en, zh) in GROUPS {
        let _ = writeln!(out, "## {}\n", page.of(en, zh));
        for function in TABLE.iter().filter(|function| function.group == group) {
            out += &section(page, function);
        }
    }
    out += &differences(page, DIFFERENCES);
    out
}

fn introduction(page: Page) -> String {
    let other = page.of(Page::Zh, Page::En).name();
    match page {
        Page::En => format!(
            "# `_function`: operators and functions\n\n[中文]({other})\n\n\
             <!-- Written by `cargo xtask docs` from the tables of shared/mapping and xtask; edit those. -->\n\n\
             A value of the flow file that begins with `_function ` is an expression of MySQL's language. It is \
             evaluated on values, never by pasting text into text: no quote in a name can change it. `{{{{x}}}}` \
             is the field with its type (text, number, boolean, list, or NULL where the record has none), \
             `'{{{{x}}}}'` is its text. Names of functions may be written in any letter case. What cannot be \
             evaluated is an error of that record, which becomes a dead letter; the others go on.\n\n\
             `cargo xtask preview` tries an expression on a record of your own. The examples below are evaluated \
             on this one, at 2024-01-01 10:11:12, and run as tests:\n\n```json\n{SAMPLE}\n```\n\n"
        ),
        Page::Zh => format!(
            "# `_function`：运算符与函数\n\n[English]({other})\n\n\
             <!-- 由 `cargo xtask docs` 根据 shared/mapping 与 xtask 中的表生成，请修改源表。 -->\n\n\
             流程文件中以 `_function ` 开头的取值是一个 MySQL 表达式。它在值上求值，从不把文本拼进文本，因此名称中的引号\
             不会改变表达式。`{{{{x}}}}` 是带类型的字段值（文本、数字、布尔、列表；记录中没有则为 NULL），`'{{{{x}}}}'` \
             是它的文本。函数名不区分大小写。无法求值时只有该条记录出错并进入死信，其余照常。\n\n\
             可用 `cargo xtask preview` 在自己的记录上试运行。以下示例均以此记录、在 2024-01-01 10:11:12 求值，\
             并作为测试运行：\n\n```json\n{SAMPLE}\n```\n\n"
        ),
    }
}

/// The functions at a glance, by kind.
fn contents(page: Page) -> String {
    let mut out = String::new();
    for (group, en, zh) in GROUPS {
        let names = TABLE.iter().filter(|function| function.group == group).map(|function| {
            let name = function.name;
            format!("[`{name}`](#{})", anchor(function.usage))
        });
        let names: Vec<String> = names.collect();
        let _ = writeln!(out, "- {}{}{}", page.of(en, zh), page.of(": ", "："), names.join(" "));
    }
    out
}

/// GitHub's anchor of a heading: lower case, blanks to hyphens, nothing else but letters and digits.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn operators(page: Page) -> String {
    let mut out = format!("## {}\n\n", page.of("Operators", "运算符"));
    out += page.of(
        "From the strongest to the weakest; brackets come before all.\n\n",
        "按优先级从高到低排列；括号最优先。\n\n",
    );
    let [operator, meaning, examples] =
        page.of(["operator", "meaning", "examples"], ["运算符", "含义", "示例"]);
    let _ = writeln!(out, "| {operator} | {meaning} | {examples} |\n|---|---|---|");
    for it in operators::TABLE {
        let examples =
            it.examples.iter().map(|(expression, value)| format!("{} → {}", code(expression), code(value)));
        let examples: Vec<String> = examples.collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            it.usage.iter().map(|usage| code(usage)).collect::<Vec<_>>().join(" "),
            cell(page.of(it.en, it.zh)),
            examples.join("<br>")
        );
    }
    out + "\n"
}

fn section(page: Page, function: &Function) -> String {
    let mut out = format!("### {}\n\n{}\n", code(function.usage), page.of(function.en, function.zh));
    if !function.aliases.is_empty() {
        let names: Vec<String> = function.aliases.iter().map(|alias| code(alias)).collect();
        let _ = writeln!(out, "\n{} {}", page.of("Also", "亦作"), names.join(" "));
    }
    let [expression, result] = page.of(["expression", "result"], ["表达式", "结果"]);
    let _ = writeln!(out, "\n| {expression} | {result} |\n|---|---|");
    for (expression, value) in function.examples {
        let _ = writeln!(out, "| {} | {} |", code(expression), code(value));
    }
    let _ = writeln!(out, "\n[{}]({})\n", page.of("Source", "出处"), function.source);
    out
}

fn differences(page: Page, all: &[Difference]) -> String {
    let mut out = format!("## {}\n\n", page.of("What differs from MySQL", "与 MySQL 的差异"));
    out += page.of(
        "On purpose, and nothing else: all other results are those of MariaDB, which the tests compare.\n\n",
        "以下是有意为之的全部差异；其余结果与 MariaDB 相同，由测试比对。\n\n",
    );
    let [expression, ours, why] = page.of(["expression", "here", "why"], ["表达式", "本语言", "原因"]);
    let _ = writeln!(out, "| {expression} | MariaDB | {ours} | {why} |\n|---|---|---|---|");
    for it in all {
        let why = cell(page.of(it.en, it.zh));
        let _ = writeln!(out, "| {} | {} | {} | {why} |", code(it.expression), cell(it.mysql), cell(it.ours));
    }
    out
}

/// Code in Markdown, also inside a table: what stands in it is printed as it is.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Text in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_mapping::{Context, Field, Mapping, Value};
    use serde_json::json;

    /// The value of an expression on [`SAMPLE`], at 2024-01-01 10:11:12 in Shanghai.
    fn value(expression: &str) -> String {
        let field = json!([{"field": "x", "value": format!("_function {expression}")}]);
        let fields: Vec<Field> = serde_json::from_value(field).unwrap();
        let mapping = Mapping::compile(&fields, "f").unwrap_or_else(|it| panic!("{expression}: {}", it[0]));
        let now = 1_704_075_072;
        let context = Context {
            params: &Default::default(),
            last_sync_time: now,
            current_time: now,
            page_size: 1,
            start_page: 1,
            start_row: 0,
            lookups: None,
        };
        let record: Value = serde_json::from_str(SAMPLE).unwrap();
        let document = mapping.document(&record, &context);
        document.unwrap_or_else(|error| panic!("{expression}: {error}"))["x"].to_string()
    }

    #[test]
    fn the_committed_pages_are_what_the_tables_give() {
        for page in Page::ALL {
            let committed = std::fs::read_to_string(page.path()).unwrap_or_default();
            assert!(committed == text(page), "{} is stale: run `cargo xtask docs`", page.path().display());
        }
    }

    #[test]
    fn every_function_and_difference_is_on_both_pages() {
        for page in Page::ALL {
            let text = text(page);
            for function in TABLE {
                assert!(text.contains(&format!("### {}\n", code(function.usage))), "{}", function.usage);
                assert!(text.contains(page.of(function.en, function.zh)), "{}", function.name);
                assert!(text.contains(&format!("](#{})", anchor(function.usage))), "{}", function.name);
            }
            for difference in DIFFERENCES {
                assert!(text.contains(&code(difference.expression)), "{}", difference.expression);
            }
        }
    }

    #[test]
    fn the_examples_of_functions_and_operators_hold() {
        let functions = TABLE.iter().flat_map(|function| function.examples);
        let operators = operators::TABLE.iter().flat_map(|operator| operator.examples);
        let mut count = 0;
        for (expression, expected) in functions.chain(operators) {
            let wanted: Value = serde_json::from_str(expected).unwrap();
            assert_eq!(value(expression), wanted.to_string(), "{expression}");
            count += 1;
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn bars_and_backticks_do_not_break_a_table() {
        assert_eq!(code("a || b"), "`a \\|\\| b`");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(anchor("ROUND(number[, places])"), "roundnumber-places");
    }
}
