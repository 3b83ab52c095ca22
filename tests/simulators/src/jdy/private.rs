//! The encryption of private fields (`vendors/kingdee.md` 2.1 d, 2.5): AES-256-CBC, PKCS7, base64.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cbc::Encryptor;
use cbc::cipher::{Block, BlockModeEncrypt, KeyIvInit};

const IV: &[u8] = b"5e8y6w45ju8w9jq8";

/// A text, encrypted with a client secret of 32 characters; as it is with any other secret.
pub(super) fn seal(client_secret: &str, text: &str) -> String {
    let Ok(mut cipher) = Encryptor::<Aes256>::new_from_slices(client_secret.as_bytes(), IV) else {
        return text.to_owned();
    };
    let padding = 16 - text.len() % 16;
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(std::iter::repeat_n(padding as u8, padding));
    for chunk in bytes.chunks_exact_mut(16) {
        let mut block = Block::<Encryptor<Aes256>>::try_from(&*chunk).expect("16 bytes");
        cipher.encrypt_block(&mut block);
        chunk.copy_from_slice(&block);
    }
    BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_vector_of_the_document_comes_out() {
        let sealed = super::seal("75eb3c7cd5974c3018d6934e142b5f81", "18599999999");
        assert_eq!(sealed, "bsiV0ZrykeIH/5ZZ65lX5A==", "2.1 d");
    }
}
