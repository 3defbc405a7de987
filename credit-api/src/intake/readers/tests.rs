//! Files as they come: built here byte by byte, read through the public door.

use std::fmt::Write;

use credit_core::records::{ErrorCode, HeaderError, Lang, Record, SourceId};
use credit_core::uscc::{ALPHABET, Uscc};
use proptest::prelude::*;

use super::json_object::{Value, read_object};
use super::limits::{MAX_LINE_BYTES, MAX_RAW_BYTES};
use super::*;

const HEADER: &str = "uscc,changed_on,item,before,after";

/// A made-up code with the right check digit.
fn code() -> String {
    let body = "91511502MA62TEX74";
    ALPHABET.chars().map(|last| format!("{body}{last}")).find(|text| Uscc::parse(text).is_ok()).unwrap()
}

fn line(item: &str) -> String {
    format!("{},2024-03-01,{item},旧,新", code())
}

fn input(bytes: impl AsRef<[u8]>) -> Input {
    Input::Bytes(bytes.as_ref().into())
}

fn refused(bytes: impl AsRef<[u8]>) -> FileError {
    match open(&input(bytes), None) {
        Err(error) => error,
        Ok(_) => panic!("the file was taken"),
    }
}

/// Every row as `line:item` of its record, or `line!code`.
fn read(bytes: impl AsRef<[u8]>) -> Vec<String> {
    open(&input(bytes), None)
        .unwrap()
        .map(|row| match row {
            Ok(row) => match row.parse() {
                Ok(Record::RegistrationChanges(record)) => format!("{}:{}", row.line, record.item),
                Ok(record) => format!("{}:{}", row.line, record.natural_key()),
                Err(errors) => format!("{}!{}", row.line, errors[0].code),
            },
            Err(RowError::Rejected(rejected)) => format!("{}!{}", rejected.line, rejected.errors[0].code),
            Err(RowError::File(error)) => panic!("{error}"),
        })
        .collect()
}

