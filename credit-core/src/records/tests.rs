//! One row per source that is right, and what each way of being wrong is called.

use chrono::NaiveDate;

use super::spec::{DIALECTS, Dialect, Kind};
use super::*;
use crate::money::Fen;

const CODE: &str = "91511502MA62TEST4J";

/// A made-up code with the right check digit.
fn code() -> String {
    let body = "91511502MA62TEX74";
    crate::uscc::ALPHABET
        .chars()
        .map(|last| format!("{body}{last}"))
        .find(|text| Uscc::parse(text).is_ok())
        .unwrap()
}

/// A value that is right for a field.
fn good(dialect: &Dialect, column: &str, kind: Kind) -> String {
    let text = match (dialect.name, column) {
        ("classes", "class") => "CERT",
        ("classes", "authority") => "customs",
        ("penalties_old", "CF_JG") => "罚款5000元，没收违法所得1.5万元",
        _ => match kind {
            Kind::Uscc => return code(),
            Kind::Words(words) | Kind::WordList(words) => words[0],
            Kind::Date => "2024-03-01",
            Kind::Moment => "2024-03-01 12:30:45",
            Kind::Bool => "是",
            Kind::BoolOrCount => "2",
            Kind::Whole { min: 1900, .. } => "2023",
            Kind::Whole { .. } => "3",
            Kind::Cny => "12.34",
            Kind::Wan => "1.234567",
            Kind::Decimal { .. } => "12.5",
            Kind::Hex16 => "00ffAA1234567890",
            Kind::Currency => "CNY",
            Kind::Text | Kind::TextList | Kind::Kept | Kind::Dropped => "甲；乙",
        },
    };
    text.to_owned()
}

fn layout(dialect: &'static Dialect) -> Layout {
    let names: Vec<&str> = dialect.fields.iter().map(|field| field.column).collect();
    Layout::of_header(&names, None).unwrap()
}

fn cells(values: &[String]) -> Cells {
    let mut cells = Cells::over(String::new(), values.len());
    for value in values {
        cells.push_text(value, CellType::Text);
    }
    cells
}

fn good_row(dialect: &Dialect) -> Vec<String> {
    dialect.fields.iter().map(|field| good(dialect, field.column, field.kind)).collect()
}

/// The outcome of a good row with some cells changed.
fn outcome(dialect: &'static Dialect, changes: &[(&str, &str)]) -> Result<Record, Vec<FieldError>> {
    let mut values = good_row(dialect);
    for (column, value) in changes {
        let (at, _) = dialect.field(column).unwrap();
        values[at] = (*value).to_owned();
    }
    parse(&Row { layout: &layout(dialect), cells: &cells(&values) })
}

fn codes(dialect: &'static Dialect, changes: &[(&str, &str)]) -> Vec<(String, ErrorCode)> {
    outcome(dialect, changes).unwrap_err().into_iter().map(|e| (e.column.into_owned(), e.code)).collect()
}

fn dialect(name: &str) -> &'static Dialect {
    DIALECTS.into_iter().find(|dialect| dialect.name == name).unwrap()
}

#[test]
fn a_full_header_is_recognised_as_its_own_dialect_and_a_good_row_is_a_record() {
    for dialect in DIALECTS {
        assert_eq!(layout(dialect).dialect.name, dialect.name);
        let record = outcome(dialect, &[]).unwrap();
        assert_eq!(record.source(), dialect.source);
        assert_eq!(record.uscc().as_str(), code());
        assert!(!record.natural_key().is_empty());
        assert_eq!(record.event_id(), Some("甲；乙"));
    }
}

#[test]
fn required_columns_alone_are_recognised() {
    for dialect in DIALECTS {
        let names: Vec<&str> = dialect.required().map(|field| field.column).collect();
        let layout = Layout::of_header(&names, None).unwrap();
        assert_eq!(layout.dialect.name, dialect.name);
        let values: Vec<String> =
            dialect.required().map(|field| good(dialect, field.column, field.kind)).collect();
        parse(&Row { layout: &layout, cells: &cells(&values) }).unwrap();
    }
}

