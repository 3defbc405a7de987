//! Finding, among some millions of subjects, the few worth comparing.
//!
//! A subject is filed under keys of its names: the brand's characters in sorted order with lookalikes made one
//! (finds swapped and lookalike characters), the same with the region (finds the right one of a thousand namesakes
//! first), its spellings (finds homophones and Latin names), the usual one blurred (finds what sounds nearly the same),
//! longer brands with one character left out (finds missing and changed ones), and its code. A query also looks under
//! its short brands with lookalikes put in. Keys are 32-bit digests in one sorted list with the subjects' places, eight
//! bytes each; a key that two texts share costs a comparison and changes nothing. What is added goes to a small tree
//! first and is merged when that has grown to a share of the list.
//!
//! Whatever a query is, at most [`MAX_CANDIDATES`] subjects are compared; a search that had more says so.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::looks;
use super::name::{Name, Subject};
use super::reading;
use super::score::{Comparison, compare_from};
use super::uses::{Finding, Use};
use super::words::Words;

/// Most subjects in an index.
pub const MAX_SUBJECTS: usize = 8_000_000;

/// Most subjects compared for one query.
pub const MAX_CANDIDATES: usize = 4_096;

/// Most places gathered for one query before each is taken once: a subject is filed under several of its keys.
const MAX_GATHERED: usize = 8 * MAX_CANDIDATES;

/// Most results of one query.
pub const MAX_FOUND: usize = 100;

/// Most keys of one name.
const MAX_KEYS: usize = 48;

/// Most spellings that a brand is filed under.
const MAX_SPELLINGS: usize = 4;

/// Shortest brand filed with a character left out, in characters; and with a letter left out, in letters.
const MIN_CHARS_TO_DROP: usize = 4;
const MIN_LETTERS_TO_DROP: usize = 6;

/// The tree is merged into the list when it has this many keys, or a quarter of the list.
const MIN_MERGE: usize = 1 << 16;

/// Subjects by their keys. Ids are the caller's.
#[derive(Debug, Default)]
pub struct Index {
    /// Place of a subject in `subjects` by its id.
    places: HashMap<u64, u32>,
    subjects: Vec<Option<(u64, Subject)>>,
    free: Vec<u32>,
    /// (key, place), sorted.
    filed: Vec<(u32, u32)>,
    recent: BTreeSet<(u32, u32)>,
    /// Pairs in `filed` that do not hold any more.
    gone: BTreeSet<(u32, u32)>,
}

/// The index is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an index has at most {MAX_SUBJECTS} subjects")]
pub struct IndexError;

/// One subject found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub id: u64,
    pub comparison: Comparison,
    pub finding: Finding,
}

/// The answer to one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// By score, highest first, then by id; at most [`MAX_FOUND`].
    pub found: Vec<Found>,
    /// How many subjects were compared.
    pub compared: usize,
    /// There were more candidates or results than the limits allow.
    pub is_cut: bool,
}

impl Index {
    /// An index of many subjects at once; of two with one id the later one counts.
    ///
    /// # Errors
    /// [`IndexError`] for more than [`MAX_SUBJECTS`].
    pub fn build(subjects: impl IntoIterator<Item = (u64, Subject)>) -> Result<Self, IndexError> {
        let mut index = Self::default();
        for (id, subject) in subjects {
            if let Some(place) = index.places.get(&id).copied() {
                if let Some(slot) = usize::try_from(place).ok().and_then(|at| index.subjects.get_mut(at)) {
                    *slot = Some((id, subject));
                }
            } else {
                index.place(id, subject)?;
            }
        }
        // Keys only when it is known which subjects stay.
        for place in 0..u32::try_from(index.subjects.len()).map_err(|_| IndexError)? {
            let keys = index.keys_at(place);
            index.filed.extend(keys.into_iter().map(|key| (key, place)));
        }
        index.filed.sort_unstable();
        index.filed.shrink_to_fit();
        Ok(index)
    }

