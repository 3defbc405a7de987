//! Timestamped Ed25519 cosignatures (C2SP `tlog-cosignature`, `cosignature/v1`): a witness says that at this
//! time the checkpoint was the largest consistent one it had seen.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// Latest time a cosignature may carry, in seconds (the specification's limit).
pub const MAX_TIME: u64 = i64::MAX.unsigned_abs();

/// Length of a cosignature in bytes: time and Ed25519 signature.
pub const COSIGNATURE_BYTES: usize = 72;

/// What is signed: two lines and the whole note text.
#[must_use]
pub fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// `u64be time ‖ signature`. Time in seconds since 1970-01-01 UTC; above [`MAX_TIME`] it is lowered to it.
#[must_use]
pub fn sign(key: &SigningKey, text: &str, time: u64) -> Vec<u8> {
    let time = time.min(MAX_TIME);
    let signature = key.sign(message(text, time).as_bytes());
    [time.to_be_bytes().as_slice(), &signature.to_bytes()].concat()
}

/// The time of a cosignature that is by this key over this note text, else `None`.
#[must_use]
pub fn verify(key: &VerifyingKey, text: &str, cosignature: &[u8]) -> Option<u64> {
    let (time, signature) = cosignature.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    if time > MAX_TIME {
        return None;
    }
    let signature = Signature::from_slice(signature).ok()?;
    key.verify_strict(message(text, time).as_bytes(), &signature).ok()?;
    Some(time)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_cosignature_counts() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let text = "origin\n1\nroot\n";
        let good = sign(&key, text, 1_679_315_147);
        assert_eq!(good.len(), COSIGNATURE_BYTES);
        assert_eq!(verify(&key.verifying_key(), text, &good), Some(1_679_315_147));
        assert_eq!(verify(&key.verifying_key(), "origin\n2\nroot\n", &good), None);
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert_eq!(verify(&key.verifying_key(), text, &bad), None, "byte {place}");
        }
        for wrong in [&good[..71], &good[..7], &[]] {
            assert_eq!(verify(&key.verifying_key(), text, wrong), None);
        }
    }

    #[test]
    fn the_message_is_that_of_the_specification() {
        assert_eq!(message("a\n1\nb\n", 5), "cosignature/v1\ntime 5\na\n1\nb\n");
        let key = SigningKey::from_bytes(&[3; 32]);
        let last = sign(&key, "t\n", u64::MAX);
        assert_eq!(verify(&key.verifying_key(), "t\n", &last), Some(MAX_TIME));
    }
}
