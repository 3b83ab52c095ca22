//! `cargo xtask check` as an integrator's CI runs it.

use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

const GOOD: &str = include_str!("../../functions/galaxy-materials-to-mysql/flow.json");
const MANIFEST: &str = include_str!("../../spin.toml");
const NAME: &str = "galaxy-materials-to-mysql";

/// `cargo xtask check …` with no locale that says anything.
fn check(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("check").args(arguments).current_dir(xtask::root()).env("COLUMNS", "100");
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

/// The codes of the only file's problems.
fn codes(output: &Output) -> Vec<String> {
    let document = json(output);
    let problems = document["files"][0]["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

/// A file of its own, outside every repository.
fn file(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("flow.json");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A repository of one flow; the path of its file.
fn repository(folder: &TempDir, name: &str, text: &str, manifest: &str) -> String {
    let functions = folder.path().join("functions").join(name);
    std::fs::create_dir_all(&functions).unwrap();
    std::fs::write(folder.path().join("spin.toml"), manifest).unwrap();
    std::fs::write(functions.join("flow.json"), text).unwrap();
    functions.join("flow.json").to_str().unwrap().to_owned()
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

/// `line:column` of the first occurrence, both from 1.
fn place(text: &str, part: &str) -> String {
    let before = text.split(part).next().unwrap();
    let line = before.rsplit('\n').next().unwrap();
    format!("{}:{}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn line(text: &str, part: &str) -> String {
    place(text, part).split(':').next().unwrap().to_owned()
}

#[test]
fn the_flows_of_this_repository_are_good() {
    let output = check(&[]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("functions/galaxy-materials-to-mysql/flow.json: good 通过\n"));
    assert_eq!(stderr(&output), "");
    for way in [NAME, "functions/galaxy-materials-to-mysql/flow.json"] {
        let output = check(&[way, "--json"]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(json(&output)["good"], true);
        assert_eq!(json(&output)["files"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn every_problem_is_printed_with_its_place_and_its_line() {
    let folder = TempDir::new().unwrap();
    let text = changed(
        GOOD,
        r#""label": "编码", "type": "string", "value": "FNumber""#,
        r#""label": "编码", "type": "strin", "vaule": "FNumber""#,
    );
    let text = changed(&text, "\"{FName}\"", "\"{FNam}\"");
    let path = file(&folder, &text);
    let output = check(&[&path]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "");
    let (at, number) = (place(&text, "\"strin\""), line(&text, "\"strin\""));
    let expected = format!(
        "\
{path}:{at}: error: source.request[2].type [unknown_type]
  there is no type `strin` (did you mean `string`?); the types are string, int, float, bool, object, array, datetime
  没有名为“strin”的类型（是否应为“string”？）；可用的类型：string、int、float、bool、object、array、datetime
  {number} |       {{\"field\": \"FNumber\", \"label\": \"编码\", \"type\": \"strin\", \"vaule\": \"FNumber\"}},
     |                                                     ^^^^^^^

"
    );
    assert!(stdout(&output).starts_with(&expected), "{}", stdout(&output));
    for expected in [
        format!("{path}:{}: error: source.request[2].vaule [unknown_key]", place(&text, "\"vaule\"")),
        format!(
            "{path}:{}: error: target.request[0].children[2].value [unknown_field]",
            place(&text, "\"{FNam}\"")
        ),
        "3 problem(s) in 1 of 1 file(s)\n1 个文件中有 1 个存在问题，共 3 处\n".to_owned(),
    ] {
        assert!(stdout(&output).contains(&expected), "{expected} is not in\n{}", stdout(&output));
    }
}

#[test]
fn a_long_line_is_cut_to_the_terminal() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, &changed(GOOD, "VALUES (:data_id,", "VALUES (:data_idd,"));
    let output = check(&[&path]);
    assert_eq!(output.status.code(), Some(1));
    let line = stdout(&output).lines().find(|line| line.contains("INSERT INTO")).unwrap();
    assert!(line.contains(" | …") && line.ends_with('…'), "{line}");
}

#[test]
fn the_language_is_chosen_by_flag_or_by_a_chinese_locale() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, &changed(GOOD, "\"{FName}\"", "\"{FNam}\""));
    let (en, zh) = ("the source does not provide", "源数据没有提供");
    let has = |output: &Output| (stdout(output).contains(en), stdout(output).contains(zh));
    assert_eq!(has(&check(&[&path])), (true, true));
    assert_eq!(has(&check(&[&path, "--lang", "en"])), (true, false));
    assert_eq!(has(&check(&[&path, "--lang", "zh"])), (false, true));
    let with = |name: &str, locale: &str, arguments: &[&str]| {
        command(&[&[path.as_str()], arguments].concat()).env(name, locale).output().unwrap()
    };
    assert_eq!(has(&with("LANG", "zh_CN.UTF-8", &[])), (false, true));
    assert_eq!(has(&with("LC_ALL", "en_US.UTF-8", &[])), (true, true));
    assert_eq!(has(&with("LC_ALL", "zh_CN", &["--lang", "both"])), (true, true));
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let text = changed(GOOD, "\"{FName}\"", "\"{FNam}\"");
    let path = file(&folder, &text);
    let output = check(&["--json", &path, NAME, "no-such-flow"]);
    assert_eq!(output.status.code(), Some(2), "one could not be checked");
    assert_eq!(stderr(&output), "");
    let document = json(&output);
    assert_eq!(document["good"], false);
    let [bad, good, missing] = document["files"].as_array().unwrap().as_slice() else { panic!("{document}") };
    let problem = &bad["problems"][0];
    assert_eq!(bad["file"], path);
    assert_eq!(problem["code"], "unknown_field");
    assert_eq!(problem["path"], "target.request[0].children[2].value");
    assert_eq!(format!("{}:{}", problem["line"], problem["column"]), place(&text, "\"{FNam}\""));
    assert_eq!(problem["severity"], "error");
    assert!(problem["en"].as_str().unwrap().contains("did you mean `FName`?"));
    assert!(problem["zh"].as_str().unwrap().contains("是否应为“FName”？"));
    assert!(bad["error"].is_null() && good["error"].is_null());
    assert_eq!(good["problems"], Value::Array(vec![]));
    assert_eq!(missing["error"]["code"], "unreadable");
}

#[test]
fn what_cannot_be_read_is_another_matter_than_what_is_bad() {
    let folder = TempDir::new().unwrap();
    let missing = check(&["/no/such/flow.json"]);
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(stdout(&missing), "");
    assert!(
        stderr(&missing).contains("/no/such/flow.json: cannot be read: No such file"),
        "{}",
        stderr(&missing)
    );
    assert!(stderr(&missing).contains("/no/such/flow.json：无法读取"), "{}", stderr(&missing));
    // Root may read everything but a folder.
    let unreadable = check(&[folder.path().to_str().unwrap()]);
    assert_eq!(unreadable.status.code(), Some(2));
    assert!(stderr(&unreadable).contains("name the flow.json in it"), "{}", stderr(&unreadable));
    for usage in [&["--lang", "de"][..], &["--no-such-flag"], &["--allow"]] {
        assert_eq!(check(usage).status.code(), Some(2), "{usage:?}");
    }
}

#[test]
fn text_in_an_old_encoding_is_named_as_such() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("flow.json");
    // 名 in GBK.
    std::fs::write(&path, b"{\n  \"title\": \"\xc3\xfb\"}").unwrap();
    let output = check(&["--json", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(codes(&output), ["not_utf8"]);
    assert_eq!(json(&output)["files"][0]["problems"][0]["line"], 2);
    assert_eq!(json(&output)["files"][0]["problems"][0]["column"], 13);
}

#[test]
fn a_file_that_is_no_json_has_one_problem_wherever_it_stands() {
    let folder = TempDir::new().unwrap();
    let path = repository(&folder, NAME, "{\"name\": \"x\",}", MANIFEST);
    assert_eq!(codes(&check(&["--json", &path])), ["not_json"]);
}

#[test]
fn in_a_repository_the_name_is_the_folder_s() {
    let folder = TempDir::new().unwrap();
    let path = repository(&folder, "materials", GOOD, &MANIFEST.replace(NAME, "materials"));
    let output = check(&["--json", &path]);
    assert_eq!(codes(&output), ["name_not_folder"]);
    assert_eq!(json(&output)["files"][0]["problems"][0]["path"], "name");
    // Elsewhere a folder means nothing.
    let folder = TempDir::new().unwrap();
    assert_eq!(check(&[&file(&folder, GOOD)]).status.code(), Some(0));
}

#[test]
fn a_schedule_that_fires_too_rarely_is_a_problem() {
    let every = |expression: &str, expected: &str| {
        let folder = TempDir::new().unwrap();
        let manifest = changed(MANIFEST, "\"0 */5 * * * *\"", &format!("\"{expression}\""));
        let path = repository(&folder, NAME, &changed(GOOD, "\"expect_every\": \"5m\"", expected), &manifest);
        let output = check(&["--json", &path]);
        (codes(&output), json(&output)["files"][0]["problems"][0]["en"].to_string())
    };
    assert_eq!(every("0 */5 * * * *", r#""expect_every": "5m""#).0, [""; 0]);
    assert_eq!(every("0 */5 * * * *", r#""expect_every": "1h""#).0, [""; 0]);
    let (codes, message) = every("0 */10 * * * *", r#""expect_every": "5m""#);
    assert_eq!(codes, ["schedule_too_rare"]);
    let written = format!("spin.toml:{} `0 */10 * * * *`", line(MANIFEST, "\"0 */5 * * * *\""));
    for expected in [written.as_str(), "up to 10m between two runs", "`expect_every`, 5m"] {
        assert!(message.contains(expected), "{message}");
    }
    // The night counts, and so does the weekend.
    assert_eq!(every("0 */5 6-22 * * *", r#""expect_every": "5m""#).0, ["schedule_too_rare"]);
    assert_eq!(every("0 0 9 * * 1-5", r#""expect_every": "3d""#).0, [""; 0]);
    assert!(every("0 0 9 * * 1-5", r#""expect_every": "1d""#).1.contains("up to 3d between"));
    assert!(every("0 0 0 31 2 *", r#""expect_every": "1d""#).1.contains("hardly ever fires"));
    let (codes, message) = every("*/5 * * * *", r#""expect_every": "5m""#);
    assert_eq!(codes, ["bad_schedule"]);
    assert!(message.contains("six fields"), "{message}");
}

#[test]
fn a_flow_without_a_schedule_is_a_problem_unless_it_is_meant_so() {
    let folder = TempDir::new().unwrap();
    let manifest = MANIFEST.replace(
        "[[trigger.cron]]\ncomponent = \"galaxy-materials-to-mysql-tick\"",
        "[[trigger.cron]]\ncomponent = \"other-tick\"",
    );
    let path = repository(&folder, NAME, GOOD, &manifest);
    assert_eq!(codes(&check(&["--json", &path])), ["no_tick_trigger"]);
    let allowed = check(&["--allow", "no_tick_trigger", &path]);
    assert_eq!(allowed.status.code(), Some(0), "{}", stdout(&allowed));
    let warned = check(&[&path]);
    assert_eq!(warned.status.code(), Some(1));
    assert!(
        stdout(&warned).contains(": warning: delivery.expect_every [no_tick_trigger]"),
        "{}",
        stdout(&warned)
    );
    // An error stays one.
    let path = repository(&folder, NAME, &changed(GOOD, "\"{FName}\"", "\"{FNam}\""), &manifest);
    assert_eq!(
        codes(&check(&["--json", "--allow", "no_tick_trigger", "--allow", "unknown_field", &path])),
        ["unknown_field"]
    );
    // A broken file is held against its surroundings too.
    assert_eq!(codes(&check(&["--json", &path])), ["unknown_field", "no_tick_trigger"]);
}

#[test]
fn warnings_of_the_language_count_too_unless_they_are_allowed() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, &changed(GOOD, "\"{FName}\"", "\"_function {{FMATERIALID}} / {{FMasterId}}\""));
    let output = check(&["--json", &path]);
    assert_eq!((output.status.code(), codes(&output)), (Some(1), vec!["unguarded_division".to_owned()]));
    assert_eq!(json(&output)["files"][0]["problems"][0]["severity"], "warning");
    assert_eq!(check(&["--allow", "unguarded_division", &path]).status.code(), Some(0));
}

#[test]
fn a_manifest_that_cannot_be_read_is_said() {
    let folder = TempDir::new().unwrap();
    let path = repository(&folder, NAME, GOOD, "[[trigger.cron]\n");
    let output = check(&[&path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("spin.toml: cannot be read"), "{}", stderr(&output));
    assert!(stderr(&output).contains("spin.toml：无法读取"), "{}", stderr(&output));
}

#[test]
fn what_the_engine_refuses_is_found_before_it_starts() {
    let folder = TempDir::new().unwrap();
    let refused = |from: &str, to: &str| {
        let output = check(&["--json", &file(&folder, &changed(GOOD, from, to))]);
        assert_eq!(output.status.code(), Some(1), "{to}: {}", stdout(&output));
        let document = json(&output);
        let problem = &document["files"][0]["problems"][0];
        assert!(problem["line"].as_u64() > Some(1), "{document}");
        (codes(&output).join(" "), problem["path"].as_str().unwrap().to_owned())
    };
    let found = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    assert_eq!(refused("INSERT INTO wk", "REPLACE INTO wk"), found("mysql_target", "target.otherRequest"));
    assert_eq!(refused("\"budget\": \"20s\"", "\"budget\": \"2h\""), found("budget_too_long", "delivery"));
    let keyless = refused(", \"key\": \"FMATERIALID\"", "");
    assert_eq!(keyless, found("missing_parameter", "source.otherRequest"));
    let remedy = r#""omissionRemedy": {"crontab": "2 2 * * *", "takeOverRequest": []}, "fullScan""#;
    assert_eq!(refused("\"fullScan\"", remedy), found("not_run", "source.omissionRemedy"));
}

#[test]
fn a_byte_order_mark_shifts_nothing() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "\u{feff}{\"nam\": 1}");
    let output = check(&[&path]);
    assert!(stdout(&output).contains("1 | {\"nam\": 1}\n    |  ^^^^^\n"), "{}", stdout(&output));
}
