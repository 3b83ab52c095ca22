//! One of the readers of vendors' answers and of users' input: the one that the variable `FERRY_READER` names.
#![no_main]
#![allow(missing_docs)]

use ferry_fuzz::ledger;
use ferry_readers::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static READER: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FERRY_READER").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("FERRY_READER={name:?}: name one of {}", names.join(", ")))
});

fuzz_target!(|bytes: &[u8]| {
    ledger::bounded(bytes.len(), || (READER.feed)(bytes));
});
