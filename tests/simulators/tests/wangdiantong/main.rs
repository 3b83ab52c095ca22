//! 旺店通旗舰版's simulator and Ferry's client of it, over HTTP: accepted and refused, both positions of
//! every switch, every fault, every class of error.

mod control;
mod faults;
mod refusals;
mod scans;
mod searches;
mod shop;
mod signatures;
mod switches;
