//! Tiles: how a log is served as plain files (C2SP `tlog-tiles`).
//!
//! A tile of height 8 holds up to 256 hashes of one level; an entry bundle holds up to 256 entries.
//! A client asks for exactly the width that its checkpoint implies, so a partial tile is named by
//! its width and never changes: everything here may be cached for ever.

use std::fmt;

/// Tile height in tree levels (C2SP `tlog-tiles`, "Merkle Tree": tiles have height 8).
pub const HEIGHT: u32 = 8;
/// Hashes, or entries, in a full tile.
pub const WIDTH: u16 = 256;
/// Bytes of one hash.
pub const HASH_BYTES: usize = 32;
/// Highest tile level that a path may name (C2SP `tlog-tiles`: "between 0 and 63").
pub const LEVEL_MAX: u8 = 63;
/// Longest tile path accepted, in bytes; the longest that a `u64` index can need is 47.
pub const PATH_BYTES_MAX: usize = 64;

/// Why a tile, a bundle or a tile path was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    #[error("a tile path has at most {PATH_BYTES_MAX} bytes")]
    PathTooLong,
    #[error("a tile path begins with `tile/<level>/` or `tile/entries/`")]
    PathStart,
    #[error("a tile level is a number from 0 to {LEVEL_MAX} without leading zeros")]
    Level,
    #[error(
        "a tile index is groups of three digits, all but the last prefixed with `x`, without an empty leading group"
    )]
    Index,
    #[error("a partial width is a number from 1 to 255 without leading zeros")]
    Width,
    #[error("an entry has at most 65535 bytes in a bundle")]
    EntryTooLong,
    #[error("the bundle ends inside an entry")]
    Truncated,
    #[error("expected {expected} items, found {found}")]
    Count { expected: u16, found: usize },
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes of tree level `8 × level`.
    Hashes { level: u8 },
    /// Entries, each preceded by its length.
    Entries,
}

/// The name of one tile: what it holds, which one, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    pub kind: TileKind,
    pub index: u64,
    /// Items in the tile, 1 to 256; 256 is a full tile.
    pub width: u16,
}

impl TilePath {
    /// Reads a path such as `tile/0/x001/x234/067.p/8`, without a leading slash.
    ///
    /// Only the canonical spelling is accepted: one tile has one name, so a cache holds it once.
    ///
    /// # Errors
    /// Names the part that is not as C2SP `tlog-tiles` writes it.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        if path.len() > PATH_BYTES_MAX {
            return Err(TileError::PathTooLong);
        }
        let rest = path.strip_prefix("tile/").ok_or(TileError::PathStart)?;
        let (first, rest) = rest.split_once('/').ok_or(TileError::PathStart)?;
        let kind = if first == "entries" {
            TileKind::Entries
        } else {
            let level = canonical_number(first).ok_or(TileError::Level)?;
            let level = u8::try_from(level).map_err(|_| TileError::Level)?;
            if level > LEVEL_MAX {
                return Err(TileError::Level);
            }
            TileKind::Hashes { level }
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, WIDTH),
            Some((index, width)) => {
                let width = canonical_number(width).ok_or(TileError::Width)?;
                let width = u16::try_from(width).map_err(|_| TileError::Width)?;
                if width == 0 || width >= WIDTH {
                    return Err(TileError::Width);
                }
                (index, width)
            }
        };
        Ok(Self { kind, index: parse_index(index)?, width })
    }

    /// True when the tile holds all its 256 items.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// True when a tree of `size` leaves has at least this much of the tile.
    #[must_use]
    pub fn exists_at(&self, size: u64) -> bool {
        let level = match self.kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        width_at(level, self.index, size) >= self.width
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        f.write_str(&format_index(self.index))?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Hashes that tile `index` of tile level `level` holds in a tree of `size` leaves: 0 to 256.
#[must_use]
pub fn width_at(level: u8, index: u64, size: u64) -> u16 {
    let shift = HEIGHT.saturating_mul(u32::from(level));
    let nodes = size.checked_shr(shift).unwrap_or(0);
    let Some(first) = index.checked_mul(u64::from(WIDTH)) else {
        return 0;
    };
    let have = nodes.saturating_sub(first).min(u64::from(WIDTH));
    u16::try_from(have).unwrap_or(WIDTH)
}

/// Appends one entry to a bundle: `u16be` length, then the bytes.
///
/// # Errors
/// [`TileError::EntryTooLong`] past 65 535 bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), TileError> {
    let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong)?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, in order, borrowing from it.
