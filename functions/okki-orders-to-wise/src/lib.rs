//! Sales orders of 小满 OKKI into 金蝶 K3 WISE. All that is particular to this flow is in `flow.json`.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

ferry_spin::flow!(include_str!("../flow.json"), okki => wise);
