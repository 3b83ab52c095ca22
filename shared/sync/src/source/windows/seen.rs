//! Which records a pass has seen: 32 bits of each, so that the thousand of a large pass are 5 KB of a cursor.
//!
//! Two records with the same bits are taken for one, and the pass fails although it need not: with another salt,
//! the next try tells them apart. That no two of a thousand collide has odds of 8,000 to 1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seen(BTreeSet<u32>);

impl Seen {
    pub fn add(&mut self, ids: &[String], salt: &str) {
        self.0.extend(ids.iter().map(|id| bits(&format!("{salt}/{id}"))));
    }

    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|bits| bits.to_le_bytes()).collect();
        serializer.serialize_str(&BASE64.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Seen(bytes.as_chunks().0.iter().map(|bits| u32::from_le_bytes(*bits)).collect()))
    }
}

/// What a page is told by; `None` for one without rows.
pub(super) fn digest(ids: &[String]) -> Option<u32> {
    (!ids.is_empty()).then(|| bits(&ids.join("\n")).max(1))
}

fn bits(text: &str) -> u32 {
    let digest = Sha256::digest(text.as_bytes());
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}
