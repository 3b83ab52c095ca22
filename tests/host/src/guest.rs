//! The state of one instance. It lives for one invocation and is thrown away.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::app::{App, Component};
use crate::key_value::Stores;
use crate::outbound::{Hooks, Inbound};

/// What the host keeps for an instance. The capabilities' `host` modules answer the guest on it.
pub struct Guest {
    pub(crate) component: Arc<Component>,
    pub(crate) stores: Arc<Stores>,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    memory: Memory,
    started: Instant,
}

impl Guest {
    /// A fresh store for one invocation. `inbound` is the way back into the HTTP trigger.
    pub fn store(app: &App, component: &Arc<Component>, inbound: Option<Arc<dyn Inbound>>) -> Store<Self> {
        component.stats.update(|counts| {
            counts.invocations += 1;
            counts.running += 1;
        });
        let environment: Vec<_> = component.environment.iter().collect();
        let wasi = WasiCtx::builder()
            .envs(&environment)
            .stdout(component.log.stdout())
            .stderr(component.log.stderr())
            .wall_clock(app.clock.clone())
            .build();
        let guest = Self {
            component: component.clone(),
            stores: app.stores.clone(),
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            hooks: Hooks { component: component.clone(), client: app.client.clone(), inbound },
            memory: Memory::default(),
            started: Instant::now(),
        };
        let mut store = Store::new(&app.engine, guest);
        store.limiter(|guest| &mut guest.memory);
        store
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let duration = self.started.elapsed();
        self.component.stats.update(|counts| {
            counts.running -= 1;
            counts.last_duration_ms = duration.as_secs_f64() * 1000.0;
            counts.last_peak_memory_bytes = self.memory.peak as u64;
        });
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

/// Linear memory in bytes, all memories of the instance together. Nothing is refused (spin.md 4.2).
#[derive(Default)]
struct Memory {
    now: usize,
    peak: usize,
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.now += desired - current;
        self.peak = self.peak.max(self.now);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
