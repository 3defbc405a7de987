//! Reading somebody else's tiles (C2SP `tlog-tiles`): over HTTP, or from a folder laid out in the same way. Nothing
//! that is read here is believed; whoever reads it proves it.

use crate::tls;
use ledger::entry::MAX_ENTRY_BYTES;
use ledger::store::BLOCK_ENTRIES_MAX;
use ledger::tile::{self, TileKind, TilePath, WIDTH};
use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// Longest checkpoint, in bytes: text, and some hundred signature lines.
pub const CHECKPOINT_BYTES_MAX: u64 = 64 * 1024;
/// Longest tile, in bytes: 256 entries of the greatest length.
pub const TILE_BYTES_MAX: u64 = 256 * (2 + 4096);
const _: () = assert!(MAX_ENTRY_BYTES == 4096, "the limit of a tile follows that of an entry");
/// How long one answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// First byte of a seal: its index among the entries, which never changes.
const SEAL: u8 = 15;

/// Why tiles cannot be read, or are no tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TilesError {
    #[error("{place} cannot be read: {why}")]
    Unreadable { place: String, why: String },
    #[error("{place} is not there")]
    Absent { place: String },
    #[error("{place} is no tile of {width} entries: {why}")]
    Tile { place: String, width: u16, why: String },
    #[error("leaf {index} of {place} belongs to a block of more than {BLOCK_ENTRIES_MAX} entries")]
    LongBlock { place: String, index: u64 },
    #[error("{place} ends at leaf {size}, in the middle of a block")]
    OpenBlock { place: String, size: u64 },
}

/// Somewhere a log can be read.
pub trait Tiles: Send + Sync {
    /// The newest checkpoint there, as a signed note.
    ///
    /// # Errors
    /// [`TilesError`].
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError>;

    /// The newest checkpoint there under which the log's whole quorum stands; [`TilesError::Absent`] where none is
    /// told.
    ///
    /// # Errors
    /// [`TilesError`].
    fn last_final(&self) -> Result<Vec<u8>, TilesError> {
        Err(TilesError::Absent { place: format!("a final checkpoint of {}", self.place()) })
    }

    /// The bytes of one tile.
    ///
    /// # Errors
    /// [`TilesError`].
    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError>;

    /// How messages name the place.
    fn place(&self) -> String;
}

/// Tiles below a URL, such as `http://host:8080/ledger`.
pub struct HttpTiles {
    base: String,
    agent: ureq::Agent,
}

impl HttpTiles {
    /// The tiles below this URL.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self::with_limit(base, ANSWER_LIMIT)
    }

    /// The tiles below this URL, where no answer may take longer.
    #[must_use]
    pub fn with_limit(base: &str, limit: Duration) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(limit))
            .tls_config(tls::asking())
            .build()
            .into();
        Self { base: base.trim_end_matches('/').to_owned(), agent }
    }

    fn get(&self, name: &str, limit: u64) -> Result<Vec<u8>, TilesError> {
        let place = format!("{}/{name}", self.base);
        let unreadable = |why: String| TilesError::Unreadable { place: place.clone(), why };
        let mut answer = self.agent.get(&place).call().map_err(|error| unreadable(error.to_string()))?;
        match answer.status().as_u16() {
            200 => {}
            404 => return Err(TilesError::Absent { place }),
            status => return Err(unreadable(format!("it answers with status {status}"))),
        }
        let body = answer.body_mut().with_config().limit(limit).read_to_vec();
        body.map_err(|error| unreadable(error.to_string()))
    }
}

impl Tiles for HttpTiles {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        self.get("checkpoint", CHECKPOINT_BYTES_MAX)
    }

    fn last_final(&self) -> Result<Vec<u8>, TilesError> {
        self.get("final", CHECKPOINT_BYTES_MAX)
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        self.get(&path.to_string(), TILE_BYTES_MAX)
    }

    fn place(&self) -> String {
        self.base.clone()
    }
}

/// Tiles as files below a folder.
pub struct FolderTiles(PathBuf);

impl FolderTiles {
    /// The folder that holds `checkpoint` and `tile/`.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, TilesError> {
        let path = self.0.join(name);
        let place = path.display().to_string();
        let wrong = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => TilesError::Absent { place: place.clone() },
            _ => TilesError::Unreadable { place: place.clone(), why: error.to_string() },
        };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(wrong)?;
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(wrong)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
            return Err(TilesError::Unreadable { place, why: format!("it has more than {limit} bytes") });
        }
        Ok(bytes)
    }
}