    /// How many subjects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The subject of this id.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&Subject> {
        self.at(*self.places.get(&id)?).map(|(_, subject)| subject)
    }

    /// Adds a subject, or puts it in the place of the one with the same id.
    ///
    /// # Errors
    /// [`IndexError`] when [`MAX_SUBJECTS`] are in.
    pub fn insert(&mut self, id: u64, subject: Subject) -> Result<(), IndexError> {
        self.remove(id);
        let place = self.place(id, subject)?;
        self.add_keys(place);
        if self.recent.len() + self.gone.len() > MIN_MERGE.max(self.filed.len() / 4) {
            self.merge();
        }
        Ok(())
    }

    /// Takes a subject out; gives whether there was one.
    pub fn remove(&mut self, id: u64) -> bool {
        self.forget(id)
    }

    /// The subjects that are possibly the same as this one, or related, for a purpose.
    #[must_use]
    pub fn search(&self, query: &Subject, purpose: &Use) -> Search {
        let (places, mut is_cut) = self.candidates(&query_keys(query));
        let mut found = Vec::new();
        for (id, subject) in places.iter().filter_map(|place| self.at(*place)) {
            let Some(comparison) = compare_from(query, subject, purpose.threshold) else { continue };
            let finding = purpose.judge(&comparison);
            if finding != Finding::Nothing {
                found.push(Found { id: *id, comparison, finding });
            }
        }
        found.sort_by_key(|one| (u16::MAX - one.comparison.score, one.id));
        is_cut |= found.len() > MAX_FOUND;
        found.truncate(MAX_FOUND);
        Search { found, compared: places.len(), is_cut }
    }

    /// The subjects filed under any of the keys, each once, and whether there were more.
    fn candidates(&self, keys: &[u32]) -> (Vec<u32>, bool) {
        let all = keys.iter().flat_map(|key| self.filed_under(*key));
        let mut places: Vec<u32> = all.take(MAX_GATHERED + 1).collect();
        if places.len() <= MAX_GATHERED {
            places.sort_unstable();
            places.dedup();
            if places.len() <= MAX_CANDIDATES {
                return (places, false);
            }
        }
        // Too many: those under the most telling keys.
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        for place in keys.iter().flat_map(|key| self.filed_under(*key)) {
            if !seen.insert(place) {
                continue;
            }
            if places.len() == MAX_CANDIDATES {
                return (places, true);
            }
            places.push(place);
        }
        (places, false)
    }

    fn at(&self, place: u32) -> Option<&(u64, Subject)> {
        self.subjects.get(usize::try_from(place).ok()?)?.as_ref()
    }

    fn filed_under(&self, key: u32) -> impl Iterator<Item = u32> {
        let start = self.filed.partition_point(|(filed, _)| *filed < key);
        let filed = self.filed.get(start..).unwrap_or_default();
        let filed = filed.iter().take_while(move |(found, _)| *found == key).copied();
        let filed = filed.filter(|pair| self.gone.is_empty() || !self.gone.contains(pair));
        filed.chain(self.recent.range((key, 0)..=(key, u32::MAX)).copied()).map(|(_, place)| place)
    }

    fn place(&mut self, id: u64, subject: Subject) -> Result<u32, IndexError> {
        if self.places.len() >= MAX_SUBJECTS {
            return Err(IndexError);
        }
        let fresh = u32::try_from(self.subjects.len()).map_err(|_| IndexError)?;
        let place = self.free.pop().unwrap_or(fresh);
        match usize::try_from(place).ok().and_then(|at| self.subjects.get_mut(at)) {
            Some(slot) => *slot = Some((id, subject)),
            None => self.subjects.push(Some((id, subject))),
        }
        self.places.insert(id, place);
        Ok(place)
    }

    fn forget(&mut self, id: u64) -> bool {
        let Some(place) = self.places.remove(&id) else { return false };
        self.remove_keys(place);
        if let Some(slot) = usize::try_from(place).ok().and_then(|at| self.subjects.get_mut(at)) {
            *slot = None;
        }
        self.free.push(place);
        true
    }

    fn keys_at(&self, place: u32) -> Vec<u32> {
        self.at(place).map(|(_, subject)| keys(subject)).unwrap_or_default()
    }

    fn add_keys(&mut self, place: u32) {
        for key in self.keys_at(place) {
            // A pair that was taken out of the list and holds again is in the list still.
            if !self.gone.remove(&(key, place)) {
                self.recent.insert((key, place));
            }
        }
    }

    fn remove_keys(&mut self, place: u32) {
        for key in self.keys_at(place) {
            if !self.recent.remove(&(key, place)) {
                self.gone.insert((key, place));
            }
        }
    }

    fn merge(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        self.filed.retain(|pair| !gone.contains(pair));
        self.filed.extend(std::mem::take(&mut self.recent));
        self.filed.sort_unstable();
        self.filed.dedup();
    }
}

