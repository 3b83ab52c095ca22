//! Ferry's client of 聚水潭 against the simulator, over HTTP: accepted and refused, both positions of every
//! switch, every fault.

mod client;
mod control;
mod errors;
mod faults;
mod limits;
mod pages;
mod tokens;
