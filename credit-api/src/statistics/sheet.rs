//! Rows as CSV and as an XLSX workbook, for spreadsheets.

use std::borrow::Cow;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::figures::{EnterpriseRow, MatchingRow, MigrationRow, TradeRow};
use crate::intake::rejected_csv::neutral;

/// So that spreadsheets read the file as UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// What a row looks like in a file.
pub trait Line {
    const COLUMNS: &'static [&'static str];
    fn cells(&self) -> Vec<String>;
}

fn number<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn said(text: Option<&String>) -> String {
    text.cloned().unwrap_or_default()
}

fn yes_or_no(value: bool) -> String {
    if value { "true" } else { "false" }.to_owned()
}

impl Line for TradeRow {
    const COLUMNS: &'static [&'static str] =
        &["month", "by", "code", "orders", "amount_cny", "share_permille", "withheld", "name_zh", "name_en"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.month.clone(),
            self.by.map(|by| by.code().to_owned()).unwrap_or_default(),
            said(self.code.as_ref()),
            number(self.orders),
            said(self.amount_cny.as_ref()),
            number(self.share_permille),
            yes_or_no(self.withheld),
            said(self.name_zh.as_ref()),
            said(self.name_en.as_ref()),
        ]
    }
}

impl Line for MatchingRow {
    const COLUMNS: &'static [&'static str] =
        &["month", "mode", "outcome", "sales", "share_permille", "withheld"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.month.clone(),
            said(self.mode.as_ref()),
            self.outcome.map(|outcome| outcome.code().to_owned()).unwrap_or_default(),
            number(self.sales),
            number(self.share_permille),
            yes_or_no(self.withheld),
        ]
    }
}

impl Line for EnterpriseRow {
    const COLUMNS: &'static [&'static str] = &["month", "kind", "grade", "enterprises", "withheld"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.month.clone(),
            said(self.kind.as_ref()),
            said(self.grade.as_ref()),
            number(self.enterprises),
            yes_or_no(self.withheld),
        ]
    }
}

impl Line for MigrationRow {
    const COLUMNS: &'static [&'static str] =
        &["month", "from_grade", "to_grade", "enterprises", "withheld", "direction"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.month.clone(),
            said(self.from_grade.as_ref()),
            said(self.to_grade.as_ref()),
            number(self.enterprises),
            yes_or_no(self.withheld),
            self.direction.code().to_owned(),
        ]
    }
}

/// # Errors
/// None in practice: it is written to memory.
pub fn csv<L: Line>(lines: &[L]) -> Result<Vec<u8>, csv::Error> {
    let mut bytes = BYTE_ORDER_MARK.to_vec();
    let mut writer = csv::Writer::from_writer(&mut bytes);
    writer.write_record(L::COLUMNS)?;
    for line in lines {
        writer.write_record(line.cells().iter().map(|cell| neutral(cell)))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

/// One sheet of text: amounts keep their 分, and no cell is a formula.
///
/// # Errors
/// None in practice: the rows of some years fit in a sheet.
pub fn xlsx<L: Line>(name: &str, lines: &[L]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The moment of writing would give the same figures another entity tag.
    let written = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&written));
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    let header = L::COLUMNS.iter().map(|column| Cow::Borrowed(*column)).collect::<Vec<_>>();
    let rows = lines.iter().map(|line| line.cells().iter().map(|cell| Cow::Owned(neutral(cell))).collect());
    for (at, cells) in (0..).zip(std::iter::once(header).chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(at, column, cell)?;
        }
    }
    book.save_to_buffer()
}
