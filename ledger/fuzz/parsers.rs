//! Every parser of outside bytes with what must hold of any input: no panic, and what is accepted writes
//! back to the same bytes. Gives whether the input was accepted. Shared by the fuzz targets and the tests.

use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::note::{Note, open};
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;
use ledger::verify::verify;

pub fn entry(data: &[u8]) -> bool {
    Entry::decode_strict(data).is_ok_and(|entry| {
        assert_eq!(entry.encode_checked().as_deref(), Ok(data));
        true
    })
}

pub fn note(data: &[u8]) -> bool {
    Note::parse(data).is_ok_and(|note| {
        assert_eq!(note.to_string().as_bytes(), data);
        let _ = open(&note, &[]);
        true
    })
}

pub fn checkpoint(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    text.parse::<Checkpoint>().is_ok_and(|checkpoint| {
        assert_eq!(checkpoint.to_string(), text);
        true
    })
}

pub fn policy(data: &[u8]) -> bool {
    Policy::parse(data).is_ok_and(|policy| {
        // All witnesses together are always enough.
        assert!(policy.is_quorum(&(0..policy.witnesses().len()).collect()));
        true
    })
}

pub fn proof(data: &[u8]) -> bool {
    TlogProof::parse(data).is_ok_and(|proof| {
        assert_eq!(proof.to_string().as_bytes(), data);
        true
    })
}

pub fn receipt(data: &[u8]) -> bool {
    Receipt::parse(data).is_ok_and(|receipt| {
        assert_eq!(receipt.to_json().map(String::into_bytes).as_deref(), Ok(data));
        assert!(verify(receipt, &Policy::default()).is_err(), "an empty policy believes nothing");
        true
    })
}
