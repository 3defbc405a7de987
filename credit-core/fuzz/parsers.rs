//! Every parser of outside text in this crate with what must hold of any input: no panic, and what is accepted
//! says again what it was read from. Gives whether the input was accepted. Shared by the fuzz targets and the tests.

use std::sync::LazyLock;

use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::customs_code::{CustomsCode, EntityCode};
use credit_core::document_no::normalize_document_no;
use credit_core::money::{Fen, MAX_AMOUNT_FEN};
use credit_core::records::spec::DIALECTS;
use credit_core::records::{CellType, Cells, Lang, Layout, Record, Row};
use credit_core::region::RegionCode;
use credit_core::scorecard::Scorecard;
use credit_core::screening::fold::fold;
use credit_core::screening::{Subject, compare, digest};
use credit_core::statement::{Field, Statement, recompute};
use credit_core::uscc::Uscc;

fn text_of(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// An amount in 元 or in 万元.
pub fn money(data: &[u8]) -> bool {
    let Some(text) = text_of(data) else { return false };
    let (cny, wan) = (Fen::parse_cny(text), Fen::parse_wan(text));
    for fen in [&cny, &wan].into_iter().flatten() {
        assert!((0..=MAX_AMOUNT_FEN).contains(&fen.0));
        assert_eq!(Fen::parse_cny(&fen.to_cny_string()).as_ref(), Ok(fen));
    }
    cny.is_ok() || wan.is_ok()
}

/// A code of an enterprise, a region or a document.
pub fn code(data: &[u8]) -> bool {
    let Some(text) = text_of(data) else { return false };
    let normal = normalize_document_no(text);
    assert_eq!(normalize_document_no(&normal), normal);
    let uscc = Uscc::parse(text);
    if let Ok(code) = &uscc {
        assert_eq!(Uscc::parse(code.as_str()).as_ref(), Ok(code));
        assert_eq!(Uscc::parse(&code.as_str().to_ascii_lowercase()).as_ref(), Ok(code));
        let _ = (code.registration_department(), code.region(), code.org_code_valid());
    }
    let customs = CustomsCode::parse(text);
    if let Ok(code) = &customs {
        assert_eq!(CustomsCode::parse(code.as_str()).as_ref(), Ok(code));
    }
    assert_eq!(EntityCode::parse(text).is_ok(), uscc.is_ok() || customs.is_ok());
    let region = RegionCode::parse(text);
    if let Ok(code) = region {
        assert_eq!(code.as_str(), text);
        assert!(code.is_within(code.province()));
        let _ = (code.region(), code.current(), code.prefecture());
    }
    uscc.is_ok() || customs.is_ok() || region.is_ok()
}

/// A row: the name of a dialect in the first line, then `column=value` in each.
pub fn record(data: &[u8]) -> bool {
    let Some(text) = text_of(data) else { return false };
    let mut lines = text.split('\n');
    let name = lines.next().unwrap_or_default();
    let Some(dialect) = DIALECTS.into_iter().find(|dialect| dialect.name == name) else { return false };
    let columns: Vec<&str> = dialect.fields.iter().map(|field| field.column).collect();
    let layout = Layout::of_header(&columns, Some(dialect.source)).expect("all columns of a dialect");
    let mut cells = Cells::over(text.to_owned(), columns.len());
    cells.resize(columns.len());
    for line in lines {
        let Some((column, value)) = line.split_once('=') else { continue };
        if let Some(at) = layout.position(column) {
            cells.set_text(at, value, CellType::Text);
        }
    }
    let row = Row { layout: &layout, cells: &cells };
    match credit_core::records::parse(&row) {
        Ok(record) => {
            assert_eq!(record.source(), dialect.source);
            assert!(!record.natural_key().is_empty());
            let json = serde_json::to_string(&record).expect("a record is JSON");
            let back: Record = serde_json::from_str(&json).expect("a record is read back");
            assert_eq!(back, record, "what the database keeps is what was read");
            true
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.column.is_empty() || columns.contains(&error.column.as_ref()));
                assert!(!error.message(Lang::Zh).is_empty() && !error.message(Lang::En).is_empty());
            }
            false
        }
    }
}

/// Names to screen, one a line: the first against each.
pub fn name(data: &[u8]) -> bool {
    let Some(text) = text_of(data) else { return false };
    let subjects: Result<Vec<Subject>, _> = text.lines().map(|line| Subject::named(line, None)).collect();
    let Ok(subjects) = subjects else { return false };
    let Some(first) = subjects.first() else { return false };
    for (line, other) in text.lines().zip(&subjects) {
        assert_eq!(fold(&fold(line)), fold(line));
        assert_eq!(compare(other, other).score, 1000);
        assert_eq!(compare(first, other).score, compare(other, first).score);
        assert_eq!(digest(first, other), digest(other, first));
    }
    true
}

/// A scorecard file.
pub fn scorecard(data: &[u8]) -> bool {
    let Some(text) = text_of(data) else { return false };
    Scorecard::parse(text).is_ok_and(|card| {
        assert!(!card.id.is_empty());
        true
    })
}

/// A calendar file.
pub fn calendar(data: &[u8]) -> bool {
    let Some(text) = text_of(data) else { return false };
    WorkingDays::parse("calendar.toml", text).is_ok_and(|days| {
        for date in [NaiveDate::MIN, NaiveDate::MAX, NaiveDate::default()] {
            let _ = (days.is_working_day(date), days.add_working_days(date, 30), days.roll_forward(date));
        }
        true
    })
}

/// The fields of a statement, each as its id and its length (two bytes each, little-endian) and its value.
pub fn statement(data: &[u8]) -> bool {
    static CARD: LazyLock<Scorecard> =
        LazyLock::new(|| Scorecard::embedded().expect("the published scorecard"));
    let Some(fields) = fields_of(data) else { return false };
    Statement::from_fields(&fields).is_ok_and(|statement| {
        assert_eq!(statement.fields(), fields);
        let _ = recompute(&statement, &CARD);
        true
    })
}

fn fields_of(mut data: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !data.is_empty() {
        let (head, rest) = data.split_first_chunk::<4>()?;
        let [a, b, c, d] = *head;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([c, d])))?;
        fields.push((u16::from_le_bytes([a, b]), value.to_vec()));
        data = rest;
    }
    Some(fields)
}
