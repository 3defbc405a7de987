//! Characters that look alike, from `data/screening/lookalikes-2026.3.txt`, which says how they were computed.

use std::sync::LazyLock;

use super::reading;

/// By the place of the character among the common ones; each in the order of Unicode.
static NEIGHBOURS: LazyLock<Vec<Box<[char]>>> =
    LazyLock::new(|| read(include_str!("../../data/screening/lookalikes-2026.3.txt")));

/// Both ways round.
fn read(text: &str) -> Vec<Box<[char]>> {
    let mut all: Vec<Vec<char>> = vec![Vec::new(); reading::places()];
    let mut add = |one: char, other: char| {
        if let Some(list) = reading::place(one).and_then(|place| all.get_mut(place)) {
            list.push(other);
        }
    };
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut chars = line.chars();
        let Some(first) = chars.next() else { continue };
        for other in chars {
            add(first, other);
            add(other, first);
        }
    }
    let in_order = |mut list: Vec<char>| {
        list.sort_unstable();
        list.into_boxed_slice()
    };
    all.into_iter().map(in_order).collect()
}

/// The characters that look like this one.
pub fn like(c: char) -> &'static [char] {
    reading::place(c).and_then(|place| NEIGHBOURS.get(place)).map_or(&[], |list| list)
}

/// Whether two characters look alike.
pub fn alike(a: char, b: char) -> bool {
    like(a).binary_search(&b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::fold::is_han;

    #[test]
    fn the_file_holds_pairs_that_hold_both_ways() {
        let all: Vec<char> = ('\u{4E00}'..='\u{9FFF}').filter(|c| !like(*c).is_empty()).collect();
        assert!(all.len() > 4_000);
        for c in all {
            let fits = |other: &char| is_han(*other) && *other != c && alike(*other, c);
            assert!(like(c).iter().all(fits), "{c}");
        }
        assert!(alike('风', '凤') && alike('凤', '风') && !alike('云', '禾'));
    }
}
