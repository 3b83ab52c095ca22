//! `cargo xtask demo`: the flows at work, before one's eyes.

use crate::app::{App, Host, Trigger};
use crate::flows::Flow;
use crate::lang::Lang;
use crate::packages::{self, Need};
use crate::progress::Progress;
use crate::simulator::Company;
use crate::stage::{self, DATABASE, Stage, TABLE};
use crate::{Result, flow, say, show};
use anyhow::ensure;
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

/// What to show.
#[derive(Debug)]
pub struct Options {
    /// This flow alone, in detail; all of them, if `None`.
    pub flow: Option<&'static Flow>,
    /// How many materials the simulated Galaxy holds.
    pub rows: u64,
    /// Whether all of it goes on until Ctrl-C.
    pub keep: bool,
}

/// Rows that are shown of each flow, where all are, and where one is.
const FEW: usize = 3;
const SOME: usize = 6;

/// Sets everything up, runs the flows, and shows what happened; with `keep` it goes on until Ctrl-C.
///
/// # Errors
/// When something is missing, does not build, does not start, a flow fails, or what has arrived is not what the
/// source holds.
pub fn run(host: &Host, options: &Options) -> Result<()> {
    let flows = options.flow.map_or_else(Flow::present, |flow| vec![flow]);
    let mut company = Company::default();
    for flow in &flows {
        flow.fill(&mut company, options.rows);
    }
    say(&format!(
        "Ferry 摆渡: {} between simulated systems, and a MariaDB of their own. Ctrl-C ends it and leaves \
         nothing behind. 随时按 Ctrl-C 停止并清理。",
        if flows.len() == 1 { "one flow".to_owned() } else { format!("{} flows", flows.len()) }
    ));
    packages::ensure(&[Need::MariaDb])?;
    stage::prepare(host)?;
    let systems: Vec<&str> = company.systems.iter().map(|system| system.title()).collect();
    say(&format!("Starting MariaDB and {} 正在启动数据库和模拟系统", systems.join(", ")));
    let stage = Stage::set(host, &company)?;
    say(&format!("Starting the app ({} host) 正在启动应用", host.name()));
    let names: Vec<&str> = flows.iter().map(|flow| flow.name).collect();
    // Called by hand alone, so that what one sees is what the calls did.
    let app = stage.app("state", Trigger::Http, &[("flows_enabled", &names.join(","))])?;

    let mut runs = Vec::new();
    for flow in flows {
        let reports = carry(&stage, &app, flow)?;
        if options.flow.is_some() {
            println!("\n{}", show::report(&reports));
        }
        show_rows(&stage, flow, if options.flow.is_some() { SOME } else { FEW })?;
        runs.push((flow, reports));
    }
    show_mapping(&stage, &app, runs[0].0)?;
    if options.flow.is_none() {
        println!("\nAll of it, compared with what the sources hold 全部流程，已与源系统核对:");
        println!("{}", show::flows(&runs));
    }
    next_commands(&stage, &app, runs[0].0, options);
    if options.keep {
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
fn carry(stage: &Stage, app: &App, flow: &Flow) -> Result<Vec<Value>> {
    let expected = flow.due(stage, None)?;
    println!("\n━━ {}  {}  ({})", flow.name, flow.about, flow.way());
    say(&format!("POST {}/flows/{}/run, until it has no more to do", app.base(), flow.name));
    let mut progress = Progress::new(expected);
    let turn = json!({"max_pages": 4, "budget_ms": 3000});
    let reports = flow::run_to_the_end(app, flow.name, &stage.run_token, &turn, |_| {
        progress.landed(flow.landed(stage)?);
        Ok(())
    })?;
    let landed = flow.landed(stage)?;
    progress.landed(landed);
    progress.finish();
    // A record that was modified within the safety lag is for the next run.
    let watermark = reports.last().and_then(|report| report["watermark"].as_str());
    let due = flow.due(stage, watermark)?;
    ensure!(
        landed == due && landed > 0,
        "{}: {landed} records have arrived, but {due} should have by now, as the source itself counts them.\n\
         目标系统中的记录数与源系统应同步的记录数不一致。\n{}{}",
        flow.name,
        show::report(&reports),
        dead_letters(stage, app, flow)?
    );
    Ok(reports)
}

/// The first dead letters, for the person who has to find out.
fn dead_letters(stage: &Stage, app: &App, flow: &Flow) -> Result<String> {
    let answer = app.get(&format!("/flows/{}/dead", flow.name), &stage.run_token)?;
    let letters = answer.body["letters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let first: Vec<String> = letters.iter().take(3).map(|letter| format!("\n{letter}")).collect();
    Ok(first.concat())
}

fn show_rows(stage: &Stage, flow: &Flow, rows: usize) -> Result<()> {
    let (columns, rows) = flow.shown(stage, rows)?;
    println!("Some of what has arrived 部分已到达的数据:");
    println!("{}", show::table(&columns, rows));
    Ok(())
}

fn show_mapping(stage: &Stage, app: &App, flow: &Flow) -> Result<()> {
    let record = flow.record(stage)?;
    let mapped = flow::preview(app, flow.name, &stage.run_token, &record)?;
    println!("\nOne record of {} as it is there 映射前:\n{}", flow.from.title(), show::json(&record));
    println!("… and how each field of what is written comes about 映射后，逐字段:");
    println!("{}", show::preview(&mapped, Lang::from_environment()));
    Ok(())
}

fn next_commands(stage: &Stage, app: &App, flow: &Flow, options: &Options) {
    let (base, token, name) = (app.base(), &stage.run_token, flow.name);
    println!();
    if options.keep {
        println!("Try next, in another terminal 可在另一个终端尝试:");
    } else {
        println!(
            "With `cargo xtask demo --keep` all of this stays, and one could try next\n\
             加上 --keep 后可继续尝试（地址与令牌每次不同，以当次输出为准）:"
        );
    }
    println!("  # the console, in a browser 在浏览器中打开控制台（令牌 token: {}）", stage.admin_token);
    println!("  {base}/console");
    println!("  # run the flow once more 再次触发");
    println!("  curl -sS -X POST -H 'Authorization: Bearer {token}' {base}/flows/{name}/run");
    println!("  # its state and last reports 查看状态");
    println!("  curl -sS -H 'Authorization: Bearer {token}' {base}/flows/{name}");
    match flow.to {
        None => {
            let client = stage.database.client_words().join(" ");
            println!("  # the table 查询目标表");
            println!("  {client} {DATABASE} --execute='SELECT * FROM {TABLE} LIMIT 10'");
        }
        Some(system) => {
            println!("  # what {} holds, by its simulator 查看模拟的目标系统", system.title());
            println!("  curl -sS http://{}{}", stage.simulators.control(system), flow.path());
        }
    }
    if let (None, Some(other)) = (options.flow, Flow::present().get(1)) {
        println!("\nOne flow in detail 单独查看一个流程: cargo xtask demo --flow {}", other.name);
    }
}
