//! The sample zone of a first start: written as source files, taken in, evaluated month by month, anchored.
//!
//! A marker file says that this is under way, so that a start that was interrupted is taken up again; every step
//! is one that may be repeated without changing anything.

use std::fs::{self, File};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use credit_core::dates::add_months;
use credit_core::records::Lang;

use super::evaluate::evaluate;
use super::{output, user};
use crate::anchoring::Anchor;
use crate::evaluation::gather::Who;
use crate::evaluation::run::{self, Order};
use crate::intake::receive::{Expected, Incoming, receive};
use crate::sample::{Plan, Written, write_zone};
use crate::service::Service;

/// Months of history of the sample zone.
const MONTHS: u32 = 12;
/// The seed of the sample zone; another gives other enterprises.
const SEED: u64 = 20_261_001;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Fills an empty data folder; leaves a used one as it is.
pub fn fill(service: &Service, anchor: &Anchor, enterprises: u32) -> Result<()> {
    let folder = service.config.data.join("sample");
    let marker = folder.join(".loading");
    let used = run::anything_registered(&mut *service.database.connection()?)?;
    if used && !marker.exists() {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    File::create(&marker)?.sync_all()?;
    output::say("first start: loading a fictitious zone (source files in the data folder under sample/)");
    let until = service.clock.today();
    let plan = Plan { enterprises, seed: SEED, months: MONTHS, until };
    let bar = output::bar("write source files", 0, false);
    let written = write_zone(&plan, &folder, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    for file in written.files.iter().chain([&written.messages]) {
        take(service, file)?;
    }
    // It names buyers, made-up as they are; what was taken in names none.
    fs::remove_file(&written.messages)?;
    for as_of in month_ends(until) {
        evaluate(service, &Order { who: Who::All, as_of, known_at: None, monthly: true }, Lang::Zh)?;
    }
    let bar = output::spinner("ledger");
    anchor.drain(|done| bar.set_message(format!("{done} entries")))?;
    bar.finish_and_clear();
    if let Some(first) = written.showcase.first() {
        user::identity(service).make_sample(first.uscc)?;
    }
    fs::remove_file(&marker)?;
    introduce(service, &written);
    Ok(())
}

/// The last days of the months of history, and today.
fn month_ends(until: NaiveDate) -> Vec<NaiveDate> {
    let first = until.with_day(1).unwrap_or(until);
    let months = i32::try_from(MONTHS).unwrap_or(0);
    let mut ends: Vec<NaiveDate> =
        (0..months).rev().filter_map(|back| add_months(first, -back).pred_opt()).collect();
    ends.push(until);
    ends
}

fn take(service: &Service, path: &Path) -> Result<()> {
    let content = File::open(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bar = output::bar(&name, content.metadata()?.len(), true);
    let incoming = Incoming { name: &name, content, expected: Expected::Any };
    let summary = receive(
        &service.database,
        &service.evidence,
        service.clock.as_ref(),
        incoming,
        &mut |done, total, rows| {
            bar.set_length(total);
            bar.set_position(done);
            bar.set_message(format!("{rows} rows"));
            true
        },
    );
    bar.finish_and_clear();
    let summary = summary?;
    output::say(&format!(
        "  {:26} {:>7} rows, {:>3} rejected",
        summary.file_name, summary.rows_total, summary.rows_rejected
    ));
    Ok(())
}

/// The logins of the sample zone; they were made on its first start.
pub fn say_logins(service: &Service) {
    if let Some(logins) = user::identity(service).sample_logins() {
        output::say("");
        logins.lines().for_each(output::say);
    }
}

/// Five enterprises worth looking at.
fn introduce(service: &Service, written: &Written) {
    output::say("");
    output::say("five enterprises worth looking at:");
    for one in &written.showcase {
        output::say(&format!(
            "  http://{}/enterprises/{}  {}  {}",
            service.config.listen, one.uscc, one.name, one.why_zh
        ));
    }
}
