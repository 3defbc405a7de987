//! Screening: names and codes of others against the enterprises here and the lists they are on.
//!
//! - [`names`]: the names of all enterprises, former ones included, held in memory and kept up with what is received;
//! - [`matching`]: what a name is matched to and why;
//! - [`known`]: what the database says of it at this moment;
//! - [`reviews`]: pairs that an officer has looked at, silent until something about them changes;
//! - [`store`], [`acts`], [`making`]: screenings of many names as jobs, their rows and their files;
//! - [`watch`]: who is on the watch list, which is not public.
//!
//! The index finds; the database says. Whether a matched enterprise is on a list is read when the answer is written, so
//! that an entry that ended today is in no answer, however old the index is.
//!
//! Identity and statutory lists are public, and so is a screening against them. The watch list is screened against only
//! when it is named, by whoever may see it of many at once, with a row of the access log for every match.

pub mod acts;
mod known;
pub mod making;
pub mod matching;
pub mod names;
pub mod reviews;
pub mod store;
pub mod watch;

use credit_core::uscc::Uscc;
use serde::{Deserialize, Serialize};

/// Names that are answered at once; more make a job.
pub const AT_ONCE_MAX: usize = 200;
/// Names in one body.
pub const NAMES_MAX: usize = 10_000;
/// Names that anybody may ask about at once, without signing in.
pub const ANONYMOUS_MAX: usize = 20;
/// A body of names, bytes.
pub const BODY_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// A file of names: bytes, and rows.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
pub const FILE_ROWS_MAX: u64 = 200_000;
/// Matches of one name among all enterprises: answered at once, and in a job, whose results would be gigabytes in a
/// zone with many namesakes.
pub const AT_ONCE_MATCHES_MAX: usize = 100;
pub const JOB_MATCHES_MAX: usize = 20;
/// Longest own number of the asker, characters.
pub const REFERENCE_CHARS_MAX: usize = 64;

/// What a name is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Enterprises on a statutory list today, and parties of it that are not registered here.
    List,
    /// Enterprises on the zone's own watch list; not public.
    WatchList,
    /// All enterprises that are registered here.
    Enterprises,
}

impl Against {
    pub const ALL: [Against; 3] = [Against::List, Against::WatchList, Against::Enterprises];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Against::List => "list",
            Against::WatchList => "watch_list",
            Against::Enterprises => "enterprises",
        }
    }

    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// How names are screened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// Name of a use, whose threshold holds.
    pub r#use: String,
    /// In order, each once.
    pub against: Vec<Against>,
    /// Shows reviewed false positives as well.
    pub include_reviewed: bool,
}

impl Way {
    #[must_use]
    pub fn has(&self, against: Against) -> bool {
        self.against.contains(&against)
    }
}

/// One name or code that is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uscc: Option<Uscc>,
    /// The asker's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}
