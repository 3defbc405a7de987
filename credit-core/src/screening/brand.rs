//! What it costs that two brands are not the same, in thousandths.
//!
//! One character for another costs a share of the brand's length, less when both sound or look alike, more when the
//! character tells brands apart on purpose. The costs belong to [`super::score::METHOD`].

use super::looks;
use super::name::Name;
use super::reading;
use super::score::{FULL, Outcome};
use super::slips;
use super::words::Words;

/// Longest brand that is compared character by character; longer ones are the same or not.
pub const MAX_BRAND_CHARS: usize = 64;

// Shares of one character of the brand, in thousandths of it.
const NUMERAL: u32 = 100;
const SLIP: u32 = 300;
const TWICE: u32 = 300;
const NEAR: u32 = 400;
const SWAPPED: u32 = 400;
const MISSING: u32 = 600;
const OTHER: u32 = 1000;
const TELLING: u32 = 1500;
/// The cheapest of those, for a character that is missing and for one that stands for another.
const LEAST_MISSING: u32 = TWICE;
const LEAST_CHANGE: u32 = NUMERAL;

/// Shortest brand in which a character can be left out or written twice by mistake, in characters of the longer one.
const MIN_LENGTH_TO_MISS: usize = 4;

/// Characters that spell a brand: short ones are spelled like many others.
const SPELLED_SHORT: u16 = 80;
const SPELLED_LONG: u16 = 40;

/// Cost of a spelling that is wrong in one letter or more, as a share of a letter.
const LETTER: u32 = 1000;

/// What the brands cost; where that is more than `most`, any cost above it.
pub fn brands(a: &Name, b: &Name, most: u16, words: &Words) -> (Outcome, u16) {
    if a.brand == b.brand {
        return (Outcome::Agrees, 0);
    }
    let cost = match (a.is_han, b.is_han) {
        (true, true) => {
            characters(&a.brand, &b.brand, most, words, |one, other, is_telling| match is_telling {
                _ if slips::numeral(one).is_some() && slips::numeral(one) == slips::numeral(other) => NUMERAL,
                true => TELLING,
                false => substitution(one, other, words),
            })
        }
        (false, false) => characters(&a.brand, &b.brand, most, words, |_, _, _| LETTER),
        (true, false) => return spelled(&a.brand, &b.brand, most, words),
        (false, true) => return spelled(&b.brand, &a.brand, most, words),
    };
    outcome_of(cost)
}

fn outcome_of(cost: u16) -> (Outcome, u16) {
    (if cost >= FULL / 2 { Outcome::Contradicts } else { Outcome::Spelling }, cost)
}

fn spelled(han: &str, latin: &str, most: u16, words: &Words) -> (Outcome, u16) {
    let base = if han.chars().count() <= 2 { SPELLED_SHORT } else { SPELLED_LONG };
    if reading::spells(latin, han) {
        return (Outcome::Spelled, base);
    }
    let cost = characters(&reading::spell(han), latin, most, words, |_, _, _| LETTER);
    outcome_of(cost.saturating_add(base).min(FULL))
}

/// What it costs that one character stands for another that tells no brands apart.
fn substitution(a: char, b: char, words: &Words) -> u32 {
    if words.in_series(a, b) {
        OTHER
    } else if words.plain(a) == words.plain(b) || looks::alike(a, b) || reading::sound_alike(a, b) {
        SLIP
    } else if reading::sound_near(a, b) {
        NEAR
    } else {
        OTHER
    }
}

/// A brand's characters, each with what it costs that it is missing.
struct Text {
    chars: [(char, u32); MAX_BRAND_CHARS],
    length: usize,
}

impl Text {
    /// `longest`: characters of the longer brand of the two. A character costs less where it only says again what
    /// stands before it, but not 11 for 1.
    fn of(text: &str, longest: usize, words: &Words) -> Self {
        let mut chars = [(char::MIN, 0); MAX_BRAND_CHARS];
        let (mut length, mut before) = (0, None);
        for (slot, c) in chars.iter_mut().zip(text.chars()) {
            let is_twice = before.replace(c) == Some(c) && longest >= MIN_LENGTH_TO_MISS;
            *slot = match () {
                () if words.is_telling(c) => (c, TELLING),
                () if is_twice => (c, TWICE),
                () if longest < MIN_LENGTH_TO_MISS => (c, OTHER),
                () => (c, MISSING),
            };
            length += 1;
        }
        Self { chars, length }
    }

    fn iter(&self) -> impl Iterator<Item = (char, u32)> {
        self.chars.iter().take(self.length).copied()
    }
}

/// The cheapest way from one text to the other (characters changed, missing, two neighbours swapped), as a share of
/// the longer text's length; once it is known to be more than `most`, [`FULL`]. `change` is told whether one of two
/// characters tells brands apart.
fn characters(a: &str, b: &str, most: u16, words: &Words, change: impl Fn(char, char, bool) -> u32) -> u16 {
    let lengths = (a.chars().count(), b.chars().count());
    let (shorter, longest) = (lengths.0.min(lengths.1), lengths.0.max(lengths.1));
    let length = u32::try_from(longest).unwrap_or(u32::MAX).max(1);
    // The sum from which on the share is more than `most`.
    let too_much = (u32::from(most) + 1).saturating_mul(length);
    let least = u32::try_from(longest - shorter).unwrap_or(u32::MAX).saturating_mul(LEAST_MISSING);
    // More than half missing is nothing alike.
    if longest > MAX_BRAND_CHARS || longest > 2 * shorter || least >= too_much {
        return FULL;
    }
    let (a, b) = (Text::of(a, longest, words), Text::of(b, longest, words));
    let at = |row: &[u32], place: usize| row.get(place).copied().unwrap_or(u32::MAX / 2);
    let mut before = [u32::MAX / 2; MAX_BRAND_CHARS + 1];
    let mut above = [0; MAX_BRAND_CHARS + 1];
    let mut row = [0; MAX_BRAND_CHARS + 1];
    let mut left = 0;
    for (slot, (_, missing)) in above.iter_mut().skip(1).zip(b.iter()) {
        left += missing;
        *slot = left;
    }
    let (mut last_a, mut least_above) = (None, 0);
    for (one, one_missing) in a.iter() {
        left = at(&above, 0) + one_missing;
        let mut least_here = left;
        let mut last_b = None;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (j, (other, other_missing)) in b.iter().enumerate() {
            let corner = at(&above, j);
            let mut cost = (at(&above, j + 1) + one_missing).min(left + other_missing);
            if one == other {
                cost = cost.min(corner);
            } else {
                // What one stands for is looked up only where it can be cheaper.
                if corner + LEAST_CHANGE < cost {
                    cost = cost.min(corner + change(one, other, one_missing.max(other_missing) == TELLING));
                }
                if last_a == Some(other) && last_b == Some(one) {
                    cost = cost.min(at(&before, j.wrapping_sub(1)) + SWAPPED);
                }
            }
            if let Some(slot) = row.get_mut(j + 1) {
                *slot = cost;
            }
            left = cost;
            least_here = least_here.min(cost);
            last_b = Some(other);
        }
        // Every way goes through this row, or by a swap around it from the one above.
        if least_here >= too_much && least_above + SWAPPED >= too_much {
            return FULL;
        }
        last_a = Some(one);
        least_above = least_here;
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    u16::try_from(at(&above, b.length) / length).unwrap_or(FULL).min(FULL)
}
