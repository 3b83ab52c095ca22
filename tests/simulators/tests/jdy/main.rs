//! Ferry's client of 星辰 and the simulator, over HTTP: accepted and refused, both positions of every switch,
//! every fault.

mod client;
mod control;
mod entry;
mod faults;
mod limits;
mod lists;
mod saves;
