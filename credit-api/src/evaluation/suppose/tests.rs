use serde_json::json;

use super::*;

fn code() -> Uscc {
    Uscc::from_body("91511500MA6000001").unwrap()
}

fn row(value: Value) -> JsonRow {
    serde_json::from_value(value).unwrap()
}

fn record(source: &str, value: Value) -> Record {
    parse(source.parse().unwrap(), &row(value)).ok().unwrap()
}

fn penalty(number: &str) -> Record {
    record(
        "penalties",
        json!({"CF_XDR_MC": "宜宾试样贸易有限公司", "CF_XDR_SHXYM": code().as_str(), "CF_WSH": number, "CF_CFLB": "罚款",
               "CF_NR_FK": "1.5", "CF_JDRQ": "2026-03-02", "CF_CFJG": "宜宾市市场监督管理局", "CF_CFJGDM": "1151150000000001X"}),
    )
}

fn listing() -> Record {
    record(
        "lists",
        json!({"uscc": code().as_str(), "list": "abnormal_operation", "decision_no": "宜市监列〔2026〕3号",
               "authority": "宜宾市市场监督管理局", "effective_on": "2026-05-06"}),
    )
}

fn registration() -> Registration {
    let record = record(
        "registration",
        json!({"uscc": code().as_str(), "name": "宜宾试样贸易有限公司", "status": "存续", "established_on": "2020-01-15",
               "legal_representative": "张三", "region_code": "511500", "roles": "ecommerce", "filed_on": "2021-03-01"}),
    );
    match record {
        Record::Registration(row) => *row,
        other => panic!("{other:?}"),
    }
}

fn known() -> Known {
    let records = vec![penalty("宜市监罚〔2026〕1号"), penalty("宜市监罚〔2026〕2号"), listing()];
    Known { uscc: code(), registrations: vec![registration()], records }
}

fn changes(value: Value) -> FactChanges {
    serde_json::from_value(value).unwrap()
}

fn faults(value: Value) -> Vec<(String, Wrong)> {
    let faults = suppose(known(), &changes(value)).unwrap_err();
    faults.into_iter().map(|fault| (fault.place.join("/"), fault.wrong)).collect()
}

#[test]
fn a_record_is_found_by_any_columns_that_only_it_has_and_changed() {
    let supposed = suppose(
        known(),
        &changes(json!({
            "change": [
                {"source": "penalties", "where": {"CF_WSH": "宜市监罚[2026] 2号"}, "set": {"CF_XFRQ": "2026-11-20"}},
                {"source": "registration", "set": {"last_annual_report_year": 2025, "premises_check": "verified"}},
            ],
            "remove": [{"source": "lists", "where": {"effective_on": "2026/05/06"}}],
        })),
    )
    .unwrap();
    assert_eq!(supposed.registrations[0].last_annual_report_year, Some(2025));
    assert_eq!(supposed.registrations[0].name, registration().name);
    let repaired: Vec<bool> = supposed
        .records
        .iter()
        .map(|record| matches!(record, Record::Penalties(penalty) if penalty.repaired_on.is_some()))
        .collect();
    assert_eq!(repaired, [false, true]);
    let cells = |record: &Record| record.to_cells().unwrap().1;
    let mut expected = cells(&penalty("宜市监罚〔2026〕2号"));
    expected.push(("CF_XFRQ", "2026-11-20".to_owned()));
    assert_eq!(cells(&supposed.records[1]), expected);
}

#[test]
fn an_added_row_supersedes_the_one_of_its_key_and_need_not_repeat_the_code() {
    let added = json!({"CF_XDR_MC": "宜宾试样贸易有限公司", "CF_WSH": "宜市监罚(2026)1号", "CF_CFLB": "警告",
                       "CF_JDRQ": "2026-03-02", "CF_CFJGDM": "1151150000000001X"});
    let supposed =
        suppose(known(), &changes(json!({"add": [{"source": "penalties", "row": added}]}))).unwrap();
    assert_eq!(supposed.records.len(), 3);
    let kinds = supposed.records.iter().filter_map(|record| match record {
        Record::Penalties(penalty) => Some(penalty.kinds.join(";")),
        _ => None,
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["罚款", "警告"]);
}

#[test]
fn every_fault_is_named_with_its_place() {
    let found = faults(json!({
        "remove": [
            {"source": "transactions"},
            {"source": "lists", "where": {"list": "wage_arrears"}},
            {"source": "penalties", "where": {"CF_CFLB": "罚款"}},
        ],
        "change": [{"source": "penalties", "where": {"CF_WSH": "宜市监罚〔2026〕1号"}, "set": {"CF_XFRQ": "soon", "CF_XYZ": "1"}}],
        "add": [
            {"source": "classes", "row": {"authority": "customs", "class": "GOLD", "valid_from": "2026-01-01"}},
            {"source": "classes", "row": {"uscc": "91511502MA62TEST4J", "authority": "tax", "class": "A", "valid_from": "2026-01-01"}},
            {"source": "arrears", "row": {"kind": "税款", "due_on": "2026-13-01", "amount_cny": -1}},
            {"source": "judgments", "row": {"case_no": "（2026）川15民终1号"}},
        ],
    }));
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    let expected = [
        "remove/0/source",
        "remove/1/where",
        "remove/2/where",
        "change/0/set/CF_XYZ",
        "add/0/row/class",
        "add/1/row/uscc",
        "add/2/row/amount_cny",
        "add/2/row/due_on",
        "add/3/row/kind",
        "add/3/row/decided_on",
    ];
    assert_eq!(places, expected, "{found:?}");
    assert_eq!((found[1].1.clone(), found[2].1.clone()), (Wrong::Matches(0), Wrong::Matches(2)));
    for (place, wrong) in &found {
        assert!(wrong.message(Lang::Zh).chars().any(|c| c > '\u{2e80}'), "{place}");
        assert!(!wrong.message(Lang::En).is_empty(), "{place}");
    }
    let wrong_date = json!({"change": [{"source": "penalties", "where": {"CF_WSH": "宜市监罚〔2026〕1号"}, "set": {"CF_XFRQ": "soon"}}]});
    assert_eq!(faults(wrong_date)[0].0, "change/0/set/CF_XFRQ");
    let too_many = json!({"remove": vec![json!({"source": "lists"}); SUPPOSITIONS_MAX + 1]});
    assert_eq!(faults(too_many), [(String::new(), Wrong::TooMany)]);
}