fn file(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn line_ends_and_byte_order_mark() {
    for end in ["\n", "\r\n"] {
        let text = format!("{HEADER}{end}{}{end}{end}{}", line("甲"), line("乙"));
        for last in ["", end, "\r"] {
            assert_eq!(read(format!("{text}{last}")), ["2:甲", "4:乙"]);
            assert_eq!(read(format!("\u{feff}{text}{last}")), ["2:甲", "4:乙"]);
        }
    }
}

#[test]
fn empty_files_and_headers_only() {
    assert!(matches!(refused(""), FileError::Empty));
    assert!(matches!(refused("\n \r\n"), FileError::Empty));
    assert!(matches!(refused("\u{feff}"), FileError::Empty));
    assert_eq!(refused("").code(), ErrorCode::EmptyFile);
    assert_eq!(read(HEADER), Vec::<String>::new());
    assert_eq!(read(format!("{HEADER}\r\n")), Vec::<String>::new());
}

#[test]
fn encodings_follow_the_majority_of_lines() {
    let lines: Vec<String> = ["名称", "住所", "地址"].iter().map(|item| line(item)).collect();
    assert_eq!(read(gb18030(&file(&lines))), ["2:名称", "3:住所", "4:地址"]);

    // Two good UTF-8 lines and one in GB18030: UTF-8, and that line alone is lost.
    let mut mixed = file(&lines[..2]).into_bytes();
    mixed.extend(gb18030(&line("地址")));
    assert_eq!(read(&mixed), ["2:名称", "3:住所", "4!encoding"]);

    // Exactly half is enough for UTF-8.
    let mut half = file(&lines[..1]).into_bytes();
    half.extend(gb18030(&line("地址")));
    assert_eq!(read(&half), ["2:名称", "3!encoding"]);

    // A character cut in the middle.
    let mut cut = file(&lines[..2]).into_bytes();
    let bad = line("地").replace("地", "@");
    let at = bad.find('@').unwrap();
    cut.extend(&bad.as_bytes()[..at]);
    cut.extend(&"地".as_bytes()[..2]);
    cut.extend(&bad.as_bytes()[at + 1..]);
    assert_eq!(read(&cut), ["2:名称", "3:住所", "4!encoding"]);

    let stream = open(&input(gb18030(&file(&lines))), None).unwrap();
    assert_eq!((stream.encoding(), stream.format()), (Encoding::Gb18030, Format::Csv));
}

#[test]
fn control_characters_cost_their_row() {
    let lines = [line("a\0b"), line("甲"), line("a\u{1}"), line("a\tb"), line("a\u{85}b"), line("a\rb")];
    assert_eq!(
        read(file(&lines)),
        ["2!control_char", "3:甲", "4!control_char", "5:a\tb", "6!control_char", "7!control_char"]
    );
}

#[test]
fn a_line_of_ten_megabytes_costs_its_row() {
    let lines = [line("甲"), line(&"x".repeat(10_000_000)), line("乙")];
    let bytes = file(&lines);
    assert_eq!(read(&bytes), ["2:甲", "3!line_too_long", "4:乙"]);
    for row in open(&input(&bytes), None).unwrap() {
        if let Err(RowError::Rejected(rejected)) = row {
            assert!(rejected.raw.len() <= MAX_RAW_BYTES);
        }
    }
}

#[test]
fn a_line_may_be_exactly_as_long_as_the_limit() {
    for (surplus, expected) in [(0, "2!too_long"), (1, "2!line_too_long")] {
        let length = MAX_LINE_BYTES - line("").len() + surplus;
        for end in ["\n", "\r\n", ""] {
            let text = format!("{HEADER}{end}", end = "\n") + &line(&"x".repeat(length)) + end;
            assert_eq!(read(text), [expected]);
        }
    }
}

#[test]
fn quotes_commas_and_line_breaks_inside_quotes() {
    let lines = [line("\"a,\"\"b\"\"\""), line("\"c\r\nd\n\ne\""), line("\"\"\"\""), line("f\"g"), line("h")];
    assert_eq!(read(file(&lines)), ["2:a,\"b\"", "3:c\r\nd\n\ne", "7:\"", "8:f\"g", "9:h"]);
}

#[test]
fn a_stray_quote_does_not_swallow_the_file() {
    // Never closed; closed in the middle of a word; closed within its own line.
    let lines = [line("\"a"), line("甲"), line("乙")];
    assert_eq!(read(file(&lines)), ["2!quote", "3:甲", "4:乙"]);
    let lines = [line("\"a"), line("甲"), line("\"乙\""), line("丙")];
    assert_eq!(read(file(&lines)), ["2!quote", "3:甲", "4:乙", "5:丙"]);
    let lines = [line("\"a\"b"), line("甲")];
    assert_eq!(read(file(&lines)), ["2!quote", "3:甲"]);
}

#[test]
fn stray_quotes_in_every_line_take_linear_time() {
    let mut text = format!("{HEADER}\n");
    for _ in 0..400_000 {
        text.push_str("a\",\"\n");
    }
    let started = std::time::Instant::now();
    assert_eq!(read(text).len(), 400_000);
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn a_wrong_number_of_cells_costs_the_row() {
    let lines = [line("甲") + ",", line("乙"), "x".to_owned()];
    assert_eq!(read(file(&lines)), ["2!column_count", "3:乙", "4!column_count"]);
}

#[test]
fn rejected_rows_keep_their_text_and_speak_both_languages() {
    let bytes = file(&[format!("{},多一列", line("甲"))]);
    let Some(Err(RowError::Rejected(rejected))) = open(&input(bytes), None).unwrap().next() else { panic!() };
    assert_eq!(rejected.raw, format!("{},多一列", line("甲")));
    assert_eq!(rejected.errors[0].column, "");
    assert!(rejected.errors[0].message(Lang::Zh).contains("整行"));
    assert!(rejected.errors[0].message(Lang::En).contains("Whole row"));
}

#[test]
fn files_that_are_refused_whole() {
    let missing = refused("uscc,changed_on,item,before\n");
    assert_eq!((missing.code(), missing.column()), (ErrorCode::Missing, "after"));
    assert!(missing.message(Lang::Zh).contains("after") && missing.message(Lang::En).contains("after"));
    let twice = refused(format!("{HEADER},item\n"));
    assert!(matches!(twice, FileError::Header(HeaderError::Duplicate(ref column)) if column == "item"));
    assert!(matches!(refused("a,b\n1,2\n"), FileError::Header(HeaderError::Unrecognised)));
    assert!(matches!(refused(b"\xFF\xFEu\0"), FileError::Utf16));
    assert!(matches!(refused(b"\xD0\xCF\x11\xE0\xA1"), FileError::OldWorkbook));
    assert!(matches!(refused("\u{feff}\n<?xml version=\"1.0\"?>"), FileError::Xml));
    assert!(matches!(refused("\"uscc,changed_on\n"), FileError::HeaderLine(ErrorCode::Quote)));
    assert!(matches!(refused("{\"a\":1}\n"), FileError::NoKnownObject(_)));
    let named = open(&input(HEADER), Some(SourceId::Reviews));
    assert!(named.is_err(), "a source named by the sender must fit the header");
}

#[test]
fn unknown_columns_are_kept() {
    let text = format!("{HEADER},备注,\n{},x,\n", line("甲"));
    let mut stream = open(&input(text), None).unwrap();
    assert_eq!(stream.layout().unknown_columns().collect::<Vec<_>>(), ["备注", "column_7"]);
    let row = stream.next().unwrap().unwrap();
    assert_eq!(row.row().extra().collect::<Vec<_>>(), [("备注", "x")]);
}

#[test]
fn progress_ends_at_the_whole_file() {
    let mut stream = open(&input(file(&[line("甲"), line("乙")])), None).unwrap();
    assert_eq!(stream.by_ref().count(), 2);
    assert_eq!(stream.bytes_read(), stream.total_bytes());
}

#[test]
fn files_on_disk_are_read_like_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.name");
    std::fs::write(&path, file(&[line("甲")])).unwrap();
    assert_eq!(open(&Input::Path(path), None).unwrap().count(), 1);
    assert!(matches!(open(&Input::Path(folder.path().join("none")), None), Err(FileError::Io(_))));
}

/// One NDJSON arrears row with some of its members given.
fn arrear(kind: &str, amount: &str) -> String {
    format!("{{\"uscc\":\"{}\",\"kind\":{kind},\"amount_cny\":{amount},\"due_on\":\"2024-03-01\"}}", code())
}

#[test]
fn ndjson_rows_types_and_errors() {
    let nested = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let lines = [
        arrear("\"tax\"", "12.30"),
        arrear("\"ta\\u0078\"", "\"12.3\""),
        arrear("5", "1"),
        arrear("\"tax\"", "true"),
        arrear("\"tax\"", "0.1e1"),
        arrear("\"tax\"", "-1"),
        arrear("null", "1"),
        arrear("\"a\\u0000\"", "1"),
        arrear("\"\\ud800\"", "1"),
        arrear("\"tax\",\"kind\":\"wages\"", "1"),
        arrear("\"tax\"", "[1]"),
        arrear("\"tax\"", &nested),
        "{".to_owned(),
        "[1]".to_owned(),
        String::new(),
        arrear("\"tax\",\"note\":{\"a\":[1,2]}", "1"),
        arrear("\"tax\"", "01"),
        arrear("\"tax\"", "1") + "x",
    ];
    let key = |line: u32| format!("{line}:{}\u{1f}tax\u{1f}2024-03-01", code());
    let expected = [
        key(1),
        key(2),
        "3!type".to_owned(),
        "4!type".to_owned(),
        "5!number".to_owned(),
        "6!negative".to_owned(),
        "7!missing".to_owned(),
        "8!control_char".to_owned(),
        "9!json".to_owned(),
        "10!json".to_owned(),
        "11!type".to_owned(),
        "12!json".to_owned(),
        "13!json".to_owned(),
        "14!json".to_owned(),
        key(16),
        "17!json".to_owned(),
        "18!json".to_owned(),
    ];
    assert_eq!(read(lines.join("\n")), expected);
}

#[test]
fn ndjson_keys_may_come_late_in_any_order() {
    let first = arrear("\"tax\"", "1");
    let later = format!(
        "{{\"extra\":7,\"cleared_on\":\"2024-04-01\",\"due_on\":\"2024-03-01\",\"amount_cny\":2,\"kind\":\"tax\",\"uscc\":\"{}\"}}",
        code()
    );
    let mut stream = open(&input(format!("{first}\n{later}\n{first}\n")), None).unwrap();
    assert_eq!(stream.format(), Format::Ndjson);
    let rows: Vec<RawRow> = stream.by_ref().map(Result::unwrap).collect();
    let Ok(Record::Arrears(record)) = rows[1].parse() else { panic!() };
    assert_eq!(record.cleared_on.unwrap().to_string(), "2024-04-01");
    assert_eq!(rows[1].row().extra().collect::<Vec<_>>(), [("extra", "7")]);
    assert!(rows[2].parse().is_ok());
    assert_eq!(stream.layout().unknown_columns().collect::<Vec<_>>(), ["extra"]);
}

/// A workbook with a header and the given cells below.
fn workbook(header: &[&str], fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, name) in header.iter().enumerate() {
        sheet.write(0, u16::try_from(at).unwrap(), *name).unwrap();
    }
    fill(sheet);
    book.save_to_buffer().unwrap()
}

