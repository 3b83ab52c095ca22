//! Customers' returns of 聚水潭 (其它退货) into the sales returns of 金蝶云星空.
//!
//! All that is particular to this flow is in `flow.json`.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

ferry_spin::flow!(include_str!("../flow.json"), jushuitan => galaxy, lookups galaxy);