#[derive(Debug, Clone)]
pub struct BundleEntries<'a> {
    rest: &'a [u8],
}

/// Walks the entries of a bundle. An incomplete last entry is one error, then the end.
#[must_use]
pub fn entries(bundle: &[u8]) -> BundleEntries<'_> {
    BundleEntries { rest: bundle }
}

impl<'a> Iterator for BundleEntries<'a> {
    type Item = Result<&'a [u8], TileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let split = self
            .rest
            .split_first_chunk::<2>()
            .and_then(|(length, rest)| rest.split_at_checked(usize::from(u16::from_be_bytes(*length))));
        match split {
            Some((entry, rest)) => {
                self.rest = rest;
                Some(Ok(entry))
            }
            None => {
                self.rest = &[];
                Some(Err(TileError::Truncated))
            }
        }
    }
}

/// Reads a bundle that must hold exactly `width` entries.
///
/// # Errors
/// [`TileError::Truncated`] or [`TileError::Count`].
pub fn parse_bundle(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    let mut found = Vec::with_capacity(usize::from(width));
    for entry in entries(bundle) {
        let entry = entry?;
        if found.len() >= usize::from(width) {
            return Err(TileError::Count { expected: width, found: found.len().saturating_add(1) });
        }
        found.push(entry);
    }
    if found.len() == usize::from(width) {
        Ok(found)
    } else {
        Err(TileError::Count { expected: width, found: found.len() })
    }
}

/// Reads a hash tile that must hold exactly `width` hashes.
///
/// # Errors
/// [`TileError::Truncated`] or [`TileError::Count`].
pub fn parse_hashes(tile: &[u8], width: u16) -> Result<Vec<[u8; HASH_BYTES]>, TileError> {
    let (hashes, rest) = tile.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        return Err(TileError::Truncated);
    }
    if hashes.len() != usize::from(width) {
        return Err(TileError::Count { expected: width, found: hashes.len() });
    }
    Ok(hashes.to_vec())
}

/// The first `width` hashes of a hash tile, as a partial tile is served.
///
/// # Errors
/// [`TileError::Count`] when the tile holds fewer.
pub fn cut_hashes(tile: &[u8], width: u16) -> Result<&[u8], TileError> {
    tile.get(..usize::from(width).saturating_mul(HASH_BYTES))
        .ok_or(TileError::Count { expected: width, found: tile.len() / HASH_BYTES })
}

/// A decimal number without sign, leading zeros or other decoration.
fn canonical_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !plain || leading_zero {
        return None;
    }
    text.parse().ok()
}

/// Writes an index in groups of three digits: 1234067 is `x001/x234/067`.
fn format_index(index: u64) -> String {
    let mut groups = Vec::new();
    let mut rest = index;
    loop {
        groups.push(rest % 1000);
        rest /= 1000;
        if rest == 0 {
            break;
        }
    }
    let mut text = String::new();
    for (position, group) in groups.iter().enumerate().rev() {
        let (prefix, suffix) = if position == 0 { ("", "") } else { ("x", "/") };
        text.push_str(&format!("{prefix}{group:03}{suffix}"));
    }
    text
}

