//! K3 WISE as a target, against the strict simulator: what is called, what is saved, and that whatever fails
//! and wherever a run is killed, each order is there once.

mod doubt;
#[path = "../fuse/mod.rs"]
mod fuse;
mod orders;
mod spec;
mod world;
