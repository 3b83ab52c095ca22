//! Shops of 聚水潭 into the customers of 金蝶云星辰. All that is particular to this flow is in `flow.json`.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

ferry_spin::flow!(include_str!("../flow.json"), jushuitan => jdy);
