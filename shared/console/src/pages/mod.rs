//! One module a page.

pub mod alerts;
pub mod dead;
pub mod flow;
pub mod interfaces;
pub mod letter;
pub mod log;
pub mod login;
pub mod mapping;
pub mod overview;
pub mod run;
