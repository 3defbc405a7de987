//! How characters are read: pinyin without tones, in upper case and in ASCII, with every reading of a character.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use pinyin::{ToPinyin, ToPinyinMulti};

/// Most readings of one character that are looked at.
const MAX_READINGS: usize = 4;

/// The common ideographs; only these have readings here.
const COMMON: RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';

/// A syllable by its number; 0 is none.
type Syllable = u16;

/// The readings of one character, and the same, plain and blurred, as numbers: candidates are compared by the thousand.
struct Readings {
    plain: Box<[Box<str>]>,
    sounds: [Syllable; MAX_READINGS],
    blurred: [Syllable; MAX_READINGS],
}

/// By the place of the character among the common ones.
static READINGS: LazyLock<Vec<Readings>> = LazyLock::new(|| {
    let mut numbers: HashMap<String, Syllable> = HashMap::new();
    let mut number = |syllable: String| {
        let next = Syllable::try_from(numbers.len() + 1).unwrap_or(Syllable::MAX);
        *numbers.entry(syllable).or_insert(next)
    };
    let mut with_numbers = |plain: Box<[Box<str>]>| {
        let (mut sounds, mut near) = ([0; MAX_READINGS], [0; MAX_READINGS]);
        for (reading, (sound, near)) in plain.iter().zip(sounds.iter_mut().zip(near.iter_mut())) {
            *sound = number(reading.to_string());
            *near = number(blurred(reading));
        }
        Readings { plain, sounds, blurred: near }
    };
    COMMON.map(|c| with_numbers(find(c))).collect()
});

/// Whether a character is a common ideograph.
pub fn is_common(c: char) -> bool {
    COMMON.contains(&c)
}

/// The place of a common ideograph among them.
pub fn place(c: char) -> Option<usize> {
    let place = u32::from(c).checked_sub(u32::from(*COMMON.start()))?;
    usize::try_from(place).ok().filter(|_| is_common(c))
}

/// How many common ideographs there are.
pub fn places() -> usize {
    COMMON.count()
}

fn readings(c: char) -> Option<&'static Readings> {
    READINGS.get(place(c)?)
}

fn share(some: [Syllable; MAX_READINGS], others: [Syllable; MAX_READINGS]) -> bool {
    some.iter().any(|one| *one != 0 && others.contains(one))
}

fn find(c: char) -> Box<[Box<str>]> {
    let mut found: Vec<Box<str>> = Vec::new();
    let first = c.to_pinyin().map(|reading| reading.plain());
    let others = c.to_pinyin_multi().into_iter().flatten().map(|reading| reading.plain());
    for reading in first.into_iter().chain(others) {
        let reading = letters(reading);
        if !found.contains(&reading) && found.len() < MAX_READINGS {
            found.push(reading);
        }
    }
    found.into()
}

/// ü is written u, v or yu; here it is U.
fn letters(reading: &str) -> Box<str> {
    reading.chars().map(|c| if c == 'ü' { 'U' } else { c.to_ascii_uppercase() }).collect::<String>().into()
}

/// The readings of a character, its usual one first; none for what is no common ideograph.
pub fn of(c: char) -> &'static [Box<str>] {
    readings(c).map_or(&[], |readings| &readings.plain)
}

/// Whether two characters can be read the same, tones aside.
pub fn sound_alike(a: char, b: char) -> bool {
    let (Some(a), Some(b)) = (readings(a), readings(b)) else { return false };
    share(a.sounds, b.sounds)
}

/// A reading as those write it who do not tell zh from z, n from l, l from r, h from f, or eng from en: the sounds that
/// the input methods offer to take for one another (模糊音), because the dialects of the south and west do.
pub fn blurred(reading: &str) -> String {
    let (first, rest) = match reading.as_bytes() {
        [b'Z' | b'C' | b'S', b'H', ..] => (reading.get(..1), reading.get(2..)),
        [b'L' | b'R', ..] => (Some("N"), reading.get(1..)),
        [b'H', ..] => (Some("F"), reading.get(1..)),
        _ => (Some(reading), None),
    };
    let start: String = [first, rest].into_iter().flatten().collect();
    match start.strip_suffix('G') {
        // ong and iong have no counterpart.
        Some(without) if without.ends_with("AN") || without.ends_with("EN") || without.ends_with("IN") => {
            without.to_owned()
        }
        _ => start,
    }
}

/// Whether two characters can be read nearly the same.
pub fn sound_near(a: char, b: char) -> bool {
    let (Some(a), Some(b)) = (readings(a), readings(b)) else { return false };
    share(a.blurred, b.blurred)
}

/// The usual readings, each blurred, written together.
pub fn spell_blurred(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match of(c).first() {
            Some(reading) => out.push_str(&blurred(reading)),
            None => out.push(c),
        }
    }
    out
}

/// The usual readings written together; what has none stays itself.
pub fn spell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match of(c).first() {
            Some(reading) => out.push_str(reading),
            None => out.push(c),
        }
    }
    out
}

/// At most `limit` spellings of a text with every reading of its characters, the usual one first.
pub fn spellings(text: &str, limit: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    for c in text.chars() {
        let mut own = [0; 4];
        let single: &str = c.encode_utf8(&mut own);
        let readings: Vec<&str> = of(c).iter().map(|reading| &**reading).collect();
        let readings = if readings.is_empty() { vec![single] } else { readings };
        let mut next = Vec::new();
        for reading in readings {
            next.extend(all.iter().map(|start| format!("{start}{reading}")));
        }
        next.truncate(limit);
        all = next;
    }
    all
}

/// Whether letters spell the characters, with any reading of each.
pub fn spells(letters: &str, text: &str) -> bool {
    let mut ends = vec![0];
    for c in text.chars() {
        let mut next: Vec<usize> = Vec::new();
        for end in ends {
            let rest = letters.get(end..).unwrap_or_default();
            let mut own = [0; 4];
            let single: &str = c.encode_utf8(&mut own);
            let readings = of(c).iter().map(|reading| &**reading);
            for reading in readings.chain(Some(single)) {
                if rest.starts_with(reading) && !next.contains(&(end + reading.len())) {
                    next.push(end + reading.len());
                }
            }
        }
        ends = next;
    }
    ends.contains(&letters.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mixed_up_is_near_and_what_is_not_is_not() {
        assert_eq!(
            ["ZHANG", "LING", "SHENG", "ZHONG", "YUN", "HU", "RUAN"].map(blurred),
            ["ZAN", "NIN", "SEN", "ZONG", "YUN", "FU", "NUAN"]
        );
        for (a, b) in [('岭', '宁'), ('昌', '苍'), ('晨', '成'), ('森', '盛'), ('湖', '福'), ('荣', '龙')]
        {
            assert!(sound_near(a, b) && !sound_alike(a, b), "{a} {b}");
        }
        assert!(!sound_near('云', '桥') && sound_near('桥', '乔') && !sound_near('江', '唐'));
    }
}
