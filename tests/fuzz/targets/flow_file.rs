//! Bytes as a flow file.
#![no_main]
#![allow(missing_docs)]

use ferry_fuzz::{context, ledger};
use ferry_mapping::{Mapping, Shaping, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    ledger::bounded(bytes.len(), || match parse(text) {
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in &problems {
                let line = text.split('\n').nth(problem.line - 1).expect("a line of the file");
                assert!(problem.column <= line.chars().count() + 1, "{problem}");
                assert!(!problem.en.is_empty() && !problem.zh.is_empty(), "{problem}");
            }
        }
        Ok(flow) => {
            let mapping =
                Mapping::compile(&flow.target.request, "target.request").expect("it has been checked");
            let shaping = Shaping::compile(&flow).expect("it has been checked");
            let record = json!({
                "id": 1, "name": "a'b", "items": [{"qty": "2", "price": 1.50, "sku": "中"}, {"qty": null}]
            });
            let Ok(shaped) = shaping.shape(record, &context()) else { return };
            for shaped in &shaped.records {
                let _ = mapping.document(&shaped.record, &context());
                assert_eq!(
                    mapping.explain(&shaped.record, &context()).len(),
                    mapping.explain(&json!({}), &context()).len()
                );
            }
        }
    });
});