const ARREARS: [&str; 5] = ["uscc", "kind", "amount_cny", "due_on", "cleared_on"];

#[test]
fn xlsx_numbers_dates_formulas_and_gaps() {
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    let bytes = workbook(&ARREARS, |sheet| {
        let row = |sheet: &mut rust_xlsxwriter::Worksheet, at: u32, kind: &str| {
            sheet.write(at, 0, code()).unwrap();
            sheet.write(at, 1, kind).unwrap();
        };
        row(sheet, 1, "tax");
        sheet.write(1, 2, 12.1).unwrap();
        let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2024, 3, 1).unwrap();
        sheet.write_with_format(1, 3, &day, &date).unwrap();
        // Row 3 of the sheet stays blank.
        row(sheet, 3, "=1+1");
        let sum = rust_xlsxwriter::Formula::new("=0.1+0.2").set_result("0.30000000000000004");
        sheet.write_formula(3, 2, sum).unwrap();
        sheet.write(3, 3, "2024/03/02").unwrap();
        row(sheet, 4, "wages");
        sheet.write(4, 2, "一百").unwrap();
        sheet.write(4, 3, "2024-03-01").unwrap();
        row(sheet, 5, "social");
        sheet.write(5, 2, 1).unwrap();
        sheet.write(5, 3, "2024-03-01").unwrap();
        sheet.write(5, 9, "too far").unwrap();
    });
    let rows: Vec<_> = open(&input(&bytes), None).unwrap().collect();
    assert_eq!(rows.len(), 4);
    let Ok(Record::Arrears(first)) = rows[0].as_ref().unwrap().parse() else { panic!() };
    assert_eq!((first.amount.0, first.due_on.to_string()), (1210, "2024-03-01".to_owned()));
    let second = rows[1].as_ref().unwrap();
    assert_eq!(second.line, 4);
    let Ok(Record::Arrears(second)) = second.parse() else { panic!() };
    assert_eq!((second.amount.0, second.kind.as_str()), (30, "=1+1"));
    assert_eq!(rows[2].as_ref().unwrap().parse().unwrap_err()[0].code, ErrorCode::Number);
    let Err(RowError::Rejected(far)) = &rows[3] else { panic!() };
    assert_eq!((far.line, far.errors[0].code), (6, ErrorCode::ColumnCount));
}

