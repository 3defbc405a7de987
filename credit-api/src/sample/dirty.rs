//! Faulty rows and repeated rows, as real exports have them. Each is made from the file's first good row and
//! stands at the end of the file, so that a reader of the summary knows what to expect.

use credit_core::records::ErrorCode;

use super::SampleError;
use super::files::{Files, PERMITS};
use super::sheet::Sheet;

/// What is done to a good row.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// Another value in a column.
    Value(&'static str, &'static str),
    /// A text of so many characters.
    Long(&'static str, usize),
    /// The last character of a credit code is another one.
    CheckDigit(&'static str),
    /// The third character becomes a letter I.
    LetterI(&'static str),
    /// The digits become full-width ones.
    FullWidth(&'static str),
    /// One cell too many.
    OneMore,
    /// The last cell is missing.
    OneLess,
    /// Text after a closing quote.
    Quote,
    Nul,
    /// A byte that no encoding has.
    Encoding,
    /// JSON that ends too early.
    Cut,
    /// A JSON list where a text belongs.
    Nested(&'static str),
}

use Damage::{
    CheckDigit, Cut, Encoding, FullWidth, LetterI, Long, Nested, Nul, OneLess, OneMore, Quote, Value,
};

type Fault = (Damage, ErrorCode);

const REGISTRATION: [Fault; 8] = [
    (CheckDigit("uscc"), ErrorCode::UsccCheckDigit),
    (LetterI("uscc"), ErrorCode::UsccAlphabet),
    (FullWidth("uscc"), ErrorCode::UsccAlphabet),
    (Value("established_on", "2026-02-30"), ErrorCode::Date),
    (Value("registered_capital_cny", "-100.00"), ErrorCode::Negative),
    (Value("status", "正常营业"), ErrorCode::Enum),
    (Long("name", 201), ErrorCode::TooLong),
    (Encoding, ErrorCode::Encoding),
];
const CHANGES: [Fault; 2] =
    [(Value("changed_on", "2026年3月1日"), ErrorCode::Date), (OneMore, ErrorCode::ColumnCount)];
const PENALTIES: [Fault; 4] = [
    (CheckDigit("CF_XDR_SHXYM"), ErrorCode::UsccCheckDigit),
    (Value("CF_NR_FK", "3万元"), ErrorCode::Number),
    (Long("CF_WSH", 129), ErrorCode::TooLong),
    (Value("CF_JDRQ", ""), ErrorCode::Missing),
];
const PENALTIES_OLD: [Fault; 1] = [(Value("CF_ZT", "9"), ErrorCode::Enum)];
const PERMITS_FAULTS: [Fault; 2] =
    [(LetterI("XK_XDR_SHXYM"), ErrorCode::UsccAlphabet), (Value("XK_JDRQ", "2026-13-01"), ErrorCode::Date)];
const LISTS: [Fault; 2] = [
    (Value("list", "zone_blacklist"), ErrorCode::Enum),
    (Value("effective_on", "2026-02-30"), ErrorCode::Date),
];
const CLASSES: [Fault; 3] = [
    (Value("class", "AA"), ErrorCode::Enum),
    (Value("authority", "bank"), ErrorCode::Enum),
    (OneLess, ErrorCode::ColumnCount),
];
const COMMITMENTS: [Fault; 1] = [(Value("due_on", "尽快"), ErrorCode::Date)];
const INSPECTIONS: [Fault; 1] = [(Value("result", "合格"), ErrorCode::Enum)];
const JUDGMENTS: [Fault; 1] = [(Value("amount_unpaid_cny", "１０００"), ErrorCode::Number)];
const ARREARS: [Fault; 1] = [(Value("amount_cny", "-0.01"), ErrorCode::Negative)];
const HOLDINGS: [Fault; 1] = [(Value("percent", "50%"), ErrorCode::Number)];
const TRANSACTIONS: [Fault; 9] = [
    (CheckDigit("uscc"), ErrorCode::UsccCheckDigit),
    (CheckDigit("logistics_uscc"), ErrorCode::UsccCheckDigit),
    (Value("ordered_at", "2026-02-30 10:00:00"), ErrorCode::Date),
    (Value("amount_cny", "-12.50"), ErrorCode::Negative),
    (Value("amount_cny", "12.345"), ErrorCode::Number),
    (Value("mode", "0110"), ErrorCode::Enum),
    (Long("order_no", 61), ErrorCode::TooLong),
    (Quote, ErrorCode::Quote),
    (Nul, ErrorCode::ControlChar),
];
const REVIEWS: [Fault; 4] = [
    (CheckDigit("uscc"), ErrorCode::UsccCheckDigit),
    (Value("created_at", "2026-02-30T10:00:00"), ErrorCode::Date),
    (Nested("buyer_token"), ErrorCode::Type),
    (Cut, ErrorCode::Json),
];
const COMPLAINTS: [Fault; 3] = [
    (Value("outcome", "已解决"), ErrorCode::Enum),
    (Value("amount_cny", "1,200"), ErrorCode::Number),
    (Value("complainant_token", ""), ErrorCode::Missing),
];

/// What the files hold besides good rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dirty {
    /// File name and the code that each of its faulty rows must be rejected with, in the order of the rows.
    pub rejected: Vec<(String, ErrorCode)>,
    /// Rows that stand in a file twice without change.
    pub identical: u64,
    /// Rows that supersede an earlier row of the same key.
    pub superseding: u64,
}

/// Adds the repeated rows and then the faulty ones. Files without a good row get none.
pub(super) fn write(files: &mut Files) -> Result<Dirty, SampleError> {
    let mut dirty = Dirty::default();
    for sheet in [&mut files.registration, &mut files.transactions, &mut files.reviews, &mut files.complaints]
    {
        if let Some(first) = sheet.first().map(str::to_owned) {
            sheet.raw(&first)?;
            dirty.identical += 1;
        }
    }
    for (sheet, column, value) in
        [(&mut files.transactions, "customs_status", "899"), (&mut files.complaints, "category", "价格争议")]
    {
        if let Some(first) = sheet.first().map(str::to_owned) {
            sheet.raw(&with_value(&first, sheet.columns(), column, value))?;
            dirty.superseding += 1;
        }
    }
    let sheets: [(&mut Sheet, &[Fault]); 14] = [
        (&mut files.registration, &REGISTRATION),
        (&mut files.changes, &CHANGES),
        (&mut files.penalties, &PENALTIES),
        (&mut files.penalties_old, &PENALTIES_OLD),
        (&mut files.lists, &LISTS),
        (&mut files.classes, &CLASSES),
        (&mut files.commitments, &COMMITMENTS),
        (&mut files.inspections, &INSPECTIONS),
        (&mut files.judgments, &JUDGMENTS),
        (&mut files.arrears, &ARREARS),
        (&mut files.holdings, &HOLDINGS),
        (&mut files.transactions, &TRANSACTIONS),
        (&mut files.reviews, &REVIEWS),
        (&mut files.complaints, &COMPLAINTS),
    ];
    for (sheet, faults) in sheets {
        let Some(first) = sheet.first().map(str::to_owned) else { continue };
        for (damage, code) in faults {
            spoil(sheet, &first, *damage)?;
            dirty.rejected.push((sheet.file_name(), *code));
        }
    }
    if let Some(first) = files.permits.first().map(<[String]>::to_vec) {
        for (damage, code) in PERMITS_FAULTS {
            files.permits.row(&spoilt(&first, &PERMITS, damage))?;
            dirty.rejected.push((files.permits.file_name(), code));
        }
    }
    Ok(dirty)
}

fn spoil(sheet: &mut Sheet, first: &str, damage: Damage) -> Result<(), SampleError> {
    if sheet.columns().is_empty() {
        let text = spoilt_object(first, damage)?;
        return sheet.raw(&text);
    }
    match damage {
        OneMore => sheet.raw(&format!("{first},")),
        Quote => {
            let (head, tail) = first.split_once(',').unwrap_or((first, ""));
            sheet.raw(&format!("\"{head}\"x,{tail}"))
        }
        Nul => {
            let (head, tail) = first.split_once(',').unwrap_or((first, ""));
            sheet.raw(&format!("{head},\0{tail}"))
        }
        Encoding => sheet.bytes(&[first.as_bytes(), b"\xFF"].concat()),
        OneLess => {
            let (head, _) = first.rsplit_once(',').unwrap_or((first, ""));
            sheet.raw(head)
        }
        cell => {
            let cells: Vec<String> = first.split(',').map(str::to_owned).collect();
            let quoted: Vec<String> =
                spoilt(&cells, sheet.columns(), cell).iter().map(|cell| quoted(cell)).collect();
            sheet.raw(&quoted.join(","))
        }
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(',') { format!("\"{cell}\"") } else { cell.to_owned() }
}

fn with_value(first: &str, columns: &[&str], column: &'static str, value: &'static str) -> String {
    let cells: Vec<String> = first.split(',').map(str::to_owned).collect();
    spoilt(&cells, columns, Value(column, value)).join(",")
}

/// The cells with one of them damaged.
fn spoilt(cells: &[String], columns: &[&str], damage: Damage) -> Vec<String> {
    columns
        .iter()
        .zip(cells)
        .map(|(column, cell)| damaged(column, cell, damage).unwrap_or_else(|| cell.clone()))
        .collect()
}

/// The new value of a cell, when the damage is to its column.
fn damaged(column: &str, cell: &str, damage: Damage) -> Option<String> {
    match damage {
        Value(at, value) if at == column => Some(value.to_owned()),
        Long(at, length) if at == column => Some("长".repeat(length)),
        CheckDigit(at) if at == column => {
            let (head, last) = cell.split_at_checked(cell.len().saturating_sub(1))?;
            Some(format!("{head}{}", if last == "0" { "1" } else { "0" }))
        }
        LetterI(at) if at == column => {
            let (head, tail) = (cell.get(..2)?, cell.get(3..)?);
            Some(format!("{head}I{tail}"))
        }
        FullWidth(at) if at == column => Some(cell.chars().map(full_width).collect()),
        _ => None,
    }
}

/// U+FF01–U+FF5E stand 0xFEE0 above their ASCII characters.
fn full_width(symbol: char) -> char {
    char::from_u32(u32::from(symbol) + 0xFEE0).unwrap_or(symbol)
}

fn spoilt_object(first: &str, damage: Damage) -> Result<String, SampleError> {
    if matches!(damage, Cut) {
        return Ok(first.trim_end_matches('}').to_owned());
    }
    let mut object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(first).map_err(SampleError::Json)?;
    for (key, value) in &mut object {
        if let Nested(at) = damage {
            if at == key {
                *value = serde_json::Value::Array(vec![value.take()]);
            }
        } else if let Some(text) = value.as_str().and_then(|text| damaged(key, text, damage)) {
            *value = serde_json::Value::String(text);
        }
    }
    serde_json::to_string(&object).map_err(SampleError::Json)
}