#[test]
fn a_missing_required_column_is_named() {
    for dialect in DIALECTS {
        for missing in dialect.required() {
            let names: Vec<&str> =
                dialect.fields.iter().map(|f| f.column).filter(|c| *c != missing.column).collect();
            let error = Layout::of_header(&names, None).unwrap_err();
            assert_eq!(error, HeaderError::Missing { name: dialect.name, columns: vec![missing.column] });
        }
    }
}

#[test]
fn every_needed_value_is_missing_when_empty_and_every_other_may_be() {
    for dialect in DIALECTS {
        for field in dialect.fields {
            let result = outcome(dialect, &[(field.column, "  ")]);
            if field.needs_value {
                let errors = result.unwrap_err();
                assert_eq!(errors.len(), 1, "{} {}", dialect.name, field.column);
                assert_eq!((errors[0].column.as_ref(), errors[0].code), (field.column, ErrorCode::Missing));
            } else {
                assert!(result.is_ok(), "{} {}: {result:?}", dialect.name, field.column);
            }
        }
    }
}

#[test]
fn every_kind_names_its_error() {
    for dialect in DIALECTS {
        for field in dialect.fields {
            let (bad, expected) = match field.kind {
                Kind::Uscc => ("91511502MA62TEI74X", ErrorCode::UsccAlphabet),
                Kind::Words(_) | Kind::WordList(_) => ("不存在", ErrorCode::Enum),
                Kind::Bool | Kind::Currency => ("maybe", ErrorCode::Enum),
                Kind::Date | Kind::Moment => ("2024-02-30", ErrorCode::Date),
                Kind::BoolOrCount | Kind::Whole { .. } | Kind::Hex16 => ("x", ErrorCode::Number),
                Kind::Cny | Kind::Wan | Kind::Decimal { .. } => ("-1", ErrorCode::Negative),
                Kind::Text | Kind::TextList | Kind::Kept | Kind::Dropped => continue,
            };
            let found = codes(dialect, &[(field.column, bad)]);
            assert_eq!(found, [(field.column.to_owned(), expected)], "{}", dialect.name);
        }
    }
}

#[test]
fn every_text_has_its_limit() {
    for dialect in DIALECTS {
        for field in dialect.fields {
            if !matches!(field.kind, Kind::Text | Kind::TextList | Kind::Kept) || field.column == "class" {
                continue;
            }
            let fits = "字".repeat(field.max_chars);
            assert!(outcome(dialect, &[(field.column, &fits)]).is_ok(), "{} {}", dialect.name, field.column);
            let long = "字".repeat(field.max_chars + 1);
            let found = codes(dialect, &[(field.column, &long)]);
            assert_eq!(found, [(field.column.to_owned(), ErrorCode::TooLong)], "{}", dialect.name);
        }
    }
}

#[test]
fn all_errors_of_a_row_are_reported_in_both_languages() {
    let changes = [("uscc", CODE), ("amount_cny", "1.234"), ("ordered_at", "x"), ("mode", "9999")];
    let errors = outcome(dialect("transactions"), &changes).unwrap_err();
    let columns: Vec<&str> = errors.iter().map(|error| error.column.as_ref()).collect();
    assert_eq!(columns, ["uscc", "mode", "ordered_at", "amount_cny"]);
    for error in &errors {
        let (zh, en) = (error.message(Lang::Zh), error.message(Lang::En));
        assert!(zh.contains(error.column.as_ref()) && zh.contains(&error.found), "{zh}");
        assert!(en.contains(error.column.as_ref()) && en.contains(&error.found), "{en}");
    }
}

#[test]
fn uscc_errors_are_told_apart() {
    let right = code();
    let wrong_last = right.chars().last().map(|c| if c == '0' { '1' } else { '0' }).unwrap();
    let check = format!("{}{wrong_last}", &right[..17]);
    let cases = [
        (check.as_str(), ErrorCode::UsccCheckDigit),
        ("91511502MA62TEX7", ErrorCode::UsccAlphabet),
        ("９1511502MA62TEX74X", ErrorCode::UsccAlphabet),
        ("91511502MA62TEX74XX", ErrorCode::TooLong),
    ];
    for (text, expected) in cases {
        let found = codes(dialect("arrears"), &[("uscc", text)]);
        assert_eq!(found, [("uscc".to_owned(), expected)], "{text}");
    }
    let lower = outcome(dialect("arrears"), &[("uscc", &right.to_lowercase())]).unwrap();
    assert_eq!(lower.uscc().as_str(), right);
}

