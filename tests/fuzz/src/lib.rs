//! Coverage-guided fuzzing of the mapping language, of vendors' answers and of users' input, with libFuzzer.
//!
//! | target | feeds | must hold |
//! |---|---|---|
//! | `flow_file` | bytes as a flow file, then a record through what it says | no panic; a problem names a place in the text |
//! | `expression` | fields with value strings built by the grammar (or from its tokens), and a record | no panic; results and memory stay bounded |
//! | `reader` | the reader that `FERRY_READER` names (`galaxy`, `jushuitan`, `wangdiantong`, `okki`, `wise`, `jdy`, `mysql`, `request`, `flow_file`) | what the table in `ferry-readers` says |
//! | `hostile` | texts in every field of a record of a fixed mapping | the document has the structure that a harmless record's has |
//!
//! Memory is counted by an allocator of our own ([`ledger`]): a run may take so much for the language's own
//! limits and so much for each byte of input.
//!
//! Needs `cargo install cargo-fuzz` and a C++ compiler. cargo-fuzz wants a nightly compiler for the
//! instrumentation; the stable one does where it is allowed to:
//!
//! ```text
//! cd tests/fuzz
//! cp ../../functions/*/flow.json corpus/flow_file/
//! RUSTC_BOOTSTRAP=1 cargo fuzz run -s none flow_file -- -dict=language.dict -max_len=16384
//! RUSTC_BOOTSTRAP=1 cargo fuzz run -s none expression -- -timeout=5
//! RUSTC_BOOTSTRAP=1 cargo fuzz run -s none hostile
//! FERRY_READER=jdy RUSTC_BOOTSTRAP=1 cargo fuzz run -s none reader corpus/jdy -- -max_len=4096
//! ```
//!
//! The code under test forbids `unsafe`, so no sanitizer is needed. What is found becomes a test in
//! `shared/mapping/tests/hostile`, or beside the reader. The readers are fed with mutations of true samples by
//! `cargo test -p ferry-readers` too, in seconds and without libFuzzer.

pub mod grammar;
pub mod ledger;

use ferry_mapping::{Context, Value};
use std::collections::BTreeMap;

static NO_PARAMS: BTreeMap<String, Value> = BTreeMap::new();

/// A run that began at 2024-01-01 10:11:12 in Shanghai.
pub fn context() -> Context<'static> {
    Context {
        params: &NO_PARAMS,
        last_sync_time: 1_704_071_472,
        current_time: 1_704_075_072,
        page_size: 100,
        start_page: 1,
        start_row: 0,
        lookups: None,
    }
}
