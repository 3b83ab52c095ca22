//! `cargo xtask`: see `cargo xtask --help`, and the library's front page for what is behind it.
//!
//! Exit codes: 0 done; 1 it failed, or a flow file or an account has problems; 2 something has to be installed first, a
//! file cannot be read, or the command line is wrong; 128 + n ended by signal n (130: Ctrl-C).

use clap::{Parser, Subcommand};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;
use xtask::app::Host;
use xtask::flows::Flow;
use xtask::lang::Lang;
use xtask::{
    Result, check, demo, docs, doctor, load_bench, mapping_bench, packages, preview, process, say, schema,
    test, up,
};

/// Ferry 摆渡: try it, test it, measure it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check flow files: every problem at once, with its place. 检查流程文件
    Check {
        /// Paths, or names of flows; by default every functions/*/flow.json. 路径或流程名
        files: Vec<String>,
        #[command(flatten)]
        output: Output,
        /// Leave out warnings of this code: what they warn of is meant. May be repeated. 忽略此类警告
        #[arg(long, value_name = "CODE")]
        allow: Vec<String>,
    },
    /// Try a mapping on a record, field by field; calls nothing. 逐字段试运行映射
    Preview {
        /// A flow's name, or the path of a flow file. 流程名或流程文件路径
        flow: String,
        /// The path of a JSON file with one record or a list of them; `-` is stdin. 记录文件
        record: String,
        /// Overrides params: {"use_org": "T01"}. 覆盖参数
        #[arg(long, value_name = "JSON")]
        params: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Ask every account of the enabled flows whether it works, and say what to do. Reads only. 检查账号与配置
    Doctor {
        /// Only this flow (its name, or the path of a flow file), enabled or not. May be repeated. 仅检查此流程
        #[arg(long, value_name = "NAME")]
        flow: Vec<String>,
        /// Fetch tokens also where that could end the one that a running app has. 允许获取新令牌
        #[arg(long)]
        fresh_token: bool,
        /// How long to wait for an answer. 等待应答的秒数
        #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
        timeout: u64,
        #[command(flatten)]
        output: Output,
    },
    /// Write shared/flow.schema.json, the JSON Schema of flow files for editors. 生成编辑器用的模式文件
    Schema,
    /// Write docs/functions.md and docs/functions.zh-CN.md, the reference of `_function`. 生成函数参考
    Docs,
    /// Show the flows at work: installs, builds and starts what is missing. 演示
    Demo {
        /// Only this flow, in detail. 仅演示此流程
        #[arg(long, value_name = "NAME")]
        flow: Option<String>,
        /// Leave it running until Ctrl-C. 保持运行
        #[arg(long)]
        keep: bool,
        /// How many materials the simulated ERP holds. 物料数量
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
        rows: u64,
        /// `local` or `spin`; by default spin, if it is on the PATH. 运行环境
        #[arg(long)]
        host: Option<String>,
    },
    /// Run every check and every test. 全部检查与测试
    Test {
        /// `local` or `spin`; by default spin, if it is on the PATH. 运行环境
        #[arg(long)]
        host: Option<String>,
        /// Only these: fmt, clippy, clippy-wasm, doc, test, or a package's name (its tests). 仅运行
        #[arg(long, num_args = 1..)]
        only: Vec<String>,
    },
    /// Measure; prints a table. 性能测量
    Bench {
        /// How many materials; with --load records of each flow. 物料（或记录）数量
        #[arg(long, default_value_t = 200_000)]
        rows: u64,
        /// `local` or `spin`; by default spin, if it is on the PATH. 运行环境
        #[arg(long)]
        host: Option<String>,
        /// Instead: the mapping alone, beside VRL, jaq and Rust by hand; native and WebAssembly. 仅测映射
        #[arg(long, conflicts_with_all = ["rows", "host"])]
        mapping: bool,
        /// Instead: a backlog of so many records on each flow, calls for a minute, dead letters; hours. 负载测试
        #[arg(long, conflicts_with = "mapping")]
        load: bool,
    },
    /// Kill the host at random moments while the flows run, and compare source and target; prints a table. 随机强杀测试
    Soak {
        /// How many kills, over all flows. 强杀次数
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        kills: u32,
        /// Only this flow. 仅此流程
        #[arg(long, value_name = "NAME")]
        flow: Option<String>,
        /// The seed of an earlier soak, to repeat its kills and changes. 随机种子
        #[arg(long)]
        seed: Option<u64>,
        /// No more kills after so many minutes. 最长分钟数
        #[arg(long)]
        minutes: Option<u64>,
        /// `local` or `spin`; by default spin, if it is on the PATH. 运行环境
        #[arg(long)]
        host: Option<String>,
    },
    /// Start a MariaDB for tests run by hand, until Ctrl-C. 单独启动测试数据库
    Database,
    /// Run the app of spin.toml with SPIN_VARIABLE_* of the environment. 启动应用
    Up {
        /// `local` or `spin`; by default spin, if it is on the PATH. 运行环境
        #[arg(long)]
        host: Option<String>,
        /// Further arguments for the host, after `--`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// How `check`, `preview` and `doctor` print.
#[derive(clap::Args)]
struct Output {
    /// Language of the messages; by default both, and Chinese alone where LC_ALL, LC_MESSAGES or LANG
    /// (the first that is set) is Chinese. 消息语言
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// One JSON document on stdout, for programs. 以 JSON 输出
    #[arg(long)]
    json: bool,
}

impl Output {
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::from_environment)
    }
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match perform(task) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            process::complain(&format!("\nError 出错: {error:#}"));
            match error.downcast_ref::<packages::Missing>() {
                Some(_) => ExitCode::from(2),
                None => ExitCode::FAILURE,
            }
        }
    }
}

