//! Which source a file is, and the rows of it that count.

use std::path::{Path, PathBuf};

use super::check::{Cells, Wrong};
use super::facts::Zone;
use super::text::{Row, read_table};

/// One lost row: physical line, column (empty: the whole row), code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    pub line: usize,
    pub column: String,
    pub code: &'static str,
}

#[derive(Clone, Debug)]
pub struct FileReport {
    pub path: PathBuf,
    /// `None` when the file was refused whole.
    pub source: Option<&'static str>,
    pub refused: Option<&'static str>,
    /// Rows that are in.
    pub accepted: usize,
    pub rejects: Vec<Reject>,
}

type ReadRow = fn(&mut Zone, &Cells<'_>) -> Result<(), Wrong>;

/// Source id, the columns that must be there, and how a row is read.
const SOURCES: [(&str, &str, ReadRow); 15] = [
    (
        "registration",
        "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code,industry_code,roles,filed_on",
        Zone::add_registration,
    ),
    ("registration_changes", "uscc,changed_on,item,before,after", Zone::add_change),
    // Reading: the columns of the new dialect without which a penalty cannot be counted.
    ("penalties", "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_JDRQ,CF_CFJGDM", Zone::add_penalty),
    (
        "penalties",
        "CF_WSH,CF_CFMC,CF_CFLB1,CF_SY,CF_YJ,CF_XDR_MC,CF_XDR_SHXYM,CF_JG,CF_JDRQ,CF_XZJG,CF_ZT",
        Zone::add_old_penalty,
    ),
    ("permits", "XK_XDR_MC,XK_XDR_SHXYM,XK_WSH,XK_XKJGDM", Zone::add_permit),
    (
        "permits",
        "XK_WSH,XK_XMMC,XK_SPLB,XK_XDR,XK_XDR_SHXYM,XK_NR,XK_JDRQ,XK_JZQ,XK_XZJG,XK_ZT",
        Zone::add_old_permit,
    ),
    ("lists", "uscc,list,decision_no,authority,effective_on", Zone::add_listing),
    ("classes", "uscc,authority,class,valid_from", Zone::add_class),
    ("commitments", "uscc,commitment_id,kind,made_on,due_on", Zone::add_commitment),
    ("inspections", "uscc,inspection_id,kind,inspected_on,result", Zone::add_inspection),
    ("judgments", "uscc,case_no,kind,decided_on", Zone::add_judgment),
    ("arrears", "uscc,kind,amount_cny,due_on", Zone::add_arrear),
    ("transactions", "uscc,order_no,mode,direction,ordered_at,amount_cny,currency", Zone::add_order),
    (
        "reviews",
        "review_id,platform_uscc,uscc,rating,created_at,verified_purchase,buyer_token",
        Zone::add_review,
    ),
    ("complaints", "complaint_id,uscc,category,accepted_on,complainant_token", Zone::add_complaint),
];

/// Shareholdings move no score (ruling C8 counts persons, addresses and telephones only), so they are read over.
const HOLDINGS: &str = "uscc,holder,percent,valid_from";

impl Zone {
    /// Takes one file in, as `credit-api import` would.
    pub fn import(&mut self, path: &Path) -> FileReport {
        if path.extension().is_some_and(|ending| ending == "zip") {
            return self.import_told(path);
        }
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.import_bytes(path, &bytes)
    }

    /// The sample's archive of messages, by the labels that lie beside it.
    fn import_told(&mut self, path: &Path) -> FileReport {
        let labels = path.with_file_name("labels").join("planted.csv");
        let bytes = std::fs::read(&labels).unwrap_or_else(|error| panic!("{}: {error}", labels.display()));
        let table = read_table(&bytes).unwrap_or_else(|code| panic!("{}: {code}", labels.display()));
        let rows: Vec<&Row> = table.lines.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
        let text = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
        for row in rows.iter().filter(|row| row.contains_key("order_no")) {
            self.add_told(&text(row, "uscc"), &text(row, "order_no"), &text(row, "shows"));
        }
        FileReport {
            path: path.to_owned(),
            source: Some("ceb"),
            refused: None,
            accepted: rows.len(),
            rejects: Vec::new(),
        }
    }

    pub fn import_bytes(&mut self, path: &Path, bytes: &[u8]) -> FileReport {
        let mut report = FileReport {
            path: path.to_owned(),
            source: None,
            refused: None,
            accepted: 0,
            rejects: Vec::new(),
        };
        let table = match read_table(bytes) {
            Ok(table) => table,
            Err(code) => {
                report.refused = Some(code);
                return report;
            }
        };
        let has_all =
            |required: &str| required.split(',').all(|column| table.columns.iter().any(|c| c == column));
        let found = SOURCES.iter().filter(|(_, required, _)| has_all(required)).max_by_key(|s| s.1.len());
        let Some((source, required, read)) = found else {
            if has_all(HOLDINGS) {
                report.source = Some("holdings");
                report.accepted = table.lines.iter().filter(|(_, row)| row.is_ok()).count();
            } else {
                report.refused = Some("missing");
            }
            return report;
        };
        report.source = Some(source);
        for (line, row) in &table.lines {
            let result = row.clone().and_then(|row| {
                present(required, &row)?;
                read(self, &Cells(&row))
            });
            match result {
                Ok(()) => report.accepted += 1,
                Err((column, code)) => report.rejects.push(Reject { line: *line, column, code }),
            }
        }
        report
    }
}

/// The values that may be empty although their column is required (ruling E3).
const MAY_BE_EMPTY: [&str; 4] = ["registered_capital_cny", "paid_in_capital_cny", "address", "industry_code"];

fn present(required: &str, row: &Row) -> Result<(), Wrong> {
    // Reading: the old dialects were made before anybody asked; only what is used must be filled in there.
    if required.contains("CF_XZJG") || required.contains("XK_XZJG") {
        return Ok(());
    }
    for column in required.split(',') {
        if !row.contains_key(column) && !MAY_BE_EMPTY.contains(&column) {
            return Err((column.to_owned(), "missing"));
        }
    }
    Ok(())
}
