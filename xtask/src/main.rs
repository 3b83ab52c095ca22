//! `cargo xtask`: see `cargo xtask --help`, and the library's front page for what is behind it.
//!
//! Exit codes: 0 done; 1 it failed; 2 something has to be installed first, or the command line is wrong;
//! 128 + n ended by signal n (130: Ctrl-C).

use clap::{Parser, Subcommand};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use xtask::app::Host;
use xtask::{Result, demo, packages, process, say, test, up};

/// Ferry 摆渡: try it, test it, measure it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Show the flow at work: installs, builds and starts what is missing. 演示
    Demo {
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
        /// How many materials. 物料数量
        #[arg(long, default_value_t = 200_000)]
        rows: u64,
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

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match perform(task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            process::complain(&format!("\nError 出错: {error:#}"));
            match error.downcast_ref::<packages::Missing>() {
                Some(_) => ExitCode::from(2),
                None => ExitCode::FAILURE,
            }
        }
    }
}

fn perform(task: Task) -> Result<bool> {
    process::clean_up_on_signals()?;
    match task {
        Task::Demo { keep, rows, host } => {
            demo::run(&Host::choose(host.as_deref())?, rows, keep)?;
            Ok(true)
        }
        Task::Test { host, only } => test::run(&Host::choose(host.as_deref())?, &only),
        Task::Bench { rows, host } => bench(rows, host.as_deref()),
        Task::Database => {
            test::database()?;
            Ok(true)
        }
        Task::Up { host, arguments } => {
            up::run(&Host::choose(host.as_deref())?, &arguments)?;
            Ok(true)
        }
    }
}

/// Becomes the bench, a program of its own.
fn bench(rows: u64, host: Option<&str>) -> Result<bool> {
    say("Building the bench 正在编译测量程序");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(xtask::root()).args(["run", "-p", "ferry-bench", "--", "--rows", &rows.to_string()]);
    if let Some(host) = host {
        command.args(["--host", host]);
    }
    Err(anyhow::Error::new(command.exec()).context("starting cargo"))
}
