//! Every parser of outside bytes with what must hold of any input: no panic, and what is accepted writes
//! back to the same bytes. Gives whether the input was accepted. Shared by the fuzz targets and the tests.

use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::mirror::{MirrorInfo, Package, Span, UploadHead};
use ledger::note::{Note, Vkey, open};
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;
use ledger::tile::{TilePath, cut_hashes, parse_bundle, parse_hashes, push_entry};
use ledger::verify::verify;
use ledger::witness::{AddCheckpoint, format_cosignatures, format_size, parse_cosignatures, parse_size};

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

/// The public key of a log or a witness.
pub fn vkey(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    text.parse::<Vkey>().is_ok_and(|vkey| {
        assert_eq!(vkey.to_string(), text);
        true
    })
}

/// What a log asks a witness.
pub fn add_checkpoint(data: &[u8]) -> bool {
    AddCheckpoint::parse(data).is_ok_and(|request| {
        assert_eq!(request.to_string().as_bytes(), data);
        true
    })
}

/// What a witness answers: cosignatures or a size.
pub fn witness_answer(data: &[u8]) -> bool {
    let lines = parse_cosignatures(data).is_ok_and(|lines| {
        assert_eq!(format_cosignatures(&lines).as_bytes(), data);
        true
    });
    let size = parse_size(data).is_ok_and(|size| {
        assert_eq!(format_size(size).as_bytes(), data);
        true
    });
    lines || size
}

/// The path of a tile, as a reader asks for it.
pub fn tile(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    TilePath::parse(text).is_ok_and(|path| {
        assert_eq!(path.to_string(), text);
        let _ = (path.exists_at(0), path.exists_at(u64::MAX));
        true
    })
}

/// A bundle of entries, or a tile of hashes, after two bytes that say how many are expected (little-endian).
pub fn bundle(data: &[u8]) -> bool {
    let Some((width, data)) = data.split_first_chunk::<2>() else { return false };
    let width = u16::from_le_bytes(*width);
    let _ = cut_hashes(data, width);
    let hashes = parse_hashes(data, width);
    if let Ok(hashes) = &hashes {
        assert_eq!(hashes.concat(), data);
    }
    let entries = parse_bundle(data, width);
    if let Ok(entries) = &entries {
        let mut again = Vec::new();
        entries.iter().for_each(|entry| push_entry(&mut again, entry).unwrap());
        assert_eq!(again, data);
        for bytes in entries {
            entry(bytes);
        }
    }
    hashes.is_ok() || entries.is_ok()
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

/// What is pushed to a mirror: a head, and a beginning of the packages that it calls for.
pub fn add_entries(data: &[u8]) -> bool {
    let Ok(Some((head, mut read))) = UploadHead::read(data) else { return false };
    let mut again = head.to_bytes().unwrap();
    let mut at = head.start;
    while read < data.len() {
        let Some(span) = Span::at(at, head.end) else { return false };
        let Ok(Some((package, length))) = Package::read(&data[read..], &span) else { return false };
        package.push_to(&mut again).unwrap();
        (read, at) = (read + length, span.end);
    }
    assert_eq!(again, data);
    true
}

/// Where a mirror says that it stands.
pub fn mirror_info(data: &[u8]) -> bool {
    MirrorInfo::parse(data).is_ok_and(|info| {
        assert_eq!(info.to_string().as_bytes(), data);
        true
    })
}
