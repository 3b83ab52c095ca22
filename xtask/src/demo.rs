//! `cargo xtask demo`: the flow at work, before one's eyes.

use crate::app::{App, Host, Trigger};
use crate::erp::Erp;
use crate::lang::Lang;
use crate::packages::{self, Need};
use crate::progress::Progress;
use crate::stage::{self, DATABASE, FLOW, Stage, TABLE};
use crate::{Result, flow, say, show};
use anyhow::ensure;
use serde_json::json;
use std::thread;
use std::time::Duration;

/// Sets everything up, runs the flow, and shows what happened; with `keep` it goes on until Ctrl-C.
///
/// # Errors
/// When something is missing, does not build, does not start, or the flow fails.
pub fn run(host: &Host, rows: u64, keep: bool) -> Result<()> {
    say(&format!(
        "Ferry 摆渡: {rows} materials of a simulated 金蝶云星空 go to a MariaDB of their own. Ctrl-C ends it \
         and leaves nothing behind. 随时按 Ctrl-C 停止并清理。"
    ));
    packages::ensure(&[Need::MariaDb])?;
    stage::prepare(host)?;
    say("Starting MariaDB and the ERP 正在启动数据库和模拟 ERP");
    let stage = Stage::set(host, rows)?;
    say(&format!("Starting the app ({} host) 正在启动应用", host.name()));
    let app = stage.app("state", Trigger::All, &[])?;

    let reports = carry(&stage, &app)?;
    println!("\n{}", show::report(&reports));
    show_rows(&stage)?;
    show_mapping(&stage, &app)?;
    next_commands(&stage, &app, keep);
    if keep {
        say("It goes on until Ctrl-C. 保持运行，按 Ctrl-C 结束。");
        loop {
            thread::sleep(Duration::from_millis(500));
            app.check_alive()?;
            stage.database.check_alive()?;
        }
    }
    app.stop();
    Ok(())
}

/// Triggers the flow in short turns, so that the bar can move between them.
fn carry(stage: &Stage, app: &App) -> Result<Vec<serde_json::Value>> {
    let erp = Erp::log_in(&stage.simulator)?;
    let expected = erp.count(None)?;
    say(&format!("POST {}/flows/{FLOW}/run, until it has no more to do", app.base()));
    let mut progress = Progress::new(expected);
    let turn = json!({"max_pages": 4, "budget_ms": 500});
    let reports = flow::run_to_the_end(app, FLOW, &stage.run_token, &turn, |_| {
        progress.landed(stage.landed()?);
        Ok(())
    })?;
    let landed = stage.landed()?;
    progress.landed(landed);
    progress.finish();
    // A material that was modified within the safety lag is for the next run.
    let watermark = reports.last().and_then(|report| report["watermark"].as_str());
    let due = erp.count(watermark)?;
    ensure!(
        landed == due,
        "{landed} rows are in the table, but the ERP holds {due} that the flow should have carried by now.\n\
         目标表行数与 ERP 应同步的行数不一致。\n{}",
        show::report(&reports)
    );
    Ok(reports)
}

fn show_rows(stage: &Stage) -> Result<()> {
    println!("\nSome of the rows that landed 部分已写入的行:");
    let columns = ["data_id", "number", "name", "specification_model", "unit", "modified_at"];
    let rows = stage.database.query(
        DATABASE,
        &format!("SELECT {} FROM {TABLE} ORDER BY modified_at DESC, data_id LIMIT 6;", columns.join(", ")),
    )?;
    println!("{}", show::table(&columns, rows));
    Ok(())
}

fn show_mapping(stage: &Stage, app: &App) -> Result<()> {
    let record = Erp::log_in(&stage.simulator)?.first()?;
    let mapped = flow::preview(app, FLOW, &stage.run_token, &record)?;
    println!("\nOne record in the ERP 映射前:\n{}", show::json(&record));
    println!("… and how each field of the row comes about 映射后，逐字段:");
    println!("{}", show::preview(&mapped, Lang::from_environment()));
    Ok(())
}

fn next_commands(stage: &Stage, app: &App, keep: bool) {
    let (base, token) = (app.base(), &stage.run_token);
    let client = stage.database.client_words().join(" ");
    if keep {
        println!("Try next, in another terminal 可在另一个终端尝试:");
    } else {
        println!(
            "With `cargo xtask demo --keep` all of this stays, and one could try next\n\
             加上 --keep 后可继续尝试（地址与令牌每次不同，以当次输出为准）:"
        );
    }
    println!("  # run the flow once more 再次触发");
    println!("  curl -sS -X POST -H 'Authorization: Bearer {token}' {base}/flows/{FLOW}/run");
    println!("  # its state and last reports 查看状态");
    println!("  curl -sS -H 'Authorization: Bearer {token}' {base}/flows/{FLOW}");
    println!("  # the table 查询目标表");
    println!("  {client} {DATABASE} --execute='SELECT * FROM {TABLE} LIMIT 10'");
}
