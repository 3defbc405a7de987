//! Characters that look alike, from `data/screening/lookalikes-2026.2.txt`, which says how they were computed.

use std::collections::HashMap;
use std::sync::LazyLock;

static NEIGHBOURS: LazyLock<HashMap<char, Vec<char>>> =
    LazyLock::new(|| read(include_str!("../../data/screening/lookalikes-2026.2.txt")));

/// Both ways round, in the order of the file.
fn read(text: &str) -> HashMap<char, Vec<char>> {
    let mut all: HashMap<char, Vec<char>> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut chars = line.chars();
        let Some(first) = chars.next() else { continue };
        for other in chars {
            all.entry(first).or_default().push(other);
            all.entry(other).or_default().push(first);
        }
    }
    all
}

/// The characters that look like this one.
pub fn like(c: char) -> &'static [char] {
    NEIGHBOURS.get(&c).map_or(&[], Vec::as_slice)
}

/// Whether two characters look alike.
pub fn alike(a: char, b: char) -> bool {
    like(a).contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::fold::is_han;

    #[test]
    fn the_file_holds_pairs_that_hold_both_ways() {
        assert!(NEIGHBOURS.len() > 4_000);
        for (c, others) in NEIGHBOURS.iter() {
            assert!(is_han(*c), "{c}");
            assert!(!others.contains(c) && others.iter().all(|other| alike(*other, *c)), "{c}");
        }
        assert!(alike('风', '凤') && alike('凤', '风') && !alike('云', '禾'));
    }
}
