//! The console over flows that are made up, natively.

mod actions;
mod browser;
mod login;
mod pages;
mod world;
