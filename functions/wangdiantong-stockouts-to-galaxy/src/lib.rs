//! Production stock-outs of 旺店通旗舰版 into the other deliveries (其他出库单) of 金蝶云星空.
//!
//! All that is particular to this flow is in `flow.json`.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

ferry_spin::flow!(include_str!("../flow.json"), wangdiantong => galaxy);
