//! The samples beside each flow file, written by hand: `record`, `lookups` (what `_findCollection` finds: the
//! records of each lookup) where the flow looks things up, and the `document` expected.

use ferry_mapping::{Context, Found, Lookups, Mapping, Record, Shaping, Value, parse};
use std::borrow::Cow;
use std::path::Path;

/// The records that a sample gives for each lookup.
struct Given<'s>(&'s Value);

impl Lookups for Given<'_> {
    fn find(&self, from: &str, keys: &[(&str, Cow<'_, Value>)]) -> Found<'_> {
        let fits = |record: &&Value| {
            keys.iter().all(|(name, value)| record.field(name).is_some_and(|it| it == value.as_ref()))
        };
        match self.0[from].as_array().and_then(|records| records.iter().find(fits)) {
            Some(record) => Found::Record(record),
            None => Found::Missed,
        }
    }

    fn without_key(&self, _: &str) -> Found<'_> {
        Found::Missed
    }
}

#[test]
fn every_sample_of_every_flow_maps_to_the_document_beside_it() {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let (mut flows, mut samples) = (0, 0);
    for folder in std::fs::read_dir(functions).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(text) = std::fs::read_to_string(folder.join("flow.json")) else { continue };
        let flow = parse(&text).unwrap_or_else(|problems| panic!("{folder:?}: {problems:#?}"));
        assert!(flow.warnings.is_empty(), "{folder:?}: {:#?}", flow.warnings);
        let mapping = Mapping::compile(&flow.target.request, "target.request").unwrap();
        let shaping = Shaping::compile(&flow).unwrap();
        flows += 1;
        for file in std::fs::read_dir(folder.join("samples")).expect("every flow has samples") {
            let file = file.unwrap().path();
            let sample: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let given = Given(&sample["lookups"]);
            let context = Context {
                params: &flow.params,
                last_sync_time: 0,
                current_time: 0,
                page_size: flow.source.pagination.page_size,
                start_page: 0,
                start_row: 0,
                lookups: Some(&given),
            };
            let shaped = shaping.shape(sample["record"].clone(), &context).unwrap();
            assert_eq!((shaped.records.len(), shaped.filtered), (1, 0), "{file:?} is not left out");
            let record = &shaped.records[0];
            assert_eq!(record.error, None, "{file:?}");
            let document = mapping
                .document(&record.record, &context)
                .unwrap_or_else(|error| panic!("{file:?}: {error}"));
            assert_eq!(document, sample["document"], "{file:?}: {}", sample["about"]);
            samples += 1;
        }
    }
    assert!(flows >= 5 && samples >= 2 * flows, "only {samples} samples of {flows} flows");
}
