//! Ferry's clients against the simulators of 小满 OKKI and 金蝶 K3 WISE, over HTTP: accepted and refused, both
//! positions of every switch, every fault.

mod control;
mod faults;
mod okki;
mod okki_list;
mod together;
mod wire;
mod wise;
mod wise_save;
