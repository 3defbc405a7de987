//! The zone's overview. Counts are public; the files received are the administrator's business.

use credit_core::grade::Grade;
use credit_core::records::SourceId;

use super::{ServiceData, Sight, failed, words};
use crate::access::{Block, Subject};
use crate::intake::batches;
use crate::portal::PortalError;
use crate::portal::lang::Lang;
use crate::portal::view::{CountView, FileRow, OverviewView};
use crate::registry::overview::{COVERAGE_FLOORS, Overview, overview};

/// Files shown.
const FILES_SHOWN: i64 = 12;

pub(super) fn view(data: &ServiceData, lang: Lang, sight: &Sight) -> Result<OverviewView, PortalError> {
    let mut connection = data.connection()?;
    let counts = overview(&mut connection).map_err(failed)?;
    let files = if sight.may(Subject::Zone, Block::Operations).is_allowed() {
        batches::list(&mut connection, i64::MAX, FILES_SHOWN).map_err(failed)?
    } else {
        Vec::new()
    };
    let as_of = counts.last_run.unwrap_or_else(|| data.service.clock.today());
    Ok(OverviewView {
        zone: words::zone(&data.service.config.zone, lang),
        as_of: as_of.to_string(),
        enterprises: counts.enterprises,
        grades: grades(data, &counts, lang),
        kinds: counts
            .kinds
            .iter()
            .map(|(code, count)| counted(words::kind_of_code(code, lang), None, *count))
            .collect(),
        coverage: coverage(&counts),
        files: files.iter().map(|file| file_row(file, lang)).collect(),
        ledger_size: data.ledger().published_size(),
    })
}

fn counted(words: String, note: Option<String>, count: u64) -> CountView {
    CountView { words, note, count }
}

fn grades(data: &ServiceData, counts: &Overview, lang: Lang) -> Vec<CountView> {
    Grade::ALL
        .into_iter()
        .map(|grade| {
            let found = counts.grades.iter().find(|(code, _)| code.as_deref() == Some(grade.as_str()));
            let meaning = data.service.card.band(grade).map(|band| words::text(&band.meaning, lang));
            let note = meaning.unwrap_or_else(|| lang.texts().unrated.to_owned());
            counted(grade.as_str().to_owned(), Some(note), found.map_or(0, |(_, count)| *count))
        })
        .collect()
}

/// `≥ 90 %`, `75–90 %`, `60–75 %`, `< 60 %`.
fn coverage(counts: &Overview) -> Vec<CountView> {
    let floor = |place: usize| COVERAGE_FLOORS.get(place).map_or(0, |floor| floor / 100);
    counts
        .coverage
        .iter()
        .map(|(place, count)| {
            let words = match (*place, floor(*place)) {
                (0, low) => format!("≥ {low} %"),
                (place, 0) => format!("< {} %", floor(place - 1)),
                (place, low) => format!("{low}–{} %", floor(place - 1)),
            };
            counted(words, None, *count)
        })
        .collect()
}

fn file_row(file: &batches::Batch, lang: Lang) -> FileRow {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let source = file.source.parse::<SourceId>().ok();
    FileRow {
        name: file.file_name.clone(),
        source: source.map_or_else(|| file.source.clone(), |source| words::source(source, lang).to_owned()),
        received: words::minute(count(file.received_at)),
        rows: count(file.rows_total),
        rejected: count(file.rows_rejected),
    }
}