fn order(changes: &[(&str, &str)]) -> Order {
    match outcome(dialect("transactions"), changes).unwrap() {
        Record::Transactions(order) => *order,
        other => panic!("{other:?}"),
    }
}

#[test]
fn times_are_read_in_every_form() {
    // 2024-03-01 12:30:45 in Shanghai is 04:30:45 UTC.
    let base = 1_709_267_445_000;
    for (text, ms) in [
        ("2024-03-01 12:30:45", base),
        ("2024-03-01T12:30:45", base),
        ("2024/03/01 12:30:45", base),
        ("2024-03-01 12:30:45.6789", base + 678),
        ("2024-03-01 12:30", base - 45_000),
        ("20240301123045", base),
        ("2024-03-01T04:30:45Z", base),
        ("2024-03-01T06:30:45+02:00", base),
        ("2024-02-29T23:30:45-0500", base),
        ("2024-03-01", base - 45_045_000),
        ("20240301", base - 45_045_000),
    ] {
        assert_eq!(order(&[("paid_at", text)]).paid_at.unwrap().0, ms, "{text}");
    }
    for text in [
        "2024-03-01 24:00:00",
        "2024-03-01 12:60",
        "2024-13-01",
        "2023-02-29",
        "24-03-01",
        "2024-3-1",
        "２０２４-03-01",
        "2024-03-01 1:00",
        "20240301123",
        "1899-12-31",
        "2024-03-01 12:30:45.",
        "2024-03/01",
        "2024-03-01T12:30:45+19:00",
    ] {
        let found = codes(dialect("transactions"), &[("paid_at", text)]);
        assert_eq!(found, [("paid_at".to_owned(), ErrorCode::Date)], "{text}");
    }
}

#[test]
fn numbers_are_exact_and_strict() {
    assert_eq!(order(&[("amount_cny", "5000")]).amount, Fen(500_000));
    assert_eq!(order(&[("amount_cny", "0.1")]).amount, Fen(10));
    assert_eq!(order(&[("quantity", "0.000001")]).quantity_e6, Some(1));
    assert_eq!(order(&[("quantity", "12.5")]).quantity_e6, Some(12_500_000));
    assert_eq!(order(&[("customs_status", "-303001")]).customs_status, Some(-303_001));
    assert_eq!(order(&[("currency", "142")]).currency, "CNY");
    assert_eq!(order(&[("currency", "usd")]).currency, "USD");
    for text in ["1.234", "1e3", "1,000", "１２", "+1", ".5", "5.", "--1", "99999999999999999999"] {
        let found = codes(dialect("transactions"), &[("amount_cny", text)]);
        assert_eq!(found, [("amount_cny".to_owned(), ErrorCode::Number)], "{text}");
        if text != "1.234" {
            let found = codes(dialect("transactions"), &[("quantity", text)]);
            assert_eq!(found, [("quantity".to_owned(), ErrorCode::Number)], "{text}");
        }
    }
}

#[test]
fn penalties_of_both_dialects_become_one_record() {
    let Record::Penalties(now) =
        outcome(dialect("penalties"), &[("CF_CFLB", "罚款；警告、没收违法所得,其他")]).unwrap()
    else {
        panic!()
    };
    assert_eq!(now.kinds, ["罚款", "警告", "没收违法所得", "其他"]);
    assert_eq!((now.fine, now.confiscated), (Fen(1_234_567), Fen(1_234_567)));
    let changes = [("CF_CFLB2", "警告"), ("CF_ZT", "2"), ("CF_CFLB1", "罚款"), ("CF_XFRQ", "2026-03-01")];
    let Record::Penalties(old) = outcome(dialect("penalties_old"), &changes).unwrap() else { panic!() };
    assert_eq!(old.kinds, ["罚款", "警告"]);
    assert_eq!((old.fine, old.confiscated), (Fen(500_000), Fen(1_500_000)));
    assert_eq!(old.behaviour, old.facts);
    assert!(old.disputed && !old.revoked);
    assert_eq!(old.repaired_on, chrono::NaiveDate::from_ymd_opt(2026, 3, 1));
}

