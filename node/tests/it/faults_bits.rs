//! One flipped bit anywhere in the files of a log: it does no harm, or it is found and named. Never is a wrong
//! byte served, and never is a second root signed.

use crate::common::{entries, open};
use crate::operator::copy;
use ledger::store::Store;
use ledger::tile::TilePath;
use node::Operator;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Flipped bits for each kind of file; `XINJI_TEST_FLIPS` takes another number.
const FLIPS: u64 = 12;
const ENTRIES: u64 = 600;

fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// SplitMix64: the same places on every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Every answer that a reader can ask for, by name.
type Answers = BTreeMap<String, Result<Vec<u8>, String>>;

fn answers(store: &Store, size: u64) -> Answers {
    let mut all = Answers::new();
    let mut put = |name: String, answer: Result<Vec<u8>, ledger::store::StoreError>| {
        all.insert(name, answer.map_err(|error| error.to_string()));
    };
    for index in 0..size {
        put(format!("entry {index}"), store.entry(index));
        put(format!("leaf {index}"), store.leaf_hash(index).map(|hash| hash.to_vec()));
        if index % 16 == 0 {
            put(format!("proof {index}"), store.inclusion_proof(index, size).map(|p| p.concat()));
            put(format!("growth {index}"), store.consistency_proof(index.max(1), size).map(|p| p.concat()));
        }
    }
    let last = size / 256;
    for path in (0..last)
        .flat_map(|tile| [format!("tile/0/{tile:03}"), format!("tile/entries/{tile:03}")])
        .chain([format!("tile/0/{last:03}.p/{}", size % 256), format!("tile/1/000.p/{last}")])
    {
        put(path.clone(), store.tile(&TilePath::parse(&path).unwrap(), size));
    }
    for number in 0..store.tip().map_or(0, |tip| tip.blocks) {
        put(format!("header {number}"), store.header(number).map(Option::unwrap_or_default));
    }
    if let Ok(sizes) = store.note_sizes() {
        for size in sizes.flatten() {
            let note = store.note(size);
            put(format!("note {size}"), note.map(|note| note.unwrap_or_default().into_bytes()));
        }
    }
    all
}

struct Base {
    folder: tempfile::TempDir,
    size: u64,
    answers: Answers,
    /// The checkpoint after the next start and one more append.
    next: String,
}

/// What an operator signs at its next start, with one entry more.
fn goes_on(folder: &Path) -> Result<(Operator, String), String> {
    let operator = open(folder).map_err(|error| error.to_string())?;
    operator.append(entries(ENTRIES..ENTRIES + 1)).map_err(|error| error.to_string())?;
    let note = operator.view().checkpoint().map_err(|error| error.to_string())?;
    Ok((operator, note.unwrap_or_default()))
}

impl Base {
    fn new() -> Self {
        let folder = scratch();
        // Each start turns the write-ahead log into table files; the last blocks stay in it.
        for numbers in [0..ENTRIES / 2, ENTRIES / 2..ENTRIES - 40, ENTRIES - 40..ENTRIES] {
            open(folder.path()).unwrap().append(entries(numbers)).unwrap();
        }
        let copied = scratch();
        copy(folder.path(), copied.path());
        let store = Store::open_read_only(&copied.path().join("ledger")).unwrap();
        let size = store.tip().unwrap().size;
        let answers = answers(&store, size);
        assert!(answers.values().all(Result::is_ok), "{answers:?}");
        drop(store);
        let (_, next) = goes_on(copied.path()).unwrap();
        Self { folder, size, answers, next }
    }