/// The keys of a subject, the most telling first.
fn keys(subject: &Subject) -> Vec<u32> {
    let mut all = Vec::new();
    if let Some(uscc) = subject.uscc() {
        all.push(key(b'U', uscc.as_str(), 0));
    }
    for name in subject.names() {
        let start = all.len();
        keys_of(name, &mut all);
        all.truncate(start + MAX_KEYS);
    }
    let mut seen = BTreeSet::new();
    all.retain(|key| seen.insert(*key));
    all
}

/// The keys to look under: those of the subject, then those of its short brands with one character for another that
/// looks like it. Longer brands are found with that character left out.
fn query_keys(subject: &Subject) -> Vec<u32> {
    let mut all = keys(subject);
    for name in subject.names() {
        let chars: Vec<char> = name.brand.chars().collect();
        if !name.is_han || chars.len() >= MIN_CHARS_TO_DROP {
            continue;
        }
        for (at, c) in chars.iter().enumerate() {
            for other in looks::like(*c) {
                let changed = chars.iter().enumerate().map(|(i, c)| if i == at { *other } else { *c });
                all.push(key(b'S', &sorted(changed), 0));
            }
        }
    }
    all
}

/// The characters in order, those written for one another by hand made one.
fn sorted(brand: impl Iterator<Item = char>) -> String {
    let words = Words::embedded();
    let mut chars: Vec<char> = brand.map(|c| words.plain(c)).collect();
    chars.sort_unstable();
    chars.into_iter().collect()
}

fn keys_of(name: &Name, all: &mut Vec<u32>) {
    if !name.is_han {
        all.push(key(b'P', &name.brand, 0));
        if name.brand.chars().count() >= MIN_LETTERS_TO_DROP {
            all.extend(without_one(&name.brand).map(|text| key(b'P', &text, 0)));
        }
        return;
    }
    let words = Words::embedded();
    let plain: String = name.brand.chars().map(|c| words.plain(c)).collect();
    let sorted = sorted(name.brand.chars());
    if name.region != 0 {
        all.push(key(b'R', &sorted, name.region));
    }
    all.push(key(b'S', &sorted, 0));
    all.extend(reading::spellings(&name.brand, MAX_SPELLINGS).iter().map(|text| key(b'P', text, 0)));
    all.push(key(b'F', &reading::spell_blurred(&name.brand), 0));
    let length = plain.chars().count();
    if length + 1 >= MIN_CHARS_TO_DROP {
        all.push(key(b'D', &plain, 0));
    }
    if length >= MIN_CHARS_TO_DROP {
        all.extend(without_one(&plain).map(|text| key(b'D', &text, 0)));
    }
}

/// The text without its first character, without its second, and so on.
fn without_one(text: &str) -> impl Iterator<Item = String> {
    text.char_indices().map(|(at, c)| {
        let (before, after) = (text.get(..at), text.get(at + c.len_utf8()..));
        [before.unwrap_or_default(), after.unwrap_or_default()].concat()
    })
}

/// FNV-1a in 64 bits, folded to 32.
fn key(kind: u8, text: &str, region: u16) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in [kind].into_iter().chain(region.to_le_bytes()).chain(text.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let [a, b, c, d, e, f, g, h] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])
}
