//! The simulator seen through a plain HTTP client: both positions of every switch, every fault.

mod bills;
mod calls;
mod client;
mod faults;
mod queries;
