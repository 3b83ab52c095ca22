//! The samples beside each flow file: records and the documents expected of them, written by hand.

use ferry_mapping::{Context, Mapping, Value, parse};
use std::path::Path;

#[test]
fn every_sample_of_every_flow_maps_to_the_document_beside_it() {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let mut samples = 0;
    for folder in std::fs::read_dir(functions).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(text) = std::fs::read_to_string(folder.join("flow.json")) else { continue };
        let flow = parse(&text).unwrap_or_else(|problems| panic!("{folder:?}: {problems:?}"));
        let mapping = Mapping::compile(&flow.target.request, "target.request").unwrap();
        let context = Context {
            params: &flow.params,
            last_sync_time: 0,
            current_time: 0,
            page_size: flow.source.pagination.page_size,
            start_page: 0,
            start_row: 0,
            lookups: None,
        };
        for file in std::fs::read_dir(folder.join("samples")).expect("every flow has samples") {
            let file = file.unwrap().path();
            let sample: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let document = mapping
                .document(&sample["record"], &context)
                .unwrap_or_else(|error| panic!("{file:?}: {error}"));
            assert_eq!(document, sample["document"], "{file:?}: {}", sample["about"]);
            samples += 1;
        }
    }
    assert!(samples >= 2, "only {samples} samples");
}
