//! The private fields of an answer (`vendors/kingdee.md` 2.1 d, 2.5): AES-256-CBC.

use aes::Aes256;
use base64::{Engine, prelude::BASE64_STANDARD};
use cbc::Decryptor;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};

use super::Account;

/// The same for everybody, part of the vendor's documentation.
const INITIALISATION: &[u8; 16] = b"5e8y6w45ju8w9jq8";

/// What an encrypted field of [`read_customer`](super::read_customer) says; `None` where it is not encrypted with
/// this account's secret. The secret must have 32 characters, as all have.
pub fn open(account: &Account, field: &str) -> Option<String> {
    let mut bytes = BASE64_STANDARD.decode(field.trim()).ok()?;
    let key = Decryptor::<Aes256>::new_from_slices(account.client_secret.as_bytes(), INITIALISATION).ok()?;
    let clear = key.decrypt_padded::<Pkcs7>(&mut bytes).ok()?;
    String::from_utf8(clear.to_vec()).ok()
}
