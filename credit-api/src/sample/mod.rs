//! A made-up pilot zone as source files: fictitious names, valid codes, all four kinds of enterprise, every
//! case of the scorecard's calibration, some faulty rows.
//!
//! The same [`Plan`] gives the same bytes everywhere: all numbers come from a generator in integers, each
//! enterprise has its own streams, and an enterprise is the same in a larger zone.

mod archetypes;
mod complaints;
mod dirty;
mod enterprise;
mod files;
mod filings;
mod message_file;
mod messages;
mod patterns;
mod penalties;
mod registration;
mod reviews;
mod rng;
mod sheet;
mod showcase;
mod standing;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod trade;
mod words;
mod workbook;

use std::io;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use credit_core::indicator::SubjectKind;
use credit_core::uscc::UsccError;

pub use archetypes::Archetype;
pub use dirty::Dirty;
use enterprise::{Enterprise, Partners, Period};
use files::Files;
pub use patterns::Pattern;
use rng::Topic;
pub use showcase::Showcase;

/// Enterprises of the largest zone; order numbers have six digits for the merchant.
pub const MAX_ENTERPRISES: u32 = 1_000_000;

/// Months of the longest history.
pub const MAX_MONTHS: u32 = 120;

/// Years in which a history may end.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2200;

/// What zone to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub enterprises: u32,
    pub seed: u64,
    /// Months of history.
    pub months: u32,
    /// The last day of the history.
    pub until: NaiveDate,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// In the order in which to import them, registration first.
    pub files: Vec<PathBuf>,
    /// Customs messages of some orders, as an archive; to be imported last. They say what the rows of these orders say.
    pub messages: PathBuf,
    /// What is planted: enterprise, order, pattern and what the order shows. Not to be imported.
    pub labels: PathBuf,
    /// Up to five enterprises worth looking at.
    pub showcase: Vec<Showcase>,
    /// The rows that an import must reject, and those it must not count twice.
    pub dirty: Dirty,
}

/// Why a zone was not written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("a zone has 1 to {MAX_ENTERPRISES} enterprises, not {0}")]
    Enterprises(u32),
    #[error("a history has 1 to {MAX_MONTHS} months, not {0}")]
    Months(u32),
    #[error("a history ends in {} to {}, not on {found}", YEARS.start(), YEARS.end())]
    Until { found: NaiveDate },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Workbook { path: PathBuf, source: Box<rust_xlsxwriter::XlsxError> },
    #[error("{}: {source}", path.display())]
    Archive { path: PathBuf, source: zip::result::ZipError },
    #[error("{kind}: a document is not as the field table has it: {why}")]
    Message { kind: &'static str, why: String },
    #[error("a review cannot be written as JSON: {0}")]
    Json(serde_json::Error),
    #[error("a made-up credit code is wrong: {0}")]
    Code(UsccError),
}

impl SampleError {
    fn at(path: &Path, source: io::Error) -> Self {
        SampleError::Io { path: path.to_owned(), source }
    }

    fn book(path: &Path, source: rust_xlsxwriter::XlsxError) -> Self {
        SampleError::Workbook { path: path.to_owned(), source: Box::new(source) }
    }
}

/// Writes the zone's files into `folder`, which is made when missing; files of the same names are replaced.
/// `progress` is told the enterprises done and all of them.
///
/// # Errors
/// A number of the plan is out of its limits, or a file cannot be written.
pub fn write_zone(
    plan: &Plan,
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Written, SampleError> {
    check(plan)?;
    let period = Period::of(plan);
    let mut files = Files::create(folder)?;
    let mut partners = Partners::default();
    let all = u64::from(plan.enterprises);
    progress(0, all);
    for number in 0..plan.enterprises {
        let enterprise = Enterprise::at(&period, number)?;
        partners.of(&period, number)?;
        write_enterprise(&enterprise, &period, &partners, &mut files)?;
        progress(u64::from(number) + 1, all);
    }
    let dirty = dirty::write(&mut files)?;
    let (files, messages, labels) = files.finish()?;
    let showcase = showcase::choose(&period, plan.enterprises)?;
    Ok(Written { files, messages, labels, showcase, dirty })
}

fn check(plan: &Plan) -> Result<(), SampleError> {
    if plan.enterprises == 0 || plan.enterprises > MAX_ENTERPRISES {
        return Err(SampleError::Enterprises(plan.enterprises));
    }
    if plan.months == 0 || plan.months > MAX_MONTHS {
        return Err(SampleError::Months(plan.months));
    }
    if !YEARS.contains(&plan.until.year()) {
        return Err(SampleError::Until { found: plan.until });
    }
    Ok(())
}

fn write_enterprise(
    enterprise: &Enterprise,
    period: &Period,
    partners: &Partners,
    files: &mut Files,
) -> Result<(), SampleError> {
    registration::write(enterprise, period, files)?;
    let mut rng = enterprise.rng(period, Topic::PublicCredit);
    standing::write(enterprise, period, files, &mut rng)?;
    penalties::write(enterprise, period, files, &mut rng)?;
    filings::write(enterprise, period, files, &mut rng)?;
    if enterprise.kind == SubjectKind::E1 {
        messages::label(enterprise, &mut files.messages)?;
        let orders = trade::write(enterprise, period, partners, files)?;
        reviews::write(enterprise, period, &orders, files)?;
        complaints::write(enterprise, period, &orders, files)?;
    }
    Ok(())
}