#[test]
fn money_in_running_text_follows_its_word() {
    let cases = [
        ("", 0, 0),
        ("警告", 0, 0),
        ("罚款人民币3,000元整", 300_000, 0),
        ("没收违法所得 12.34元，并处罚款0.5万元", 500_000, 1_234),
        ("依据第5条，罚款10元；罚款20元", 3_000, 0),
        ("缴纳100元", 0, 0),
        ("罚款第3项 50元，其中8元", 5_000, 0),
    ];
    for (text, fine, confiscated) in cases {
        assert_eq!(fine_text::money_in(text), Ok((Fen(fine), Fen(confiscated))), "{text}");
    }
    let found = codes(dialect("penalties_old"), &[("CF_JG", "罚款1.2.3元")]);
    assert_eq!(found, [("CF_JG".to_owned(), ErrorCode::Number)]);
}

#[test]
fn registration_words_roles_and_flags() {
    let read = |changes: &[(&str, &str)]| match outcome(dialect("registration"), changes).unwrap() {
        Record::Registration(r) => *r,
        other => panic!("{other:?}"),
    };
    for text in ["存续", "在营", "开业", "在册", "存续（在营、开业、在册）", "存续(在营、开业、在册)"]
    {
        assert_eq!(read(&[("status", text)]).status, Status::InOperation);
    }
    assert_eq!(read(&[("status", "吊销，未注销")]).status, Status::RevokedNotCancelled);
    let roles = read(&[("roles", "platform;ecommerce；platform")]).roles;
    assert_eq!(roles, [SubjectKind::E2, SubjectKind::E1]);
    assert_eq!(codes(dialect("registration"), &[("roles", "ecommerce;bank")])[0].1, ErrorCode::Enum);
    for (text, late) in [("true", 1), ("否", 0), ("3", 3), ("Y", 1)] {
        assert_eq!(read(&[("annual_report_late", text)]).annual_report_late, Some(late));
    }
    assert_eq!(read(&[("registered_capital_cny", "")]).registered_capital, None);
}

#[test]
fn the_key_of_a_document_ignores_brackets() {
    let key = |no: &str| outcome(dialect("penalties"), &[("CF_WSH", no)]).unwrap().natural_key();
    assert_eq!(key("川市监罚〔2024〕3号"), key("川市监罚[2024] 3号"));
    assert_ne!(key("川市监罚〔2024〕3号"), key("川市监罚〔2024〕4号"));
}

#[test]
fn a_class_must_be_one_of_its_department() {
    let found = codes(dialect("classes"), &[("authority", "safe"), ("class", "ADV")]);
    assert_eq!(found, [("class".to_owned(), ErrorCode::Enum)]);
}

#[test]
fn dates_of_records() {
    let date = NaiveDate::from_ymd_opt(2024, 3, 1);
    for dialect in DIALECTS {
        let expected = if dialect.source == SourceId::Registration { None } else { date };
        assert_eq!(outcome(dialect, &[]).unwrap().occurred_on(), expected, "{}", dialect.name);
    }
}

#[test]
fn unknown_and_kept_columns_are_extra_and_identity_documents_are_not() {
    let names = ["CF_XDR_MC", "CF_XDR_SHXYM", "CF_WSH", "CF_CFLB", "CF_JDRQ", "CF_FR_ZJHM", "BZ", "别的", ""];
    let layout = Layout::of_header(&names, None).unwrap();
    let values = ["甲", &code(), "1", "警告", "2024-03-01", "510000190001010000", "备", "x", "y"];
    let cells = cells(&values.map(str::to_owned));
    let row = Row { layout: &layout, cells: &cells };
    parse(&row).unwrap();
    assert_eq!(row.extra().collect::<Vec<_>>(), [("BZ", "备"), ("别的", "x"), ("column_9", "y")]);
    assert_eq!(layout.unknown_columns().collect::<Vec<_>>(), ["别的", "column_9"]);
}

#[test]
fn headers_that_cannot_be_used() {
    let duplicate = Layout::of_header(&["uscc", "kind", "amount_cny", "due_on", "USCC"], None);
    assert_eq!(duplicate.unwrap_err(), HeaderError::Duplicate("USCC".to_owned()));
    assert_eq!(Layout::of_header(&["a", "b"], None).unwrap_err(), HeaderError::Unrecognised);
    let old = ["CF_WSH", "CF_CFLB1", "CF_XDR_MC", "CF_XDR_SHXYM", "CF_JDRQ", "CF_CFMC", "CF_XZJG"];
    let Err(HeaderError::Missing { name, .. }) = Layout::of_header(&old, None) else { panic!() };
    assert_eq!(name, "penalties_old");
}

