//! Entries, tiles and their paths.

use ledger::entry::Entry;
use ledger::merkle::leaf_hash;
use ledger::tile::push_entry;

use super::Case;
use super::world::{label, listing};
use crate::fixture;

pub fn cases() -> Vec<Case> {
    [entries(), paths(), bundles(), hash_tiles()].into_iter().flatten().collect()
}

fn entries() -> Vec<Case> {
    let case = |name: &str, bytes: Vec<u8>, code| Case::new(format!("entry/{name}.scale"), bytes, code);
    let bytes = |entry: &Entry| entry.encode_checked().unwrap();
    let rating = bytes(&fixture::rating());
    let seal = bytes(&fixture::seal());
    let genesis = bytes(&Entry::Genesis(fixture::genesis()));
    let listed = bytes(&listing(label(), true, Some(fixture::USCC)));
    let bad = |name: &str, bytes: Vec<u8>| case(name, bytes, Some("entry_scale"));
    let with = |bytes: &[u8], place: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[place] = value;
        bytes
    };
    let inserted =
        |bytes: &[u8], place: usize, more: &[u8]| [&bytes[..place], more, &bytes[place..]].concat();
    vec![
        case("good-rating", rating.clone(), None),
        case("good-seal", seal.clone(), None),
        case("good-genesis", genesis.clone(), None),
        case("good-listing", listed.clone(), None),
        bad("empty", Vec::new()),
        bad("kind-unknown", with(&rating, 0, 8)),
        bad("kind-of-another", with(&rating, 0, 0)),
        bad("cut", rating[..rating.len() - 1].to_vec()),
        bad("longer", inserted(&rating, rating.len(), &[0])),
        bad("kind-only", vec![1]),
        // The place in the chain, a compact zero, in two bytes.
        bad("second-spelling-of-a-number", [&rating[..33], &[1, 0], &rating[34..]].concat()),
        bad("number-of-nine-bytes", [&rating[..33], &[0x17], &[255; 9], &rating[34..]].concat()),
        // Author's signature: neither there nor absent.
        bad("option-of-two", with(&rating, rating.len() - 33, 2)),
        bad("listed-is-two", with(&listed, listed.len() - 20, 2)),
        bad("genesis-origin-control-character", with(&genesis, 3, 7)),
        bad("genesis-origin-not-utf8", with(&genesis, 3, 0xff)),
        bad("genesis-origin-longer-than-all", with(&genesis, 1, 0xfc)),
        bad("seal-of-another-engine", with(&seal, position(&seal, b"XINJ"), b'x')),
        bad("seal-signature-engine", with(&seal, position(&seal, b"ed25"), b'E')),
        bad("seal-with-one-item", with(&seal, position(&seal, b"XINJ") - 2, 4)),
        case("too-long", vec![1; 4097], Some("entry_too_long")),
    ]
}

fn position(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).unwrap()
}

fn paths() -> Vec<Case> {
    let case = |(at, (path, code)): (usize, (&str, Option<&'static str>))| {
        let name = code.unwrap_or("good");
        Case::new(format!("tile-path/{name}-{at}.txt"), path, code)
    };
    let paths = [
        ("tile/0/000", None),
        ("tile/entries/x001/x234/067", None),
        ("tile/1/000.p/255", None),
        ("tiles/0/000", Some("tile_path")),
        ("/tile/0/000", Some("tile_path")),
        ("tile/../000", Some("tile_level")),
        ("tile/00/000", Some("tile_level")),
        ("tile/64/000", Some("tile_level")),
        ("tile/0/00", Some("tile_index")),
        ("tile/0/0000", Some("tile_index")),
        ("tile/0/x000/001", Some("tile_index")),
        ("tile/0/001/234", Some("tile_index")),
        ("tile/0/", Some("tile_index")),
        ("tile/0/000.p/0", Some("tile_width")),
        ("tile/0/000.p/256", Some("tile_width")),
        ("tile/0/000.p/01", Some("tile_width")),
    ];
    paths.into_iter().enumerate().map(case).collect()
}

fn bundles() -> Vec<Case> {
    let mut two = Vec::new();
    for entry in [fixture::rating(), fixture::seal()] {
        push_entry(&mut two, &entry.encode_checked().unwrap()).unwrap();
    }
    let case = |name: &str, bytes: Vec<u8>, width, code| Case {
        width: Some(width),
        ..Case::new(format!("bundle/{name}.bin"), bytes, code)
    };
    let longer = [&two[..], &[0]].concat();
    let length = u16::from_be_bytes([two[0], two[1]]);
    let with = |length: u16| [&length.to_be_bytes()[..], &two[2..]].concat();
    vec![
        case("good", two.clone(), 2, None),
        case("one-asked", two.clone(), 1, Some("tile_count")),
        case("three-asked", two.clone(), 3, Some("tile_count")),
        case("empty", Vec::new(), 2, Some("tile_count")),
        case("cut", two[..two.len() - 1].to_vec(), 2, Some("bundle_truncated")),
        case("cut-in-a-length", longer, 2, Some("bundle_truncated")),
        case("length-more", with(length + 1), 2, Some("bundle_truncated")),
        case("length-huge", with(u16::MAX), 2, Some("bundle_truncated")),
        case("length-zero", with(0), 2, Some("bundle_truncated")),
    ]
}

fn hash_tiles() -> Vec<Case> {
    let hashes: Vec<u8> = (0..5u8).flat_map(|n| leaf_hash(&[n])).collect();
    let case = |name: &str, bytes: &[u8], width, code| Case {
        width: Some(width),
        ..Case::new(format!("hash-tile/{name}.bin"), bytes, code)
    };
    vec![
        case("good", &hashes, 5, None),
        case("fewer", &hashes[..128], 5, Some("tile_count")),
        case("more", &hashes, 4, Some("tile_count")),
        case("empty", &[], 5, Some("tile_count")),
        case("cut", &hashes[..159], 5, Some("bundle_truncated")),
        case("longer", &[&hashes[..], &[0]].concat(), 5, Some("bundle_truncated")),
    ]
}
