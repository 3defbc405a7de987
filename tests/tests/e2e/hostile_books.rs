//! Workbooks: entities, bombs, parts with strange names, cells that no spreadsheet writes, archives cut off anywhere.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use xinji_tests::harness::{Database, Zone, for_each_database, uscc};
use zip::write::SimpleFileOptions;

use crate::hostile::{Case, check, measured, refused, rows};

/// Longest that refusing a bomb may take, on a machine busy with other tests.
const REFUSAL_MAX: Duration = Duration::from_secs(20);

const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>"#;

fn relation(kind: &str, target: &str) -> String {
    format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"#
    )
}

/// A workbook of one sheet, and parts beside it.
fn book(sheet: &[u8], parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let (office, sheets) =
        (relation("officeDocument", "xl/workbook.xml"), relation("worksheet", "worksheets/sheet1.xml"));
    let own: [(&str, &[u8]); 5] = [
        (
            "[Content_Types].xml",
            b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        ("_rels/.rels", office.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for (name, content) in own.iter().chain(parts) {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Text in a cell of its own.
fn cell(text: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn sheet(rows: &str) -> Vec<u8> {
    let header: String = ["uscc", "kind", "amount_cny", "due_on", "cleared_on"].map(cell).concat();
    format!("<worksheet><sheetData><row r=\"1\">{header}</row>{rows}</sheetData></worksheet>").into_bytes()
}

/// A row with this in its amount's place.
fn row(at: u32, kind: &str, amount: &str) -> String {
    format!("<row r=\"{at}\">{}{}{amount}{}</row>", cell(&uscc(1)), cell(kind), cell("2024-03-01"))
}

fn good(at: u32, kind: &str) -> String {
    row(at, kind, "<c><v>12.3</v></c>")
}

fn strings(attributes: &str, items: &str) -> Vec<u8> {
    format!("<sst {attributes}>{items}</sst>").into_bytes()
}

#[test]
fn entities_are_not_expanded() {
    let mut dtd = String::from("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a0 \"ha\">");
    for level in 1..20 {
        dtd.push_str(&format!("<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10)));
    }
    dtd.push_str("]>");
    let bomb = format!("{dtd}<sst><si><t>&a19;</t></si></sst>");
    let file = "<!DOCTYPE l [<!ENTITY f SYSTEM \"file:///etc/hostname\">]>";
    let of_sheet = [file.as_bytes(), &sheet(&row(2, "&f;", "<c><v>1</v></c>"))].concat();
    let shared = sheet(&row(2, "tax", "<c t=\"s\"><v>0</v></c>"));
    for_each_database(|zone| {
        check(
            zone,
            &[
                refused("bomb.xlsx", book(&shared, &[("xl/sharedStrings.xml", bomb.as_bytes())]), "entity"),
                refused("file.xlsx", book(&of_sheet, &[]), "entity"),
                refused("unknown.xlsx", book(&sheet(&row(2, "&nothing;", "<c><v>1</v></c>")), &[]), "type"),
                rows(
                    "known.xlsx",
                    book(&sheet(&row(2, "a&amp;b &lt;&#20013;", "<c><v>1</v></c>")), &[]),
                    1,
                    &[],
                ),
            ],
        );
    });
}

/// Zeros to fill a part with: they pack a thousand times smaller.
fn zeros(megabytes: usize) -> Vec<u8> {
    vec![b' '; megabytes << 20]
}

/// The same archive with every announced size made small.
fn lying(mut archive: Vec<u8>) -> Vec<u8> {
    for (mark, place) in [(&b"PK\x01\x02"[..], 24), (&b"PK\x03\x04"[..], 22)] {
        let found: Vec<usize> =
            archive.windows(4).enumerate().filter(|(_, four)| *four == mark).map(|(at, _)| at).collect();
        for at in found {
            let size: [u8; 4] = archive[at + place..at + place + 4].try_into().unwrap();
            if u32::from_le_bytes(size) > 1 << 20 {
                archive[at + place..at + place + 4].copy_from_slice(&1000u32.to_le_bytes());
            }
        }
    }
    archive
}

#[test]
fn bombs_are_refused_without_time_or_memory() {
    let sheet_of_good = sheet(&good(2, "tax"));
    let padded = |padding: Vec<u8>| [b"<worksheet>".to_vec(), padding, b"</worksheet>".to_vec()].concat();
    let with_strings = |strings: &[u8]| book(&sheet_of_good, &[("xl/sharedStrings.xml", strings)]);
    let styles = format!("<styleSheet><fonts>{}</fonts></styleSheet>", "<font/>".repeat(1_000_000));
    let depth = format!("<worksheet><sheetData>{}", "<row>".repeat(150_000));
    let cases = [
        refused("sheet.xlsx", book(&padded(zeros(200)), &[]), "too_long"),
        refused("lying.xlsx", lying(book(&padded(zeros(100)), &[])), "type"),
        refused("other-part.xlsx", book(&sheet_of_good, &[("xl/media/a.png", &zeros(100))]), "too_long"),
        refused("strings.xlsx", with_strings(&strings("", &"<si/>".repeat(9_000_000))), "too_long"),
        refused("styles.xlsx", book(&sheet_of_good, &[("xl/styles.xml", styles.as_bytes())]), "too_long"),
        refused("deep.xlsx", book(depth.as_bytes(), &[]), "type"),
        // It says that room for so many strings is needed, and has one.
        refused(
            "announced.xlsx",
            with_strings(&strings("uniqueCount=\"40000000000\"", "<si><t>a</t></si>")),
            "too_long",
        ),
        refused(
            "overflow.xlsx",
            with_strings(&strings("uniqueCount=\"9999999999999999999999\"", "")),
            "too_long",
        ),
    ];
    let zone = Zone::new(Database::Sqlite);
    let started = Instant::now();
    check(&zone, &cases);
    assert!(started.elapsed() < REFUSAL_MAX, "{:?}", started.elapsed());
}

/// One shared string in every cell of a wide row: a file of some kilobytes, rows of hundreds of megabytes.
#[test]
fn a_row_that_names_a_long_text_in_every_cell_costs_itself() {
    let header: Vec<String> = (0..500).map(|at| format!("extra{at}")).collect();
    let header: String = ["uscc", "kind", "amount_cny", "due_on"].map(cell).concat()
        + &header.iter().map(|name| cell(name)).collect::<String>();
    let wide = |at: u32| {
        let cells = "<c t=\"s\"><v>0</v></c>".repeat(500);
        good(at, &format!("k{at}")).replace("</row>", &format!("{cells}</row>"))
    };
    let rows_of: String = (2..300).map(|at| if at == 150 { good(at, "good") } else { wide(at) }).collect();
    let sheet = format!("<worksheet><sheetData><row r=\"1\">{header}</row>{rows_of}</sheetData></worksheet>");
    let text = "长".repeat(300_000);
    let strings = strings("", &format!("<si><t>{text}</t></si>"));
    let faults: Vec<_> = (2..300).filter(|at| *at != 150).map(|at| (at, "", "line_too_long")).collect();
    let file = book(sheet.as_bytes(), &[("xl/sharedStrings.xml", &strings)]);
    assert!(file.len() < 100_000, "{}", file.len());
    check(&Zone::new(Database::Sqlite), &[rows("wide.xlsx", file, 1, &faults)]);
}

#[test]
fn cells_that_no_spreadsheet_writes() {
    let number = |text: &str| format!("<c><v>{text}</v></c>");
    let amounts = [
        (number("12.300000000000001"), true),
        (number("1e400"), false),
        (number("1e300"), false),
        (number("NaN"), false),
        (number("-0"), true),
        (number("-1"), false),
        (cell("１２"), false),
        ("<c t=\"e\"><v>#REF!</v></c>".to_owned(), false),
        ("<c><f>1+1</f><v>2</v></c>".to_owned(), true),
        (cell("=1+1"), false),
    ];
    let code = |amount: &str| match amount {
        amount if amount.contains("-1") => "negative",
        amount if amount.contains("1e300") => "too_long",
        _ => "number",
    };
    let text: String =
        (2..).zip(&amounts).map(|(at, (amount, _))| row(at, &format!("k{at}"), amount)).collect();
    let faults: Vec<_> = (2..)
        .zip(&amounts)
        .filter(|(_, (_, good))| !good)
        .map(|(at, (amount, _))| (at, "amount_cny", code(amount)))
        .collect();
    let taken = u64::try_from(amounts.len() - faults.len()).unwrap();
    let far = good(2, "far").replace("</row>", "<c r=\"XFD2\"><v>1</v></c></row>") + &good(3, "near");
    let serial = good(2, "serial").replace(&cell("2024-03-01"), &number("45352")) + &good(3, "text");
    let parts: [(&str, &[u8]); 4] = [
        ("../../outside.xml", b"<a/>"),
        ("/absolute.xml", b"<a/>"),
        ("xl/..\\..\\back.xml", b"<a/>"),
        ("xl/media/a.png", &[7; 3000]),
    ];
    for_each_database(|zone| {
        check(
            zone,
            &[
                rows("amounts.xlsx", book(&sheet(&text), &[]), taken, &faults),
                rows("far.xlsx", book(&sheet(&far), &[]), 1, &[(2, "", "column_count")]),
                rows("serial.xlsx", book(&sheet(&serial), &[]), 1, &[(2, "due_on", "date")]),
                rows("strange-names.xlsx", book(&sheet(&good(2, "names")), &parts), 1, &[]),
                rows(
                    "control.xlsx",
                    book(&sheet(&(good(2, "a_x0000_b") + &good(3, "clean"))), &[]),
                    1,
                    &[(2, "kind", "control_char")],
                ),
                rows(
                    "long-cell.xlsx",
                    book(&sheet(&(good(2, &noise(10_000_000)) + &good(3, "after"))), &[]),
                    1,
                    &[(2, "", "line_too_long")],
                ),
                refused("no-workbook.zip", other_archive(), "type"),
                refused("no-sheet.xlsx", book(b"", &[]), "type"),
            ],
        );
        assert!(!zone.path("outside.xml").exists() && !std::path::Path::new("/absolute.xml").exists());
    });
}

/// Text that does not pack well.
fn noise(length: usize) -> String {
    let mut state = 7u64;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from_digit(u32::try_from(state >> 59).unwrap(), 36).unwrap()
        })
        .collect()
}

fn other_archive() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("a.txt", SimpleFileOptions::default()).unwrap();
    archive.write_all(b"text").unwrap();
    archive.finish().unwrap().into_inner()
}

/// The list of parts is at the end: without it no part can be trusted, so the file is refused whole.
#[test]
fn archives_cut_off_anywhere_are_refused() {
    let whole = book(&sheet(&good(2, "tax")), &[]);
    let cases: Vec<Case> = (5..whole.len())
        .step_by(29)
        .map(|end| refused(&format!("cut-{end:05}.xlsx"), &whole[..end], "type"))
        .collect();
    let zone = Zone::new(Database::Sqlite);
    check(&zone, &cases);
    // One changed byte of what is packed is one clear error, and no other file's.
    let mut flipped = whole.clone();
    let at = flipped.windows(6).position(|six| six == b"sheet1").unwrap() + 40;
    flipped[at] ^= 0x55;
    check(&zone, &[refused("flipped.xlsx", flipped, "type"), rows("whole.xlsx", whole, 1, &[])]);
    let (finished, _) = measured(&mut zone.command("credit-api", &["doctor"]));
    finished.ok();
}
