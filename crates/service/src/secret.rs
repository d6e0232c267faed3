//! Hashing and sealing of secrets.

use aes_gcm_siv::aead::{Aead, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use selfsame_domain::id::Entropy;
use sha2::{Digest, Sha256};

const NONCE_LENGTH: usize = 12;

pub fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// What the key of file tokens is derived with, so that no other use of the master key has it.
const FILE_TOKENS: &[u8] = b"selfsame file access tokens 1\n";

/// Encrypts small secrets under the operator's master key (AES-256-GCM-SIV, nonce in front).
#[derive(Clone)]
pub struct Sealer {
    cipher: Aes256GcmSiv,
    file_tokens: Vec<u8>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sealer(…)")
    }
}

impl Sealer {
    pub fn new(master_key: &[u8; 32]) -> Self {
        Self {
            cipher: Aes256GcmSiv::new(master_key.into()),
            file_tokens: sha256(&[FILE_TOKENS, master_key]),
        }
    }

    /// Signs the tokens in the URLs of files: the same on every server that has the master key (V3).
    pub(crate) fn file_token_key(&self) -> &[u8] {
        &self.file_tokens
    }

    pub fn seal(&self, plain: &[u8], entropy: &mut Entropy) -> Vec<u8> {
        let nonce = entropy.bytes::<NONCE_LENGTH>();
        // Encryption fails only above 2^36 bytes, which no secret here has.
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), plain)
            .unwrap_or_default();
        [nonce.as_slice(), &sealed].concat()
    }

    /// `None`: altered, or sealed under another master key.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LENGTH)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().ok()?;
        self.cipher.decrypt(&Nonce::from(nonce), body).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_unaltered_and_under_its_key() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal(b"secret", &mut Entropy::seeded(1));
        assert_eq!(sealer.open(&sealed).as_deref(), Some(b"secret".as_slice()));
        let mut altered = sealed.clone();
        altered[15] ^= 1;
        assert_eq!(sealer.open(&altered), None);
        assert_eq!(Sealer::new(&[8; 32]).open(&sealed), None);
        assert_eq!(sealer.open(b"short"), None);
    }
}
