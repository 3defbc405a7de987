//! CSV and NDJSON: lines, encodings, quotes, headers, numbers, dates, and files cut off anywhere.

use xinji_tests::harness::{for_each_database, uscc};

use crate::hostile::{Becomes, Case, Fault, check, refused, rows};

const HEADER: &str = "uscc,changed_on,item,before,after";
/// Bytes of a line (1 MiB).
const LINE_MAX: usize = 1024 * 1024;

fn line(item: &str) -> String {
    format!("{},2024-03-01,{item},旧,新", uscc(1))
}

fn file(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// An arrears object with this for its amount.
fn arrear(kind: &str, amount: &str) -> String {
    format!(
        "{{\"uscc\":\"{}\",\"kind\":\"{kind}\",\"amount_cny\":{amount},\"due_on\":\"2024-03-01\"}}",
        uscc(1)
    )
}

#[test]
fn long_lines() {
    let long = |name: &str, length: usize| {
        let room = length - line("").len();
        let fault: Fault = if length > LINE_MAX { (3, "", "line_too_long") } else { (3, "item", "too_long") };
        let lines = [line(name), line(&"x".repeat(room)), line(&format!("{name}2"))];
        rows(&format!("{name}.csv"), file(&lines), 2, &[fault])
    };
    let json = format!(
        "{}\n{}\n{}\n",
        arrear("json1", "1"),
        arrear(&"x".repeat(10_000_000), "1"),
        arrear("json2", "1")
    );
    let open = format!("{HEADER}\n{}\n{}\n", line("open1"), line("\"never closed ").repeat(200_000));
    let quoted: String = (0..20_000).map(|_| format!("{}\n", "y".repeat(99))).collect();
    let quoted = format!("{HEADER}\n{}\n{}\n", line(&format!("\"{quoted}\"")), line("after"));
    for_each_database(|zone| {
        check(
            zone,
            &[
                long("ten-megabytes", 10_000_000),
                long("limit", LINE_MAX),
                long("beyond", LINE_MAX + 1),
                rows("ten.ndjson", json.clone(), 2, &[(2, "", "line_too_long")]),
                rows("one-open-line.csv", open.clone(), 1, &[(3, "", "line_too_long")]),
            ],
        );
        // A quoted cell over more lines than a row may have bytes: its first line is at fault, and the others are
        // lines of their own.
        let mut faults = vec![(2, "", "quote")];
        faults.extend((3..20_002).map(|line| (line, "", "column_count")));
        faults.push((20_002, "", "quote"));
        check(zone, &[rows("long-cell.csv", quoted.clone(), 1, &faults)]);
    });
}

#[test]
fn encodings() {
    let three = file(&["名称", "住所", "地址"].map(line));
    let cut = |text: &str| {
        // One character less one byte.
        let at = text.find('住').unwrap();
        [text.as_bytes()[..at + 2].to_vec(), text.as_bytes()[at + 3..].to_vec()].concat()
    };
    let mixed =
        [file(&["名称", "住所"].map(|item| line(&format!("{item}2")))).into_bytes(), gb18030(&line("地址"))]
            .concat();
    let utf16: Vec<u8> = format!("\u{feff}{three}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = format!("\u{feff}{three}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let unmarked: Vec<u8> = three.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let names = |name: &str| file(&["名", "住", "址"].map(|item| line(&format!("{item}{name}"))));
    for_each_database(|zone| {
        check(
            zone,
            &[
                rows("cut.csv", cut(&three), 2, &[(3, "", "encoding")]),
                rows("gb.csv", gb18030(&names("gb")), 3, &[]),
                rows("mixed.csv", mixed.clone(), 2, &[(4, "", "encoding")]),
                rows("bom.csv", format!("\u{feff}{}", names("bom")), 3, &[]),
                rows("two-boms.csv", format!("\u{feff}\u{feff}{}", names("boms")), 3, &[]),
                rows(
                    "bom-inside.csv",
                    format!("{}\u{feff}{}\n", names("in"), line("x")),
                    3,
                    &[(5, "uscc", "too_long")],
                ),
                refused("utf16.csv", utf16.clone(), "encoding"),
                refused("utf16-big.csv", big.clone(), "encoding"),
                refused("utf16-unmarked.csv", unmarked.clone(), "control_char"),
            ],
        );
    });
}

#[test]
fn control_characters_line_ends_and_quotes() {
    let controls = ["a\0b", "good", "a\u{1b}[31mb", "a\tb", "a\u{85}b", "a\rb", "a\u{7f}b"].map(line);
    let faults: Vec<Fault> = [2, 4, 6, 7, 8].map(|at| (at, "", "control_char")).to_vec();
    let json =
        [arrear("nul\\u0000", "1"), arrear("c1", "1"), arrear("raw\u{1}", "1"), arrear("esc\\u001b", "1")];
    let mixed = format!("{HEADER}\r\n\n{}\n\r\n{}\r\n  \n{}", line("m1"), line("m2"), line("m3"));
    let quoted = format!(
        "{HEADER}\n{}\n{}\n{}\n",
        line("\"q\r\nw\n\n,\"\"e\"\"\""),
        line("bad").replace("2024-03-01", "2024-02-30"),
        line("q2")
    );
    let stray = file(&[line("\"s"), line("s1"), line("\"s2\""), line("\"s3\"x"), line("s4\"")]);
    for_each_database(|zone| {
        check(
            zone,
            &[
                rows("controls.csv", file(&controls), 2, &faults),
                rows(
                    "controls.ndjson",
                    json.join("\n"),
                    1,
                    &[(1, "kind", "control_char"), (3, "", "control_char"), (4, "kind", "control_char")],
                ),
                refused("cr-only.csv", file(&["甲", "乙"].map(line)).replace('\n', "\r"), "control_char"),
                rows("mixed-ends.csv", mixed.clone(), 3, &[]),
                // Line breaks inside quotes count.
                rows("quoted.csv", quoted.clone(), 2, &[(6, "changed_on", "date")]),
                rows("stray.csv", stray.clone(), 3, &[(2, "", "quote"), (5, "", "quote")]),
                refused("open-header.csv", format!("\"{HEADER}\n{}\n", line("x")), "quote"),
                rows("formula.csv", file(&["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)"].map(line)), 4, &[]),
                rows(
                    "=formula.csv",
                    file(&["=1+1", "-2"].map(|item| line(item).replace("2024-03-01", "=TODAY()"))),
                    0,
                    &[(2, "changed_on", "date"), (3, "changed_on", "date")],
                ),
            ],
        );
    });
}

#[test]
fn headers_and_kinds_of_file() {
    let good = |name: &str| line(name);
    let many: Vec<String> = (0..10_000).map(|at| format!("c{at}")).collect();
    let two = format!("{}uscc,kind,amount_cny,due_on\n{},tax,1,2024-03-01\n", file(&[good("two")]), uscc(1));
    let review = "{\"review_id\":\"1\",\"rating\":5}";
    for_each_database(|zone| {
        check(
            zone,
            &[
                refused("empty.csv", "", "empty_file"),
                refused("blank.csv", "\n \r\n\t\n", "empty_file"),
                rows("header.csv", HEADER, 0, &[]),
                refused("duplicate.csv", format!("{HEADER},ITEM\n{},x\n", good("d")), "column_count"),
                refused(
                    "full-width.csv",
                    format!("ｕｓｃｃ,changed_on,item,before,after\n{}\n", good("f")),
                    "missing",
                ),
                rows(
                    "spaces.csv",
                    format!(" USCC ,\u{3000}changed_on,item\u{a0},before,after\n{}\n", good("s")),
                    1,
                    &[],
                ),
                refused("many-columns.csv", format!("{HEADER},{}\n", many.join(",")), "column_count"),
                rows(
                    "more-cells.csv",
                    format!("{HEADER}\n{}{}\n{}\n", good("x"), ",y".repeat(10_000), good("m")),
                    1,
                    &[(2, "", "column_count")],
                ),
                rows("two-sources.csv", two.clone(), 1, &[(3, "", "column_count"), (4, "", "column_count")]),
                rows(
                    "two-sources.ndjson",
                    format!("{}\n{review}\n", arrear("two", "1")),
                    1,
                    &[
                        (2, "uscc", "missing"),
                        (2, "kind", "missing"),
                        (2, "amount_cny", "missing"),
                        (2, "due_on", "missing"),
                    ],
                ),
                refused("unknown.csv", "colour,size\nred,1\n", "column_count"),
                refused("old.xls", [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[0; 600]].concat(), "type"),
                refused(
                    "message.xml",
                    "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
                    "entity",
                ),
                refused(
                    "noise.bin",
                    (0..=255).cycle().skip(1).take(5000).collect::<Vec<u8>>(),
                    "control_char",
                ),
            ],
        );
    });
}

#[test]
fn numbers_dates_and_depth() {
    let number = |amount: &str, code: &'static str| (arrear("n", amount), vec![("amount_cny", code)]);
    let json = |text: &str| (text.to_owned(), vec![("", "json")]);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad = [
        number("1e400", "number"),
        number("-0", "negative"),
        number("-0.00", "negative"),
        number(&"9".repeat(60), "number"),
        number(&"9".repeat(5_000), "too_long"),
        number("\"１２\"", "number"),
        number("\"1,234.00\"", "number"),
        number("\"NaN\"", "number"),
        number("1.005", "number"),
        number("true", "type"),
        number("[1]", "type"),
        json(&arrear("n", "NaN")),
        json(&arrear("n", "Infinity")),
        json(&arrear("n", "01")),
        json(&arrear("n", "+1")),
        json(&arrear("n", &deep)),
        json(&arrear("n\\ud800", "1")),
        json(&arrear("n\",\"kind\":\"m", "1")),
        json("[1]"),
        json("{"),
    ];
    let mut text = format!("{}\n", arrear("first", "12.30"));
    let mut faults = Vec::new();
    for (at, (object, wrong)) in (2..).zip(&bad) {
        text.push_str(object);
        text.push('\n');
        faults.extend(wrong.iter().map(|(column, code)| (at, *column, *code)));
    }
    text.push_str(&arrear("last", "12.30"));
    let dates = [
        ("2026-02-30", false),
        ("0000-01-01", false),
        ("1899-12-31", false),
        ("9999-12-31", true),
        ("10000-01-01", false),
        ("45000", false),
        ("２０２６-01-01", false),
        ("20240229", true),
        ("20250229", false),
        ("2024/3/1", false),
        ("2024-03-01T00:00:00Z", false),
    ];
    let lines: Vec<String> = dates.iter().map(|(date, _)| line("d").replace("2024-03-01", date)).collect();
    let wrong: Vec<Fault> =
        (2..).zip(dates).filter(|(_, (_, good))| !good).map(|(at, _)| (at, "changed_on", "date")).collect();
    let wrong_digit = format!("{}{}", uscc(1).split_at(17).0, if uscc(1).ends_with('0') { '1' } else { '0' });
    let codes = [
        uscc(1).to_lowercase(),
        wrong_digit,
        format!("{}O", uscc(1).split_at(17).0),
        uscc(1).split_at(17).0.to_owned(),
        format!("{}0", uscc(1)),
        uscc(1).replacen('9', "９", 1),
    ];
    let lines_of_codes: Vec<String> = codes.iter().map(|code| line("c").replace(&uscc(1), code)).collect();
    let wrong_codes = [
        (3, "uscc", "uscc_check_digit"),
        (4, "uscc", "uscc_alphabet"),
        (5, "uscc", "uscc_alphabet"),
        (6, "uscc", "too_long"),
        (7, "uscc", "uscc_alphabet"),
    ];
    for_each_database(|zone| {
        check(
            zone,
            &[
                rows("numbers.ndjson", text.clone(), 2, &faults),
                rows("dates.csv", file(&lines), 2, &wrong),
                rows("codes.csv", file(&lines_of_codes), 1, &wrong_codes),
            ],
        );
    });
}

/// The rows that were whole are in; of the one that was cut, the sender is told.
#[test]
fn files_cut_off_anywhere() {
    // The code comes last, so that a cut row can never pass for a whole one.
    let row = |at: usize| format!("2024-03-01,\"第{at}\n项\",旧,新,{}\n", uscc(1));
    let csv = format!("changed_on,item,before,after,uscc\n{}", (0..6).map(row).collect::<String>());
    let json: String = (0..6).map(|at| arrear(&format!("第{at}"), "12.30") + "\n").collect();
    let mut cases: Vec<Case> = Vec::new();
    for (kind, whole, first) in [("csv", csv.as_bytes(), 34), ("ndjson", json.as_bytes(), 0)] {
        for end in (first + 1..whole.len()).step_by(13) {
            cases.push(cut(kind, &whole[..end], end));
        }
    }
    for_each_database(|zone| check(zone, &cases));
}

fn cut(kind: &str, content: &[u8], end: usize) -> Case {
    let name = format!("cut-{end:04}.{kind}");
    let text = String::from_utf8_lossy(content);
    let code = uscc(1);
    let (header, of_row) = if kind == "csv" { (1, 2) } else { (0, 1) };
    let is_end = |line: &str| line.ends_with('}') || (kind == "csv" && line.ends_with(&code));
    let whole = text.lines().filter(|line| is_end(line)).count();
    let cut_off = text.lines().count() > header + of_row * whole;
    if kind == "ndjson" && whole == 0 {
        // Nothing of it shows what the file is.
        return refused(&name, content, "json");
    }
    let becomes = Becomes::Cut {
        taken: u64::try_from(whole).unwrap(),
        from: cut_off.then(|| u64::try_from(header + of_row * whole + 1).unwrap()),
    };
    Case { name, content: content.to_vec(), becomes }
}
