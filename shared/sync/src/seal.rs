//! Sealing what lies in the store and is nobody else's business: session ids, and dead letters, which hold
//! names and phone numbers (`design.md` 5). XChaCha20-Poly1305 with a key made from the variable `state_key`.
//!
//! A value that was sealed with another key, or moved to another name in the store, counts as absent.

use crate::host::Random;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

const NONCE: usize = 24;

/// The key.
pub struct Seal(XChaCha20Poly1305);

impl Seal {
    /// A key from the operator's secret.
    pub fn new(state_key: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"ferry state v1\0");
        hash.update(state_key.as_bytes());
        let key: [u8; 32] = hash.finalize().into();
        Seal(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// `value`, readable only with this key and under this name: nonce, then ciphertext and tag.
    pub fn close(&self, name: &str, value: &[u8], random: &dyn Random) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let payload = Payload { msg: value, aad: name.as_bytes() };
        let sealed =
            self.0.encrypt(&XNonce::from(nonce), payload).expect("a document is shorter than 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// The value, if it was sealed with this key under this name.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: name.as_bytes() }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::cell::Cell<u8>);
    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            self.0.set(self.0.get() + 1);
            buffer.fill(self.0.get());
        }
    }

    #[test]
    fn only_the_same_key_and_name_open_a_sealed_value() {
        let random = Counting(Default::default());
        let seal = Seal::new("a key of thirty-two characters..");
        let sealed = seal.close("dead/flow/1", "张三 13800138000".as_bytes(), &random);
        assert!(!String::from_utf8_lossy(&sealed).contains("13800138000"));
        assert_eq!(seal.open("dead/flow/1", &sealed).as_deref(), Some("张三 13800138000".as_bytes()));
        assert_eq!(seal.open("dead/flow/2", &sealed), None);
        assert_eq!(Seal::new("another key").open("dead/flow/1", &sealed), None);
        assert_eq!(seal.open("dead/flow/1", &sealed[..10]), None);
        assert_ne!(
            sealed,
            seal.close("dead/flow/1", "张三 13800138000".as_bytes(), &random),
            "a nonce is used once"
        );
    }
}
