//! Ferry's own client writes to the simulated Galaxy, over HTTP: what it makes of both positions of every
//! switch that concerns a write, and of every fault.

mod audits;
mod batches;
mod client;
mod doubts;