#[test]
fn xlsx_of_many_rows_streams_and_may_be_left_early() {
    let bytes = workbook(&ARREARS, |sheet| {
        for at in 1..=3000 {
            sheet.write(at, 0, code()).unwrap();
            sheet.write(at, 1, format!("k{at}")).unwrap();
            sheet.write(at, 2, at).unwrap();
            sheet.write(at, 3, "2024-03-01").unwrap();
        }
    });
    assert_eq!(
        open(&input(&bytes), None).unwrap().filter(|row| row.as_ref().unwrap().parse().is_ok()).count(),
        3000
    );
    assert_eq!(open(&input(&bytes), None).unwrap().take(10).count(), 10);
}

#[test]
fn damaged_workbooks_are_one_clear_error() {
    let whole = workbook(&ARREARS, |_| {});
    assert_eq!(open(&input(&whole), None).unwrap().count(), 0);
    for keep in [whole.len() - 1, whole.len() / 2, 200] {
        assert!(matches!(refused(&whole[..keep]), FileError::Workbook(_)), "{keep}");
    }
    assert!(matches!(refused(workbook(&[], |_| {})), FileError::Empty));
    assert!(matches!(refused(b"PK\x03\x04 no archive"), FileError::Zip));
}

#[test]
fn records_agree_with_an_independent_csv_reader() {
    let alphabet = ["a", ",", "\"", "\n", "\r\n", "名", " "];
    let mut seed = 7u64;
    for _ in 0..2000 {
        let mut cells = Vec::new();
        for _ in 0..5 {
            let mut cell = String::from("x");
            for _ in 0..4 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                cell.push_str(alphabet[usize::try_from(seed >> 33).unwrap() % alphabet.len()]);
            }
            cells.push(format!("{cell}x"));
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER.split(',')).unwrap();
        writer.write_record(&cells).unwrap();
        let mut rows = open(&input(writer.into_inner().unwrap()), None).unwrap();
        let row = rows.next().unwrap().unwrap();
        let got: Vec<&str> = (0..5).map(|at| row.cells.get(at).unwrap().0).collect();
        assert_eq!(got, cells);
        assert!(rows.next().is_none());
    }
}

