//! The flows that the app is built with: names, flow files, samples.

use ferry_console::{FlowEntry, Sample};

macro_rules! flow {
    ($name:literal, $($sample:literal),+) => {
        FlowEntry {
            name: $name,
            file: include_str!(concat!("../../", $name, "/flow.json")),
            samples: &[$(Sample {
                name: $sample,
                text: include_str!(concat!("../../", $name, "/samples/", $sample, ".json")),
            }),+],
        }
    };
}

/// Every flow.
pub const FLOWS: [FlowEntry; 5] = [
    flow!("galaxy-materials-to-mysql", "material", "bare"),
    flow!("jushuitan-returns-to-galaxy", "return", "defective"),
    flow!("wangdiantong-stockouts-to-galaxy", "stockout", "older"),
    flow!("okki-orders-to-wise", "order", "in_yuan"),
    flow!("jushuitan-shops-to-jdy", "shop", "legacy"),
];

#[cfg(test)]
mod tests {
    use super::FLOWS;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn names(folder: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect()
    }

    fn stem(path: &Path) -> String {
        path.file_stem().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn no_flow_and_no_sample_is_forgotten() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folders = names(&root).into_iter().filter(|folder| folder.join("flow.json").exists());
        let folders: BTreeSet<String> = folders.map(|folder| stem(&folder)).collect();
        assert_eq!(FLOWS.iter().map(|flow| flow.name.to_owned()).collect::<BTreeSet<_>>(), folders);
        for flow in FLOWS {
            let file: serde_json::Value = serde_json::from_str(flow.file).unwrap();
            assert_eq!(file["name"], flow.name);
            let samples = names(&root.join(flow.name).join("samples"));
            let samples: BTreeSet<String> = samples.iter().map(|sample| stem(sample)).collect();
            assert_eq!(
                flow.samples.iter().map(|sample| sample.name.to_owned()).collect::<BTreeSet<_>>(),
                samples
            );
        }
    }
}