impl Tiles for FolderTiles {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        self.read("checkpoint", CHECKPOINT_BYTES_MAX)
    }

    /// A partial tile may have given way to the full one, which begins with it.
    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        match self.read(&path.to_string(), TILE_BYTES_MAX) {
            Err(TilesError::Absent { .. }) if !path.is_full() => {
                let full = TilePath { width: WIDTH, ..*path };
                cut(&self.read(&full.to_string(), TILE_BYTES_MAX)?, path, &self.place())
            }
            answer => answer,
        }
    }

    fn place(&self) -> String {
        self.0.display().to_string()
    }
}

/// The first items of a full tile.
fn cut(full: &[u8], path: &TilePath, place: &str) -> Result<Vec<u8>, TilesError> {
    let wrong = |why: String| TilesError::Tile { place: format!("{place}/{path}"), width: path.width, why };
    if let TileKind::Hashes { .. } = path.kind {
        return tile::cut_hashes(full, path.width).map(<[u8]>::to_vec).map_err(|why| wrong(why.to_string()));
    }
    let entries = tile::parse_bundle(full, WIDTH).map_err(|why| wrong(why.to_string()))?;
    let mut bundle = Vec::new();
    for entry in entries.iter().take(usize::from(path.width)) {
        tile::push_entry(&mut bundle, entry).map_err(|why| wrong(why.to_string()))?;
    }
    Ok(bundle)
}

/// The tiles at a URL, or in a folder where the text is no URL.
#[must_use]
pub fn tiles_at(place: &str) -> Box<dyn Tiles> {
    if place.starts_with("http://") || place.starts_with("https://") {
        Box::new(HttpTiles::new(place))
    } else {
        Box::new(FolderTiles::new(place))
    }
}

/// What some leaves end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Seal,
    /// The end of the log.
    Log,
    /// One leaf more than the entries of a block, none of them a seal.
    Limit,
}

/// Whole blocks of a log, read from its tiles in order.
pub struct TileBlocks<'a> {
    tiles: &'a dyn Tiles,
    next: u64,
    end: u64,
    loaded: VecDeque<Vec<u8>>,
}

impl<'a> TileBlocks<'a> {
    /// Blocks from the one that begins at leaf `first` to the one that ends at `end`.
    #[must_use]
    pub fn new(tiles: &'a dyn Tiles, first: u64, end: u64) -> Self {
        Self { tiles, next: first, end, loaded: VecDeque::new() }
    }

    /// The entries of the next block as a bundle, the seal last; nothing at the end.
    ///
    /// # Errors
    /// [`TilesError`].
    pub fn next_block(&mut self) -> Result<Option<Vec<u8>>, TilesError> {
        match self.next_leaves()? {
            (bundle, _) if bundle.is_empty() => Ok(None),
            (bundle, Ends::Seal) => Ok(Some(bundle)),
            (_, Ends::Log) => Err(TilesError::OpenBlock { place: self.tiles.place(), size: self.end }),
            (_, Ends::Limit) => Err(TilesError::LongBlock { place: self.tiles.place(), index: self.next }),
        }
    }

    /// As [`TileBlocks::next_block`], but also what is no block: leaves after which the log ends without a seal, or
    /// more of them than a block may have. Nothing at the end.
    ///
    /// # Errors
    /// [`TilesError`].
    pub fn next_leaves(&mut self) -> Result<(Vec<u8>, Ends), TilesError> {
        let mut bundle = Vec::new();
        for _ in 0..=BLOCK_ENTRIES_MAX {
            let Some(entry) = self.next_entry()? else { return Ok((bundle, Ends::Log)) };
            tile::push_entry(&mut bundle, &entry).map_err(|why| TilesError::Tile {
                place: self.tiles.place(),
                width: WIDTH,
                why: why.to_string(),
            })?;
            if entry.first() == Some(&SEAL) {
                return Ok((bundle, Ends::Seal));
            }
        }
        Ok((bundle, Ends::Limit))
    }

    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, TilesError> {
        if self.loaded.is_empty() && self.next < self.end {
            let (index, skip) = (self.next / u64::from(WIDTH), self.next % u64::from(WIDTH));
            let width = tile::width_at(0, index, self.end);
            let path = TilePath { kind: TileKind::Entries, index, width };
            let bytes = self.tiles.tile(&path)?;
            let entries = tile::parse_bundle(&bytes, width).map_err(|why| TilesError::Tile {
                place: format!("{}/{path}", self.tiles.place()),
                width,
                why: why.to_string(),
            })?;
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            self.loaded.extend(entries.into_iter().skip(skip).map(<[u8]>::to_vec));
        }
        let entry = self.loaded.pop_front();
        self.next = self.next.saturating_add(u64::from(entry.is_some()));
        Ok(entry)
    }
}
