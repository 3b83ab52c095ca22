//! The command `up`. With `--trigger all` this process starts one process per trigger type and watches over
//! them, as Spin does (spin.md 2, 3.3): they share the key-value file and nothing else.

mod supervisor;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Settings};
use crate::control::Control;
use crate::cron_trigger::CronTrigger;
use crate::http_trigger::HttpTrigger;
use crate::logs::say;
use crate::manifest;
use crate::runtime_config;

const PURPOSE: &str = "\
ferry-host is for trying and testing; in production use `spin up` or a Fermyon-compatible host.
ferry-host 仅供试用与测试;生产环境请使用 `spin up` 或兼容 Fermyon 的宿主。";

/// What to run, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The manifest, or the folder it is in.
    #[arg(short, long, default_value = "spin.toml")]
    pub from: PathBuf,
    /// Where the HTTP trigger listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Key-value store and compiled code [default: .spin beside the manifest].
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// Spin's runtime configuration: where the key-value stores are.
    #[arg(long)]
    pub runtime_config_file: Option<PathBuf>,
    /// Which triggers to run.
    #[arg(long, value_enum, default_value = "all")]
    pub trigger: Trigger,
    /// Run only these components and their triggers.
    #[arg(short = 'c', long = "component")]
    pub components: Vec<String>,
    /// For tests: serve the control port here. The cron process takes the next port, or, like the HTTP
    /// process, any free one if this is port 0; both print theirs.
    #[arg(long)]
    pub control: Option<SocketAddr>,
    /// For tests: let cron events come from the control port alone.
    #[arg(long, requires = "control")]
    pub no_schedule: bool,
    /// Keep guests' output in this folder.
    #[arg(long)]
    pub log_dir: Option<PathBuf>,
    /// Do not show guests' output.
    #[arg(long)]
    pub quiet: bool,
    /// Set by the parent process: end when standard input does.
    #[arg(long, hide = true)]
    pub supervised: bool,
}

/// The trigger types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Trigger {
    /// HTTP alone, in this process.
    Http,
    /// Cron alone, in this process.
    Cron,
    /// Those the manifest has, one process each.
    All,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Cron => "cron",
            Self::All => "all",
        }
    }
}

/// Runs the application until SIGINT or SIGTERM.
///
/// # Errors
/// The application cannot be loaded, or a trigger ended by itself.
pub fn up(options: &Options) -> Result<()> {
    if !options.supervised {
        say(format_args!("{PURPOSE}"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        run(options, stop).await
    });
    // Guests still at work end with the process, as in Spin.
    runtime.shutdown_background();
    result
}

async fn run(options: &Options, stop: impl Future<Output = ()>) -> Result<()> {
    if options.supervised {
        supervisor::end_with_the_parent();
    }
    let mut stop = std::pin::pin!(stop);
    // Compiling takes a while; Ctrl-C must not wait for it.
    let for_loading = options.clone();
    let app = tokio::select! {
        app = tokio::task::spawn_blocking(move || load(&for_loading)) => app?,
        () = &mut stop => return Ok(()),
    };
    let app = app.context("Failed to load application")?;
    match options.trigger {
        Trigger::All => {
            let types = types(&app.manifest.trigger);
            drop(app);
            supervisor::run(options, &types, stop).await
        }
        Trigger::Http => unless(stop, run_http(Arc::new(app), options)).await,
        Trigger::Cron => unless(stop, run_cron(Arc::new(app), options)).await,
    }
}

/// Serves until `stop` comes.
async fn unless(stop: impl Future<Output = ()>, serve: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        result = serve => result,
        () = stop => Ok(()),
    }
}

/// The types that the manifest has triggers of.
fn types(triggers: &manifest::Triggers) -> Vec<Trigger> {
    let http = (!triggers.http.is_empty()).then_some(Trigger::Http);
    let cron = (!triggers.cron.is_empty()).then_some(Trigger::Cron);
    http.into_iter().chain(cron).collect()
}

/// Loads what the trigger needs. The parent loads everything, which fills the cache and lets a mistake be told once.
fn load(options: &Options) -> Result<App> {
    let path = manifest_path(&options.from);
    let mut manifest = manifest::read(&path, &options.components)?;
    let root = path.parent().unwrap_or(Path::new("")).to_owned();
    let keep: Vec<String> = match options.trigger {
        Trigger::All => manifest.component.keys().cloned().collect(),
        Trigger::Http => manifest.trigger.http.iter().map(|trigger| trigger.component.clone()).collect(),
        Trigger::Cron => manifest.trigger.cron.iter().map(|trigger| trigger.component.clone()).collect(),
    };
    manifest.component.retain(|id, _| keep.contains(id));
    ensure!(!keep.is_empty(), "the manifest has no [[trigger.{}]]", options.trigger.name());
    let settings = Settings {
        state_dir: options.state_dir.clone().unwrap_or_else(|| root.join(".spin")),
        root,
        log_dir: options.log_dir.clone(),
        quiet: options.quiet,
        runtime_config: runtime_config::read(options.runtime_config_file.as_deref())?,
    };
    App::load(manifest, &settings)
}

fn manifest_path(from: &Path) -> PathBuf {
    if from.is_dir() { from.join("spin.toml") } else { from.to_owned() }
}

async fn run_http(app: Arc<App>, options: &Options) -> Result<()> {
    let listener = bind(options.listen).await?;
    let address = listener.local_addr()?;
    let trigger = HttpTrigger::new(app.clone(), address)?;
    let control = control(app, None, options).await?;
    say(format_args!("Available routes:"));
    for (route, component) in trigger.router.list() {
        say(format_args!("  {component}: http://{address}{route}"));
    }
    say(format_args!("Serving http://{address}"));
    tokio::select! {
        result = trigger.run(listener) => result,
        result = control => result,
    }
}

async fn run_cron(app: Arc<App>, options: &Options) -> Result<()> {
    let trigger = Arc::new(CronTrigger::new(app.clone())?);
    let control = control(app, Some(trigger.clone()), options).await?;
    say(format_args!("Schedules (UTC):"));
    for (schedule, component) in trigger.list() {
        say(format_args!("  {component}: {schedule}"));
    }
    tokio::select! {
        result = trigger.run(), if !options.no_schedule => result,
        result = control => result,
    }
}

/// The control port, ready to serve; without one, a future that never ends.
async fn control(
    app: Arc<App>,
    cron: Option<Arc<CronTrigger>>,
    options: &Options,
) -> Result<impl Future<Output = Result<()>>> {
    let listener = match options.control {
        None => None,
        Some(address) => {
            let listener = bind(address).await?;
            let trigger = if cron.is_some() { "cron" } else { "http" };
            say(format_args!("Control ({trigger}) http://{}", listener.local_addr()?));
            Some(listener)
        }
    };
    let control = Arc::new(Control { app, cron });
    Ok(async move {
        match listener {
            Some(listener) => control.run(listener).await,
            None => std::future::pending().await,
        }
    })
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}
