//! Source files as the departments send them.

use std::path::{Path, PathBuf};

use super::builders::SourceRow;

/// Every source and its columns, in the order of the published table.
pub const COLUMNS: [(&str, &str); 15] = [
    (
        "registration",
        "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code,industry_code,roles,filed_on,former_names,customs_code,safe_listed,tax_refund_filed,last_annual_report_year,annual_report_late,phone,premises_check,premises_checked_on,record_source",
    ),
    ("registration_changes", "uscc,changed_on,item,before,after"),
    (
        "penalties",
        "CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,CF_NR_WFFF,CF_NR_ZKDX,CF_JDRQ,CF_YXQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ,CF_XFRQ",
    ),
    (
        "penalties_old",
        "CF_WSH,CF_CFMC,CF_CFLB1,CF_CFLB2,CF_SY,CF_YJ,CF_XDR_MC,CF_XDR_SHXYM,CF_FR,CF_JG,CF_JDRQ,CF_XZJG,CF_ZT,DFBM,SJC,BZ,CF_XFRQ",
    ),
    (
        "permits",
        "XK_XDR_MC,XK_XDR_SHXYM,XK_XKWS,XK_WSH,XK_XKLB,XK_XKZS,XK_XKBH,XK_NR,XK_JDRQ,XK_YXQZ,XK_YXQZI,XK_XKJG,XK_XKJGDM,XK_ZT,XK_LYDW,XK_LYDWDM,BZ",
    ),
    ("lists", "uscc,list,decision_no,authority,effective_on,expires_on,removed_on,reason,basis"),
    ("classes", "uscc,authority,class,valid_from,valid_to,decision_no"),
    ("commitments", "uscc,commitment_id,kind,made_on,due_on,kept_on,breach_determined_on"),
    ("inspections", "uscc,inspection_id,kind,inspected_on,sampled,failed,result"),
    ("judgments", "uscc,case_no,kind,decided_on,amount_unpaid_cny,final"),
    ("arrears", "uscc,kind,amount_cny,due_on,cleared_on"),
    ("holdings", "uscc,holder,holder_uscc,percent,valid_from,valid_to"),
    (
        "transactions",
        "uscc,order_no,mode,direction,ordered_at,paid_at,shipped_at,delivered_at,amount_cny,paid_amount_cny,currency,payer_matches_buyer,consignee_matches,logistics_no,logistics_uscc,platform_uscc,payment_uscc,hs_code,quantity,country,buyer_token,address_token,customs_status,returned_at",
    ),
    (
        "reviews",
        "review_id,platform_uscc,uscc,order_no,rating,created_at,verified_purchase,buyer_token,simhash,deleted,incentive",
    ),
    (
        "complaints",
        "complaint_id,uscc,category,accepted_on,closed_on,outcome,amount_cny,became_case,complainant_token",
    ),
];

/// Columns of a source. Optional columns that a row adds beyond these are appended.
pub fn columns(source: &str) -> Vec<&'static str> {
    let found = COLUMNS.iter().find(|(name, _)| *name == source);
    found.unwrap_or_else(|| panic!("no source {source}")).1.split(',').collect()
}

fn csv_text(source: &str, rows: &[SourceRow]) -> String {
    let mut header: Vec<String> = columns(source).into_iter().map(str::to_owned).collect();
    for column in rows.iter().flat_map(SourceRow::columns) {
        if !header.iter().any(|known| known == column) {
            header.push(column.to_owned());
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for row in rows {
        writer.write_record(header.iter().map(|column| row.get(column))).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// `<folder>/<source>.csv`, UTF-8.
pub fn write_csv(folder: &Path, source: &str, rows: &[SourceRow]) -> PathBuf {
    let path = folder.join(format!("{source}.csv"));
    std::fs::write(&path, csv_text(source, rows)).unwrap();
    path
}

/// The same file as an older system writes it.
pub fn write_gb18030(folder: &Path, source: &str, rows: &[SourceRow]) -> PathBuf {
    let path = folder.join(format!("{source}.gb.csv"));
    let text = csv_text(source, rows);
    std::fs::write(&path, encoding_rs::GB18030.encode(&text).0).unwrap();
    path
}

/// `<folder>/<source>.ndjson`, empty values as null.
pub fn write_ndjson(folder: &Path, source: &str, rows: &[SourceRow]) -> PathBuf {
    let path = folder.join(format!("{source}.ndjson"));
    let mut text = String::new();
    for row in rows {
        let object: serde_json::Map<String, serde_json::Value> = columns(source)
            .into_iter()
            .map(|column| match row.get(column) {
                "" => (column.to_owned(), serde_json::Value::Null),
                value => (column.to_owned(), value.into()),
            })
            .collect();
        text.push_str(&serde_json::to_string(&object).unwrap());
        text.push('\n');
    }
    std::fs::write(&path, text).unwrap();
    path
}