/// Does it; the exit code.
fn perform(task: Task) -> Result<u8> {
    process::clean_up_on_signals()?;
    match task {
        Task::Check { files, output, allow } => {
            check::run(&check::Options { files, lang: output.lang(), json: output.json, allow })
        }
        Task::Preview { flow, record, params, output } => {
            let (lang, json) = (output.lang(), output.json);
            preview::run(&preview::Options { flow, record, params, lang, json })
        }
        Task::Doctor { flow, fresh_token, timeout, output } => {
            let (lang, json, timeout) = (output.lang(), output.json, Duration::from_secs(timeout));
            doctor::run(&doctor::Options { flows: flow, fresh_token, timeout, lang, json })
        }
        Task::Schema => {
            schema::write()?;
            Ok(0)
        }
        Task::Docs => {
            docs::write()?;
            Ok(0)
        }
        Task::Demo { flow, keep, rows, host } => {
            let flow = flow.as_deref().map(Flow::find).transpose()?;
            demo::run(&Host::choose(host.as_deref())?, &demo::Options { flow, rows, keep })?;
            Ok(0)
        }
        Task::Test { host, only } => {
            let passed = test::run(&Host::choose(host.as_deref())?, &only)?;
            Ok(u8::from(!passed))
        }
        Task::Bench { mapping: true, .. } => {
            let succeeded = mapping_bench::run()?;
            Ok(u8::from(!succeeded))
        }
        Task::Bench { rows, host, load: true, .. } => {
            let succeeded = load_bench::run(&Host::choose(host.as_deref())?, rows)?;
            Ok(u8::from(!succeeded))
        }
        Task::Bench { rows, host, .. } => bench(rows, host.as_deref()),
        Task::Soak { kills, flow, seed, minutes, host } => {
            let mut arguments = vec![("--kills", Some(kills.to_string())), ("--flow", flow)];
            arguments.push(("--seed", seed.map(|seed| seed.to_string())));
            arguments.push(("--minutes", minutes.map(|minutes| minutes.to_string())));
            soak(&Host::choose(host.as_deref())?, &arguments)
        }
        Task::Database => {
            test::database()?;
            Ok(0)
        }
        Task::Up { host, arguments } => {
            up::run(&Host::choose(host.as_deref())?, &arguments)?;
            Ok(0)
        }
    }
}

/// Becomes the bench, a program of its own.
fn bench(rows: u64, host: Option<&str>) -> Result<u8> {
    say("Building the bench 正在编译测量程序");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(xtask::root()).args(["run", "-p", "ferry-bench", "--", "--rows", &rows.to_string()]);
    if let Some(host) = host {
        command.args(["--host", host]);
    }
    Err(anyhow::Error::new(command.exec()).context("starting cargo"))
}

/// Becomes the soak, a program of its own.
fn soak(host: &Host, arguments: &[(&str, Option<String>)]) -> Result<u8> {
    packages::ensure_wasm_target()?;
    packages::ensure(&[packages::Need::MariaDb])?;
    say("Building the soak 正在编译强杀测试");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(xtask::root()).args(["run", "-p", "ferry-scenarios", "--bin", "ferry-soak", "--"]);
    for (name, value) in arguments {
        command.args(value.iter().flat_map(|value| [*name, value]));
    }
    command.env("FERRY_HOST", host.name());
    if let Host::Spin { binary, .. } = host {
        command.env("FERRY_SPIN", binary);
    }
    Err(anyhow::Error::new(command.exec()).context("starting cargo"))
}
