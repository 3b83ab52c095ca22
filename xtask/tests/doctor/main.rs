//! `cargo xtask doctor`: every diagnosis, at a system that is misconfigured in that way.

mod app;
mod galaxy;
mod jdy;
mod jushuitan;
mod mysql;
mod network;
mod okki;
mod scene;
mod secrets;
mod wangdiantong;
mod wise;
