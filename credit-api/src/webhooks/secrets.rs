//! Signing secrets and signatures, as Standard Webhooks has them: `whsec_` and base64; HMAC-SHA256 over id, time and
//! body.
//!
//! A secret that signs cannot be stored as a digest. It is HMAC-SHA256 of one key file over the subscription and the
//! secret's id: whoever reads the database, or a backup of it, can sign nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use node::keys::file::KeyFileError;

use super::Webhooks;
use crate::identity::secrets::mac;

/// What every secret begins with.
pub const PREFIX: &str = "whsec_";
/// What every signature begins with.
pub const SCHEME: &str = "v1,";

impl Webhooks {
    /// The bytes that a secret signs with; with `make` a key file is made when there is none.
    pub(super) fn secret(&self, subscription: &str, id: &str, make: bool) -> Result<[u8; 32], KeyFileError> {
        let text = format!("xinji webhook 1\n{subscription}\n{id}");
        Ok(mac(&self.key.get(make)?[..], text.as_bytes()))
    }
}

/// As it is shown, once.
#[must_use]
pub fn shown(secret: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(secret))
}

/// HMAC-SHA256 of what a signature of this id, time and body is over.
#[must_use]
pub fn mac_over(secret: &[u8; 32], id: &str, seconds: i64, body: &[u8]) -> [u8; 32] {
    let mut text = format!("{id}.{seconds}.").into_bytes();
    text.extend_from_slice(body);
    mac(secret, &text)
}

/// The header `webhook-signature`: one signature for each secret, separated by spaces.
#[must_use]
pub fn signatures(secrets: &[[u8; 32]], id: &str, seconds: i64, body: &[u8]) -> String {
    let one = |secret: &[u8; 32]| format!("{SCHEME}{}", STANDARD.encode(mac_over(secret, id, seconds, body)));
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}
