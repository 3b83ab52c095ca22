//! The style sheet, the script and the icon, in the wasm itself. Their names carry a digest of their content.

use crate::respond;
use http::Response;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One embedded file.
pub struct Asset {
    stem: &'static str,
    ending: &'static str,
    kind: &'static str,
    content: &'static [u8],
}

/// The style sheet.
pub const STYLE: Asset = Asset {
    stem: "console",
    ending: "css",
    kind: "text/css; charset=utf-8",
    content: include_bytes!("../assets/console.css"),
};
/// The script.
pub const SCRIPT: Asset = Asset {
    stem: "console",
    ending: "js",
    kind: "text/javascript; charset=utf-8",
    content: include_bytes!("../assets/console.js"),
};
/// The icon.
pub const ICON: Asset = Asset {
    stem: "ferry",
    ending: "svg",
    kind: "image/svg+xml",
    content: include_bytes!("../assets/ferry.svg"),
};

impl Asset {
    fn name(&self) -> String {
        let digest = Sha256::digest(self.content);
        let digest: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}.{digest}.{}", self.stem, self.ending)
    }
}

static NAMES: LazyLock<[(String, Asset); 3]> =
    LazyLock::new(|| [STYLE, SCRIPT, ICON].map(|asset| (asset.name(), asset)));

/// Where a file is.
pub fn address(asset: &Asset) -> String {
    let name = NAMES.iter().find(|(_, one)| one.ending == asset.ending).map(|(name, _)| name.as_str());
    format!("/console/assets/{}", name.unwrap_or_default())
}

/// The file of this name.
pub fn find(name: &str) -> Option<Response<Vec<u8>>> {
    let (_, asset) = NAMES.iter().find(|(one, _)| one == name)?;
    Some(respond::asset(asset.kind, asset.content))
}