fn parse_index(text: &str) -> Result<u64, TileError> {
    let mut index = 0_u64;
    let mut groups = text.split('/').peekable();
    let mut is_first = true;
    while let Some(group) = groups.next() {
        let is_last = groups.peek().is_none();
        let digits = if is_last { group } else { group.strip_prefix('x').ok_or(TileError::Index)? };
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TileError::Index);
        }
        let value: u64 = digits.parse().map_err(|_| TileError::Index)?;
        // `x000/001` would be a second name of `001`.
        if is_first && !is_last && value == 0 {
            return Err(TileError::Index);
        }
        index = index.checked_mul(1000).and_then(|i| i.checked_add(value)).ok_or(TileError::Index)?;
        is_first = false;
    }
    Ok(index)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hashes(level: u8, index: u64, width: u16) -> TilePath {
        TilePath { kind: TileKind::Hashes { level }, index, width }
    }

    #[test]
    fn paths_of_the_specification() {
        let cases = [
            ("tile/0/x001/x234/067", hashes(0, 1_234_067, 256)),
            ("tile/0/000", hashes(0, 0, 256)),
            ("tile/1/000.p/1", hashes(1, 0, 1)),
            ("tile/63/x001/000.p/255", hashes(63, 1000, 255)),
            ("tile/entries/x123/456.p/7", TilePath { kind: TileKind::Entries, index: 123_456, width: 7 }),
        ];
        for (text, path) in cases {
            assert_eq!(TilePath::parse(text), Ok(path), "{text}");
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for (text, error) in [
            ("", TileError::PathStart),
            ("tile/", TileError::PathStart),
            ("tile/0", TileError::PathStart),
            ("/tile/0/000", TileError::PathStart),
            ("tile/00/000", TileError::Level),
            ("tile/64/000", TileError::Level),
            ("tile/-1/000", TileError::Level),
            ("tile/+1/000", TileError::Level),
            ("tile//000", TileError::Level),
            ("tile/0/", TileError::Index),
            ("tile/0/0", TileError::Index),
            ("tile/0/0000", TileError::Index),
            ("tile/0/x000/001", TileError::Index),
            ("tile/0/001/002", TileError::Index),
            ("tile/0/x001", TileError::Index),
            ("tile/0/000/", TileError::Index),
            ("tile/0/x018/x446/x744/x073/x709/x551/616", TileError::Index),
            ("tile/0/000.p/0", TileError::Width),
            ("tile/0/000.p/256", TileError::Width),
            ("tile/0/000.p/01", TileError::Width),
            ("tile/0/000.p/", TileError::Width),
            ("tile/0/000.p/1/2", TileError::Width),
        ] {
            assert_eq!(TilePath::parse(text), Err(error), "{text}");
        }
        assert_eq!(
            TilePath::parse(&format!("tile/0/{}000", "x001/".repeat(20))),
            Err(TileError::PathTooLong)
        );
    }

    #[test]
    fn widths_follow_the_size() {
        assert_eq!(width_at(0, 0, 0), 0);
        assert_eq!(width_at(0, 0, 1), 1);
        assert_eq!(width_at(0, 0, 300), 256);
        assert_eq!(width_at(0, 1, 300), 44);
        assert_eq!(width_at(0, 2, 300), 0);
        assert_eq!(width_at(1, 0, 255), 0);
        assert_eq!(width_at(1, 0, 70_000), 256);
        assert_eq!(width_at(1, 1, 70_000), 17);
        assert_eq!(width_at(2, 0, 70_000), 1);
        assert_eq!(width_at(63, 0, u64::MAX), 0);
        assert_eq!(width_at(0, u64::MAX, u64::MAX), 0);
    }

    #[test]
    fn a_bundle_holds_what_was_put_in() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, b"one").unwrap();
        push_entry(&mut bundle, b"").unwrap();
        assert_eq!(parse_bundle(&bundle, 2).unwrap(), [&b"one"[..], b""]);
        assert_eq!(parse_bundle(&bundle, 1), Err(TileError::Count { expected: 1, found: 2 }));
        assert_eq!(parse_bundle(&[0, 2, 1], 1), Err(TileError::Truncated));
        assert_eq!(parse_bundle(&[0], 1), Err(TileError::Truncated));
        assert_eq!(push_entry(&mut bundle, &vec![0; 65_536]), Err(TileError::EntryTooLong));
    }

    #[test]
    fn a_hash_tile_is_whole_hashes() {
        let tile = [7_u8; 96];
        assert_eq!(parse_hashes(&tile, 3).unwrap().len(), 3);
        assert!(parse_hashes(&tile, 2).is_err());
        assert_eq!(parse_hashes(&[7_u8; 95], 3), Err(TileError::Truncated));
        assert_eq!(cut_hashes(&tile, 2).unwrap().len(), 64);
        assert!(cut_hashes(&tile, 4).is_err());
    }

    proptest! {
        #[test]
        fn a_path_reads_back(level in 0_u8..=63, index: u64, width in 1_u16..=256) {
            let path = hashes(level, index, width);
            prop_assert_eq!(TilePath::parse(&path.to_string()), Ok(path));
        }

        #[test]
        fn an_accepted_path_has_one_spelling(text in "tile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,2}[0-9]{3}(\\.p/[0-9]{1,3})?") {
            if let Ok(path) = TilePath::parse(&text) {
                prop_assert_eq!(path.to_string(), text);
            }
        }

        #[test]
        fn no_bundle_panics(bytes: Vec<u8>, width in 0_u16..300) {
            let _ = parse_bundle(&bytes, width);
        }
    }
}