#[test]
fn json_types_must_match_the_kind() {
    let layout = layout(dialect("arrears"));
    let row = |at: usize, text: &str, cell: CellType| {
        let mut cells = cells(&good_row(dialect("arrears")));
        cells.set_text(at, text, cell);
        parse(&Row { layout: &layout, cells: &cells }).map_err(|errors| errors[0].code)
    };
    assert!(row(2, "12.30", CellType::JsonNumber).is_ok());
    assert_eq!(row(2, "true", CellType::JsonBool).unwrap_err(), ErrorCode::Type);
    assert_eq!(row(1, "5", CellType::JsonNumber).unwrap_err(), ErrorCode::Type);
    assert_eq!(row(1, "[]", CellType::JsonNested).unwrap_err(), ErrorCode::Type);
}

#[test]
fn error_codes_keep_their_names() {
    let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        names.join(", "),
        "uscc_check_digit, uscc_alphabet, date, number, negative, enum, too_long, missing, column_count, \
         encoding, control_char, line_too_long, json, type, quote, namespace, xml, entity, empty_file"
    );
    for code in ErrorCode::ALL {
        assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
    }
}

/// `UPDATE_DOCS=1 cargo test -p credit-core formats_page` writes the page anew.
#[test]
fn formats_page_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FORMATS.md");
    let page = formats::formats_page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == page,
        "run with UPDATE_DOCS=1 to write docs/FORMATS.md"
    );
}

proptest::proptest! {
    #[test]
    fn any_text_in_any_cell_is_a_record_or_errors(text in "\\PC{0,40}", which in 0usize..16, at in 0usize..40) {
        let dialect = DIALECTS[which];
        let mut values = good_row(dialect);
        let at = at % values.len();
        values[at] = text;
        if let Err(errors) = parse(&Row { layout: &layout(dialect), cells: &cells(&values) }) {
            assert!(!errors.is_empty() && errors.iter().all(|e| !e.message(Lang::Zh).is_empty()));
        }
    }

    #[test]
    fn dates_agree_with_chrono(day in -25_000i32..2_000_000) {
        let date = crate::dates::from_day_number(day);
        assert_eq!(value::date(&date.format("%Y-%m-%d").to_string()), Ok(date));
        assert_eq!(value::date(&date.format("%Y%m%d").to_string()), Ok(date));
    }

    #[test]
    fn decimals_come_back(units in 0i64..1_000_000_000_000) {
        let text = format!("{}.{:06}", units / 1_000_000, units % 1_000_000);
        assert_eq!(value::decimal(&text, 6), Ok(units));
        let plain = text.trim_end_matches('0').trim_end_matches('.');
        assert_eq!(value::decimal(plain, 6), Ok(units));
    }
}

#[test]
fn a_record_written_as_a_row_is_read_as_the_same_record() {
    let read = |dialect: &'static Dialect, row: &RowCells| {
        let mut values = vec![String::new(); dialect.fields.len()];
        for (column, value) in row {
            values[dialect.field(column).unwrap().0] = value.clone();
        }
        parse(&Row { layout: &layout(dialect), cells: &cells(&values) }).unwrap()
    };
    let mut written = 0;
    for dialect in DIALECTS {
        let changes: &[&[(&str, &str)]] = match dialect.name {
            "penalties_old" => &[&[], &[("CF_ZT", "1")], &[("CF_ZT", "2")]],
            "permits_old" => &[&[], &[("XK_XMMC", "")]],
            "registration" => {
                &[&[], &[("former_names", ""), ("safe_listed", ""), ("annual_report_late", "0")]]
            }
            _ => &[&[]],
        };
        for changes in changes {
            let record = outcome(dialect, changes).unwrap();
            let Some((own, row)) = record.to_cells() else { continue };
            assert_eq!(own.source, dialect.source);
            assert_eq!(read(own, &row), record, "{}", dialect.name);
            written += 1;
        }
    }
    assert_eq!(written, 17);
}
