//! A small Spin-compatible host on wasmtime, for machines without `spin`: to try Ferry out and to test it.
//! In production use `spin up` or a Fermyon-compatible host.
//!
//! It reads the real `spin.toml`, offers what Ferry's components import, and copies Spin's quirks rather than
//! mending them (design.md 3, spin.md 6.3): what passes here must pass there.
//!
//! # Tour
//! - [`up`]: the command. `--trigger all` starts one process per trigger type, as Spin does.
//! - [`manifest`]: `spin.toml`. [`runtime_config`]: which key-value stores to use. [`app`]: the manifest with its
//!   wasm loaded, ready to start instances. [`guest`]: the state of one instance, which lives for one invocation.
//! - The triggers: [`http_trigger`] with its [`routes`], [`cron_trigger`].
//! - The capabilities, each with a `host` part that answers the guest: [`variables`], [`key_value`],
//!   [`mysql`], [`outbound`]; and [`clock`], [`logs`].
//! - For tests: [`control`] fires cron events, moves the clock and reads [`stats`].

pub mod app;
pub mod bindings;
pub mod clock;
pub mod control;
pub mod cron_trigger;
pub mod guest;
pub mod http_trigger;
pub mod key_value;
pub mod logs;
pub mod manifest;
pub mod mysql;
pub mod outbound;
pub mod routes;
pub mod runtime_config;
pub mod stats;
pub mod up;
pub mod variables;