/// Reads everything there is; only panics are failures.
fn survive(bytes: &[u8]) {
    if let Ok(stream) = open(&input(bytes), None) {
        for row in stream.take(10_000).flatten() {
            let _ = row.parse();
        }
    }
}

#[test]
fn mutilated_files_never_panic() {
    let corpus: [Vec<u8>; 4] = [
        file(&[line("\"甲,\n乙\""), line("丙")]).into_bytes(),
        gb18030(&file(&[line("名称"), line("住所")])),
        format!("{}\n{}", arrear("\"\\u4e2d\\n\"", "1.5"), arrear("{\"a\":[null]}", "1")).into_bytes(),
        workbook(&ARREARS, |sheet| {
            sheet.write(1, 0, code()).unwrap();
        }),
    ];
    let mut seed = 1u64;
    for original in &corpus {
        for _ in 0..400 {
            let mut bytes = original.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 34).unwrap() % bytes.len();
                match seed % 4 {
                    0 => bytes[at] = u8::try_from(seed >> 56).unwrap(),
                    1 => bytes[at] = b'"',
                    2 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, b"\n\r,\0{}\\\xff"[usize::try_from(seed >> 61).unwrap()]),
                }
            }
            survive(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&bytes);
        let mut with_header = format!("{HEADER}\n").into_bytes();
        with_header.extend(&bytes);
        survive(&with_header);
        let mut json = arrear("\"tax\"", "1").into_bytes();
        json.push(b'\n');
        json.extend(&bytes);
        survive(&json);
    }

    /// Every line is accounted for: rows and rejects together are never more than the lines, and a good last
    /// line always comes through unless an open quote before it is closed by it.
    #[test]
    fn a_good_line_after_anything_without_quotes_comes_through(junk in "[^\"]{0,80}") {
        let mut text = format!("{HEADER}\n{junk}\n");
        writeln!(text, "{}", line("好")).unwrap();
        prop_assert!(read(text).last().unwrap().ends_with(":好"));
    }

    #[test]
    fn json_objects_agree_with_serde(text in "\\{(\"[a-c]\":(-?[0-9]{1,3}(\\.[0-9]{1,2})?|true|null|\"[a-z\\\\nu0-9]{0,6}\"|\\[[0-9,]{0,3}\\]|\\{\\})[,}]?){0,3}\\}?") {
        let ours = read_object(&text, |_, _| Ok(())).is_ok();
        let theirs = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).is_ok();
        prop_assert_eq!(ours, theirs, "{}", text);
    }

    #[test]
    fn json_strings_come_back(text in "\\PC{0,30}") {
        let object = format!("{{\"k\":{}}}", serde_json::to_string(&text).unwrap());
        let mut found = String::new();
        read_object(&object, |_, value| {
            if let Value::Text(value) = value {
                found = value.into_owned();
            }
            Ok(())
        }).unwrap();
        prop_assert_eq!(found, text);
    }
}
