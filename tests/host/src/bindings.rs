//! Rust for the WIT under `wit/` (the platform) and the workspace's `wit/` (wasi:keyvalue, the cron entry).

#![allow(missing_docs, reason = "generated; documented in the WIT texts")]

wasmtime::component::bindgen!({
    path: ["../../wit/deps/keyvalue", "wit"],
    world: "ferry:host/platform",
    imports: { default: async | trappable },
    with: {
        "fermyon:spin/key-value.store": crate::key_value::Label,
        "fermyon:spin/mysql.connection": crate::mysql::Connection,
        "wasi:keyvalue/store.bucket": crate::key_value::Label,
        "wasi:keyvalue/atomics.cas": crate::key_value::Cas,
    },
});

/// The world of a component that a cron trigger calls.
pub mod cron {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "ferry:spin/cron",
        exports: { default: async },
    });
}