    /// Flips one bit and says what came of it.
    fn outcome(&self, file: &Path, place: u64) -> &'static str {
        let folder = scratch();
        copy(self.folder.path(), folder.path());
        let path = folder.path().join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = usize::try_from(place / 8).unwrap();
        bytes[at] ^= 1 << (place % 8);
        std::fs::write(&path, bytes).unwrap();
        let name = format!("{} bit {place}", file.display());
        let read = self.read(&folder.path().join("ledger"), &name);
        // An operator that starts on it signs what it would have signed, or nothing.
        match goes_on(folder.path()) {
            Ok((operator, note)) => {
                let audit = operator.view().store().verify_from_genesis(&mut |_| {});
                assert_eq!(note, self.next, "{name}: {read}, yet a second root");
                assert!(read != "no harm" || audit.is_ok(), "{name}: {audit:?}");
                read
            }
            Err(error) if read == "no harm" => {
                eprintln!("{name}: {error}");
                "start refused"
            }
            Err(_) => read,
        }
    }

    fn read(&self, ledger: &Path, name: &str) -> &'static str {
        let Ok(store) = Store::open_read_only(ledger) else { return "opening refused" };
        let tip = store.tip().unwrap();
        let found = answers(&store, self.size);
        let mut is_named = false;
        for (asked, good) in &self.answers {
            match found.get(asked) {
                Some(Ok(bytes)) => assert_eq!(Ok(bytes), good.as_ref(), "{name}: {asked} is served wrong"),
                Some(Err(_)) | None => is_named = true,
            }
        }
        if tip.size < self.size {
            assert!(store.tip().unwrap().size == 0 || store.verify_from_genesis(&mut |_| {}).is_ok());
            return "fewer blocks";
        }
        if is_named {
            return "reading refused";
        }
        if store.verify_from_genesis(&mut |_| {}).is_err() { "audit names it" } else { "no harm" }
    }
}

fn kind_of(path: &Path) -> &'static str {
    let name = path.file_name().unwrap().to_str().unwrap();
    match name {
        "CURRENT" => "CURRENT",
        "IDENTITY" => "IDENTITY",
        "sign-guard" => "sign guard",
        "tip-row" => "tip row",
        _ if name.starts_with("MANIFEST") => "MANIFEST",
        _ if name.starts_with("OPTIONS") => "OPTIONS",
        _ if name.starts_with("LOG") => "text log",
        _ if name.to_lowercase().ends_with("lock") => "lock",
        _ if name.ends_with(".sst") => "table",
        _ if name.ends_with(".log") => "write-ahead log",
        _ => "other",
    }
}

fn files(folder: &Path, under: &Path, found: &mut BTreeMap<&'static str, Vec<(PathBuf, u64)>>) {
    for file in std::fs::read_dir(folder.join(under)).unwrap() {
        let file = file.unwrap();
        let path = under.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            files(folder, &path, found);
        } else {
            found.entry(kind_of(&path)).or_default().push((path, file.metadata().unwrap().len()));
        }
    }
}

#[test]
fn one_flipped_bit_does_no_harm_or_is_named() {
    let base = Base::new();
    let flips = std::env::var("XINJI_TEST_FLIPS").map_or(FLIPS, |text| text.parse().unwrap());
    let mut kinds = BTreeMap::new();
    files(base.folder.path(), Path::new(""), &mut kinds);
    for kind in
        ["CURRENT", "IDENTITY", "MANIFEST", "OPTIONS", "table", "write-ahead log", "sign guard", "tip row"]
    {
        assert!(kinds.contains_key(kind), "there is no {kind}");
    }
    let mut state = 1;
    let mut table: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (kind, mut files) in kinds {
        files.sort();
        let bits: u64 = files.iter().map(|(_, bytes)| bytes * 8).sum();
        if bits == 0 {
            *table.entry((kind, "empty file")).or_default() += 1;
            continue;
        }
        for _ in 0..flips {
            let mut place = next(&mut state) % bits;
            let (file, _) = files
                .iter()
                .find(|(_, bytes)| {
                    let is_here = place < bytes * 8;
                    if !is_here {
                        place -= bytes * 8;
                    }
                    is_here
                })
                .unwrap();
            *table.entry((kind, base.outcome(file, place))).or_default() += 1;
        }
    }
    for ((kind, outcome), count) in &table {
        eprintln!("{kind:16} {outcome:16} {count}");
    }
    // Of the two records in these, one is always whole.
    for kind in ["sign guard", "tip row"] {
        assert_eq!(table.get(&(kind, "no harm")), Some(&flips), "{kind}");
    }
    let named = |kind: &str| table.iter().any(|((k, o), _)| *k == kind && *o != "no harm");
    assert!(named("table") && named("write-ahead log") && named("MANIFEST"), "{table:?}");
}
