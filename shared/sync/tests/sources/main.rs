//! The sources that page by windows or read whole lists, with the engine around them, against strict simulators of
//! their vendors; on a clock that moves only as the tests say.

mod backlog;
#[path = "../fuse/mod.rs"]
mod fuse;
mod jushuitan;
mod okki;
mod okki_lists;
mod wangdiantong;
mod world;
