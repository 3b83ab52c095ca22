//! The application: the manifest with its wasm loaded, ready to start instances.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmtime::component::{HasSelf, InstancePre, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine};
use wit_component::ComponentEncoder;

use crate::bindings::Platform;
use crate::clock::Clock;
use crate::guest::Guest;
use crate::key_value::Stores;
use crate::logs::Log;
use crate::manifest::{self, Manifest};
use crate::outbound::Client;
use crate::outbound::allowed_hosts::{AllowedHosts, Unresolved};
use crate::runtime_config::RuntimeConfig;
use crate::stats::Stats;
use crate::variables::{self, Variables};

/// Where the application's files are and how it is run.
pub struct Settings {
    /// The folder of `spin.toml`; sources are relative to it.
    pub root: PathBuf,
    /// Holds the key-value store and the compiled code.
    pub state_dir: PathBuf,
    /// Where guests' output is kept, if anywhere.
    pub log_dir: Option<PathBuf>,
    /// Whether to keep guests' output from the host's stderr.
    pub quiet: bool,
    /// Which key-value stores are not the default one.
    pub runtime_config: RuntimeConfig,
}

/// The application as one process runs it.
pub struct App {
    /// Triggers and names.
    pub manifest: Manifest,
    /// By id.
    pub components: BTreeMap<String, Arc<Component>>,
    pub(crate) engine: Engine,
    /// The guests' wall clock.
    pub clock: Clock,
    pub(crate) stores: Arc<Stores>,
    pub(crate) client: Client,
}

/// One component, loaded.
pub struct Component {
    /// As in the manifest.
    pub id: String,
    /// Counted from the start of the process.
    pub stats: Stats,
    /// `Err` when the list is invalid as a whole: everything is denied then (spin.md 4.1).
    pub(crate) allowed_hosts: Result<AllowedHosts, String>,
    /// Whether it lists `*.spin.internal` literally.
    pub(crate) asks_for_chaining: bool,
    pub(crate) key_value_stores: BTreeSet<String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) log: Log,
    pub(crate) instance: InstancePre<Guest>,
}

impl App {
    /// Resolves the variables, then compiles each component or takes its code from the cache.
    ///
    /// # Errors
    /// A required variable without value, a key-value store that cannot be configured, an invalid list of allowed hosts, a wasm that is missing, is
    /// broken, or imports what this host has not got. Each names the component or the variable.
    pub fn load(manifest: Manifest, settings: &Settings) -> Result<Self> {
        let variables = Variables::load(&manifest.variables, variables::environment()?)?;
        std::fs::create_dir_all(&settings.state_dir)
            .with_context(|| format!("making the state directory {}", settings.state_dir.display()))?;
        let state_dir = settings.state_dir.canonicalize()?;
        let stores = Stores::new(state_dir.join("sqlite_key_value.db"), &settings.runtime_config)?;
        let engine = engine(&state_dir.join("cache"))?;
        let linker = linker(&engine)?;
        let ids: Vec<String> = manifest.component.keys().cloned().collect();

        let mut compiled = BTreeMap::new();
        let mut components = BTreeMap::new();
        for (id, described) in &manifest.component {
            let mut load = || -> Result<Component> {
                let source = settings.root.join(&described.source);
                if !compiled.contains_key(&source) {
                    compiled.insert(source.clone(), compile(&engine, &source, described)?);
                }
                let hosts = Unresolved::parse(&described.allowed_outbound_hosts, &variables)
                    .context("allowed_outbound_hosts")?;
                Ok(Component {
                    id: id.clone(),
                    stats: Stats::default(),
                    asks_for_chaining: hosts.asks_for_chaining(),
                    allowed_hosts: hosts.resolve(&variables, &ids).map_err(|error| format!("{error:#}")),
                    key_value_stores: described.key_value_stores.clone(),
                    variables: variables.for_component(&described.variables)?,
                    environment: described.environment.clone(),
                    log: Log::new(id, settings.quiet, settings.log_dir.as_deref())?,
                    instance: linker
                        .instantiate_pre(&compiled[&source])
                        .map_err(anyhow::Error::from)
                        .context("it imports something that this host does not offer")?,
                })
            };
            let component = load().with_context(|| format!("loading component `{id}`"))?;
            components.insert(id.clone(), Arc::new(component));
        }
        Ok(Self {
            manifest,
            components,
            engine,
            clock: Clock::default(),
            stores: Arc::new(stores),
            client: Client::new(),
        })
    }
}

/// The compiler with a cache on disk, keyed by the code and the compiler's own version.
fn engine(cache: &Path) -> Result<Engine> {
    let mut directory = CacheConfig::new();
    directory.with_directory(cache);
    let mut config = Config::new();
    config.cache(Some(Cache::new(directory)?));
    Ok(Engine::new(&config)?)
}

fn linker(engine: &Engine) -> Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Platform::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    Ok(linker)
}

fn compile(
    engine: &Engine,
    source: &Path,
    described: &manifest::Component,
) -> Result<wasmtime::component::Component> {
    let wasm = match std::fs::read(source) {
        Ok(wasm) => wasm,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let build = described.build.as_ref().map(manifest::Build::command_line);
            bail!(
                "there is no {}; build it first: {}",
                source.display(),
                build.as_deref().unwrap_or("cargo build --release --target wasm32-wasip1")
            );
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", source.display())),
    };
    let component =
        componentize(wasm).with_context(|| format!("making a component of {}", source.display()))?;
    wasmtime::component::Component::new(engine, component)
        .map_err(anyhow::Error::from)
        .with_context(|| format!("compiling {}", source.display()))
}

/// What cargo builds for wasm32-wasip1 is a core module; Spin wraps it likewise (spin.md 6.2).
fn componentize(wasm: Vec<u8>) -> Result<Vec<u8>> {
    const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
    if !wasm.starts_with(CORE_MODULE) {
        return Ok(wasm);
    }
    ComponentEncoder::default()
        .validate(true)
        .module(&wasm)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}
