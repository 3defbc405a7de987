//! ML-DSA-44 (FIPS 204) as C2SP `tlog-cosignature` has it: what is signed are name, time and tree, not the text.

use ml_dsa::{EncodedVerifyingKey, MlDsa44, Signature, SigningKey, VerifyingKey};

use super::SEED_BYTES;
use crate::checkpoint::Checkpoint;

/// Signature type byte.
pub(super) const TYPE: u8 = 0x06;

/// First bytes of what is signed.
const LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// Length of time and signature, in bytes.
pub(super) const SIGNATURE_BYTES: usize = 8 + 2420;

/// A log makes no statement about the time of its checkpoint, so that signing again gives the same bytes.
const NO_TIME: u64 = 0;

/// The context string of FIPS 204; the specification has none.
const CONTEXT: &[u8] = b"";

#[derive(Debug, Clone, PartialEq)]
pub(super) struct PublicKey(VerifyingKey<MlDsa44>);

impl PublicKey {
    pub(super) fn read(material: &[u8]) -> Option<Self> {
        let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(material).ok()?;
        Some(Self(VerifyingKey::decode(&encoded)))
    }

    pub(super) fn material(&self) -> Vec<u8> {
        self.0.encode().to_vec()
    }

    pub(super) fn verify(&self, name: &str, checkpoint: &Checkpoint, line: &[u8]) -> bool {
        let Some((time, signature)) = line.split_first_chunk::<8>() else { return false };
        let time = u64::from_be_bytes(*time);
        let (Ok(signature), Some(message)) =
            (Signature::<MlDsa44>::try_from(signature), message(name, time, checkpoint))
        else {
            return false;
        };
        time <= crate::cosignature::MAX_TIME && self.0.verify_with_context(&message, CONTEXT, &signature)
    }
}

#[derive(Clone)]
pub(super) struct SecretKey(SigningKey<MlDsa44>);

impl SecretKey {
    pub(super) fn from_seed(seed: &[u8; SEED_BYTES]) -> Self {
        Self(SigningKey::from_seed(&(*seed).into()))
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(self.0.expanded_key().verifying_key())
    }

    /// Deterministic; `None` when name or origin cannot be in the message.
    pub(super) fn sign(&self, name: &str, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
        let message = message(name, NO_TIME, checkpoint)?;
        let signature = self.0.expanded_key().sign_deterministic(&message, CONTEXT).ok()?;
        let line = [&NO_TIME.to_be_bytes()[..], &signature.encode()].concat();
        (line.len() == SIGNATURE_BYTES).then_some(line)
    }
}

/// `cosigned_message` for a whole tree.
pub(super) fn message(name: &str, time: u64, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    let mut message = LABEL.to_vec();
    push_opaque(&mut message, name)?;
    message.extend(time.to_be_bytes());
    push_opaque(&mut message, &checkpoint.origin)?;
    message.extend(0u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root);
    Some(message)
}

/// `opaque<1..2^8-1>` of RFC 8446.
fn push_opaque(message: &mut Vec<u8>, text: &str) -> Option<()> {
    message.push(u8::try_from(text.len()).ok().filter(|length| *length > 0)?);
    message.extend(text.as_bytes());
    Some(())
}
