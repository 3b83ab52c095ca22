//! Materials of 金蝶云星空 into a MySQL table. All that is particular to this flow is in `flow.json`.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

ferry_spin::flow!(include_str!("../flow.json"), galaxy => mysql);
