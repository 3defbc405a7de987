//! Small zones whose scores were worked out by hand.

use std::path::Path;

use chrono::{Datelike, NaiveDate};

use super::bins::{CATALOGUE, WEIGHTS, source_of};
use super::days::{add_days, add_months, last_complete_month, months_since};
use super::grade::{Rating, State, Value, band};
use super::penalties::money_in_words;
use super::{Fraction, Zone, check, rate_all};

const SELLER: &str = "91511502MA6TEXT13K";
const CARRIER: &str = "91511702MA6TEXT3XG";

fn day(text: &str) -> NaiveDate {
    check::date(text).unwrap()
}

fn import(zone: &mut Zone, text: &str) -> super::FileReport {
    zone.import_bytes(Path::new("test.csv"), text.as_bytes())
}

fn rate(zone: &Zone, as_of: &str) -> Rating {
    rate_all(zone, day(as_of)).remove(SELLER).unwrap()
}

fn exact(rating: &Rating, id: &str) -> Fraction {
    match rating.indicator(id).value {
        Some(Value::Exact(value)) => value,
        ref other => panic!("{id}: {other:?}"),
    }
}

fn word(rating: &Rating, id: &str) -> &'static str {
    match rating.indicator(id).value {
        Some(Value::Word(value)) => value,
        ref other => panic!("{id}: {other:?}"),
    }
}

const REGISTRATION: &str = concat!(
    "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,",
    "legal_representative,address,region_code,industry_code,roles,filed_on,customs_code,",
    "safe_listed,tax_refund_filed,last_annual_report_year,premises_check,phone,",
    "record_source",
);

fn registered(zone: &mut Zone) {
    import(
        zone,
        &format!(
            "{REGISTRATION}\n{SELLER},宜宾甲贸易有限公司,存续,2022-11-01,1000000,1000000,\
             张三,宜宾市一号,511502,F51,ecommerce,2023-01-01,5115960001,true,true,2025,verified,0831-1,\n\
             {CARRIER},达州乙物流有限公司,存续,2020-01-01,1000000,,李四,达州市一号,511702,G60,logistics,2023-01-01,,,,2025,,,\n"
        ),
    );
}

const ORDERS: &str = concat!(
    "uscc,order_no,mode,direction,ordered_at,paid_at,shipped_at,delivered_at,amount_cny,",
    "paid_amount_cny,currency,logistics_no,logistics_uscc,customs_status",
);

/// Twelve months of clean export orders, `per_month` on the 15th of each, all paid and delivered.
fn orders(zone: &mut Zone, per_month: usize) {
    let mut csv = format!("{ORDERS}\n");
    for month in 0..13 {
        let date = add_months(day("2025-11-15"), month);
        for n in 0..per_month {
            let id = month as usize * per_month + n;
            let minute = n % 60;
            csv.push_str(&format!(
                "{SELLER},A{id:05},9610,export,{date} 10:{minute:02}:00,{date} 11:00:00,{date} 12:00:00,{},\
                 100,100,CNY,W{id:05},{CARRIER},800\n",
                add_days(date, 5)
            ));
        }
    }
    assert_eq!(import(zone, &csv).rejects, []);
}

fn clean() -> Zone {
    let mut zone = Zone::default();
    registered(&mut zone);
    orders(&mut zone, 40);
    zone
}

const PENALTY: &str = concat!(
    "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_WFXW,CF_CFLB,CF_NR_FK,CF_NR_WFFF,CF_NR_ZKDX,CF_JDRQ,",
    "CF_GSJZQ,CF_CFJGDM,CF_XFRQ",
);

fn punished(zone: &mut Zone, number: &str, kinds: &str, fine_wan: &str, decided: &str, rest: [&str; 3]) {
    let [violation, until, repaired] = rest;
    let text = format!(
        "{PENALTY}\n宜宾甲贸易有限公司,{SELLER},{number},{violation},{kinds},{fine_wan},0,,{decided},{until},11511500008722000X,{repaired}\n"
    );
    assert_eq!(import(zone, &text).rejects, []);
}

#[test]
fn maxima_of_every_type_add_up_to_the_source_weight() {
    for (kind, weights) in WEIGHTS.iter().enumerate() {
        for (source, weight) in weights.iter().enumerate() {
            let sum: i128 = CATALOGUE.iter().filter(|e| source_of(e.id) == source).map(|e| e.max[kind]).sum();
            assert_eq!(sum, *weight, "E{} S{}", kind + 1, source + 1);
        }
    }
}

#[test]
fn uscc_check_digits_of_the_published_examples() {
    for good in ["91511502MA6TEXT13K", "91511504MA6TEXT21B", "91511725MA6TEXT48T", "91511500MA6AAAA000"] {
        assert_eq!(check::uscc(&good.to_lowercase()), Ok(good.to_owned()));
    }
    assert_eq!(check::uscc("91511502MA6TEXT13L"), Err("uscc_check_digit"));
    assert_eq!(check::uscc("91511502MA6TEXT13I"), Err("uscc_alphabet"));
    assert_eq!(check::uscc("9151150２MA6TEXT13K"), Err("uscc_alphabet"));
}

#[test]
fn months_are_clamped_and_counted_as_a7_says() {
    assert_eq!(add_months(day("2026-05-31"), -3), day("2026-02-28"));
    assert_eq!(months_since(day("2026-01-31"), day("2026-02-28")), 1);
    assert_eq!(months_since(day("2026-01-31"), day("2026-02-27")), 0);
    assert_eq!(months_since(day("2026-03-01"), day("2026-02-27")), -1);
    let november = 2026 * 12 + 10;
    assert_eq!(last_complete_month(day("2026-11-30")), november);
    assert_eq!(last_complete_month(day("2026-11-29")), november - 1);
    assert_eq!(day("2026-11-29").month0(), 10);
}

#[test]
fn a_clean_seller_by_hand() {
    let rating = rate(&clean(), "2026-11-23");
    // S1: R02 48 months 8500, R04 0, R05 0, R06 verified, R07 4/4, R03 full, R08 redistributed: 140 of 150 remain.
    assert_eq!(exact(&rating, "R02"), Fraction::whole(48));
    assert_eq!(exact(&rating, "R03"), Fraction::new(5, 4));
    assert_eq!(rating.indicator("R08").state, State::NotApplicable);
    assert_eq!(rating.sub_scores[0], Fraction::new(150 * (120 * 10_000 + 20 * 8500), 10_000 * 140));
    // S2: no commitments, samplings, public rating: 350−15−15−5 = 315; P03 REG 7500, P05 unrated 7000.
    let s2 = 10_000 * 215 + 60 * 7500 + 40 * 7000;
    assert_eq!(rating.sub_scores[1], Fraction::new(350 * s2, 10_000 * 315));
    assert_eq!(exact(&rating, "T10"), Fraction::whole(12));
    assert_eq!(exact(&rating, "T01"), Fraction::whole(1));
    assert_eq!(rating.indicator("T01").n, Some(120));
    assert_eq!(rating.indicator("T05").state, State::NotApplicable);
    assert_eq!(rating.n_reasons, Vec::<&str>::new());
    assert_eq!(rating.vetoes, Vec::<&str>::new());
}

/// Ruling A2: one 一般 penalty of 3 万元 three months ago costs 38.5·350/315 points.
#[test]
fn one_ordinary_penalty_costs_what_the_ruling_says() {
    let before = rate(&clean(), "2026-11-23");
    let mut zone = clean();
    punished(&mut zone, "宜市监罚〔2026〕1号", "罚款", "3", "2026-08-20", ["虚假宣传", "", ""]);
    let after = rate(&zone, "2026-11-23");
    assert_eq!(exact(&after, "P01"), Fraction::new(3 * 840_896, 1_000_000));
    assert_eq!(exact(&after, "P02"), Fraction::whole(3));
    let loss: Fraction = before.sub_scores[1] - after.sub_scores[1];
    assert_eq!(loss, Fraction::new(385 * 350, 10 * 315));
}

#[test]
fn a_penalty_ends_by_period_repair_or_publication_date() {
    let load = |until: &str, repaired: &str, as_of: &str| {
        let mut zone = clean();
        punished(&mut zone, "1号", "罚款", "3", "2025-08-31", ["", until, repaired]);
        exact(&rate(&zone, as_of), "P02")
    };
    let (three, zero) = (Fraction::whole(3), Fraction::whole(0));
    assert_eq!(load("", "", "2026-08-31"), three);
    assert_eq!(load("", "", "2026-09-01"), zero);
    assert_eq!(load("2026-01-31", "", "2026-01-31"), three);
    assert_eq!(load("2026-01-31", "", "2026-02-01"), zero);
    assert_eq!(load("", "2026-01-31", "2026-01-30"), three);
    assert_eq!(load("", "2026-01-31", "2026-01-31"), zero);
    assert_eq!(load("2029-01-01", "", "2028-08-30"), three);
    assert_eq!(load("2029-01-01", "", "2028-08-31"), zero);
}

#[test]
fn severity_of_a_penalty() {
    let load = |kinds: &str, fine: &str| {
        let mut zone = clean();
        punished(&mut zone, "1号", kinds, fine, "2026-11-23", ["", "", ""]);
        exact(&rate(&zone, "2026-11-23"), "P01")
    };
    assert_eq!(load("警告", "0"), Fraction::whole(1));
    assert_eq!(load("警告；通报批评", "0"), Fraction::whole(1));
    assert_eq!(load("罚款", "0.3"), Fraction::whole(1));
    assert_eq!(load("罚款", "0.300001"), Fraction::whole(3));
    assert_eq!(load("警告、罚款", "0.1"), Fraction::whole(3));
    assert_eq!(load("罚款", "50"), Fraction::whole(8));
    assert_eq!(load("暂扣许可证件", "0"), Fraction::whole(8));
}

#[test]
fn a_document_number_is_the_same_in_other_brackets() {
    let mut zone = clean();
    punished(&mut zone, "宜罚〔2026〕1号", "罚款", "3", "2026-08-20", ["", "", ""]);
    punished(&mut zone, "宜罚[2026]1号", "罚款", "2", "2026-08-20", ["", "", ""]);
    assert_eq!(exact(&rate(&zone, "2026-11-23"), "P02"), Fraction::whole(2));
}

#[test]
fn money_in_the_wording_of_an_old_decision() {
    assert_eq!(money_in_words("处罚款3万元，没收违法所得5000元"), Fraction::new(35, 10));
    assert_eq!(money_in_words("给予警告"), Fraction::whole(0));
    assert_eq!(money_in_words("罚款人民币12.5万元整；另行通知2026年"), Fraction::new(25, 2));
}

#[test]
fn caps_vetoes_and_unrated_in_their_order() {
    let with = |text: &str| {
        let mut zone = clean();
        assert_eq!(import(&mut zone, text).rejects, []);
        let rating = rate(&zone, "2026-11-23");
        (
            rating.score,
            rating.grade_by_score,
            rating.vetoes,
            rating.caps.iter().map(|c| c.1).collect::<Vec<_>>(),
        )
    };
    let list = |list: &str, removed: &str| {
        format!(
            "uscc,list,decision_no,authority,effective_on,expires_on,removed_on\n{SELLER},{list},1,某局,2026-01-01,,{removed}\n"
        )
    };
    let class = |authority: &str, class: &str| {
        format!("uscc,authority,class,valid_from\n{SELLER},{authority},{class},2026-01-01\n")
    };
    assert_eq!(with(&list("abnormal_operation", "")), (699, "BB", vec![], vec![699]));
    assert_eq!(with(&list("abnormal_operation", "2026-11-23")).3, Vec::<i128>::new());
    assert_eq!(with(&list("abnormal_operation", "2026-11-24")).3, vec![699]);
    assert_eq!(with(&class("safe", "B")).3, vec![779]);
    assert_eq!(with(&class("safe", "C")).0, 599);
    assert_eq!(with(&class("tax", "D")).0, 599);
    assert_eq!(with(&class("customs", "DIS")), (549, "D", vec![], vec![549]));
    assert_eq!(with(&class("customs", "SDIS")), (399, "D", vec!["V2"], vec![]));
    assert_eq!(with(&list("judgment_defaulter", "")), (399, "D", vec!["V3"], vec![]));
    assert_eq!(with(&list("ip_serious", "")).2, vec!["V1"]);
    assert_eq!(
        [549, 550, 699, 700, 779, 780, 859, 860, 929, 930].map(band),
        ["D", "BB", "BB", "BBB", "BBB", "A", "A", "AA", "AA", "AAA"]
    );
}

#[test]
fn too_young_or_without_trade_is_unrated_but_scored() {
    let mut zone = Zone::default();
    registered(&mut zone);
    let rating = rate(&zone, "2026-11-23");
    assert_eq!(rating.grade_by_score, "N");
    assert!(rating.n_reasons.contains(&"no_transactions"));
    assert!(rating.score > 0);
    let young = rate(&clean(), "2023-04-30");
    assert!(young.n_reasons.contains(&"age"));
    assert!(!rate(&clean(), "2026-11-23").n_reasons.contains(&"age"));
}

#[test]
fn lists_and_classes_speak_for_s2() {
    let mut zone = clean();
    import(
        &mut zone,
        &format!(
            "uscc,list,decision_no,authority,effective_on,expires_on,removed_on\n{SELLER},abnormal_operation,1,某局,2026-01-01,,2026-06-01\n"
        ),
    );
    assert_eq!(word(&rate(&zone, "2026-05-31"), "P06"), "listed");
    assert_eq!(word(&rate(&zone, "2026-06-01"), "P06"), "recently_removed");
    assert_eq!(word(&rate(&zone, "2026-11-30"), "P06"), "recently_removed");
    assert_eq!(word(&rate(&zone, "2026-12-01"), "P06"), "none");
    import(
        &mut zone,
        &format!(
            "uscc,authority,class,valid_from,valid_to\n{SELLER},tax,A,2026-01-01,\n{SELLER},tax,B,2026-05-01,2026-06-30\n"
        ),
    );
    assert_eq!(word(&rate(&zone, "2026-06-30"), "P05"), "B");
    assert_eq!(word(&rate(&zone, "2026-07-01"), "P05"), "A");
}

#[test]
fn registration_sources_are_compared_and_the_last_row_answers() {
    let row = |name: &str, phone: &str, source: &str| {
        format!(
            "{SELLER},{name},存续,2022-11-01,1000000,1000000,张三,宜宾市一号,511502,F51,ecommerce,2023-01-01,5115960001,true,true,2025,verified,{phone},{source}"
        )
    };
    let found = |rows: &[String]| {
        let mut zone = Zone::default();
        assert_eq!(import(&mut zone, &format!("{REGISTRATION}\n{}\n", rows.join("\n"))).rejects, []);
        word(&rate(&zone, "2026-11-23"), "R01")
    };
    assert_eq!(found(&[row("甲", "1", "samr"), row("甲", "1", "zone"), row("乙", "2", "")]), "consistent");
    assert_eq!(found(&[row("甲", "1", "samr"), row("甲", "2", "zone")]), "soft_mismatch");
    assert_eq!(found(&[row("甲", "1", "samr"), row("甲", "", "zone")]), "consistent");
    assert_eq!(found(&[row("甲", "1", "samr"), row("乙", "1", "zone")]), "hard_mismatch");
    assert_eq!(
        found(&[row("甲", "1", "samr"), row("乙", "1", "zone"), row("甲", "1", "zone")]),
        "consistent"
    );
}

#[test]
fn a_reused_waybill_costs_the_later_row_only() {
    let mut zone = clean();
    // The waybill of the first order of 2026-10-15 again, six weeks on.
    import(
        &mut zone,
        &format!(
            "uscc,order_no,mode,direction,ordered_at,shipped_at,amount_cny,currency,logistics_no,logistics_uscc,customs_status\n{SELLER},Z1,9610,export,2026-11-20,2026-11-20,100,CNY,W00440,{CARRIER},800\n"
        ),
    );
    let rating = rate(&zone, "2026-11-23");
    assert_eq!(exact(&rating, "T01"), Fraction::new(120, 121));
    assert_eq!(exact(&rating, "T15"), Fraction::new(1, 121));
}

#[test]
fn each_bad_row_is_lost_alone_with_its_code() {
    let mut zone = Zone::default();
    let row =
        |amount: &str, date: &str, extra: &str| format!("{SELLER},A1,9610,export,{date},{amount},CNY{extra}");
    let text = [
        "uscc,order_no,mode,direction,ordered_at,amount_cny,currency".to_owned(),
        row("1.00", "2026-01-01", ""),
        row("-1", "2026-01-01", ""),
        row("１", "2026-01-01", ""),
        row("1.001", "2026-01-01", ""),
        row("1", "2026-02-30", ""),
        row("1", "2026-01-01", ",x"),
        row("", "2026-01-01", ""),
        row("1", "2026-01-01", "\u{1}"),
        row("1", "2026-01-01", "\"x"),
        row("2.00", "2026-01-01", ""),
    ]
    .join("\n");
    let report = import(&mut zone, &text);
    let codes: Vec<_> = report.rejects.iter().map(|r| (r.line, r.column.as_str(), r.code)).collect();
    assert_eq!(
        codes,
        [
            (3, "amount_cny", "negative"),
            (4, "amount_cny", "number"),
            (5, "amount_cny", "number"),
            (6, "ordered_at", "date"),
            (7, "", "column_count"),
            (8, "amount_cny", "missing"),
            (9, "", "control_char"),
            (10, "", "quote"),
        ]
    );
    assert_eq!(report.accepted, 2);
    assert_eq!(zone.orders.len(), 1);
    assert_eq!(zone.orders.values().next().unwrap().amount, Fraction::whole(2));
}

#[test]
fn encodings_and_json_lines() {
    let mut zone = Zone::default();
    let text = format!("uscc,changed_on,item,before,after\n{SELLER},2026-01-01,名称变更,\"旧\n名\",新名\n");
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    assert_eq!(zone.import_bytes(Path::new("x"), &gb).accepted, 1);
    // One cut character does not turn a UTF-8 file into another encoding.
    let mut cut = text.clone().into_bytes();
    cut.extend_from_slice(format!("{SELLER},2026-01-02,").as_bytes());
    cut.extend_from_slice(b"\xE4\xBD,a,b\n");
    let report = zone.import_bytes(Path::new("x"), &cut);
    assert_eq!((report.accepted, report.rejects[0].line, report.rejects[0].code), (1, 4, "encoding"));
    let json = format!(
        "{{\"uscc\":\"{SELLER}\",\"order_no\":\"1\",\"mode\":\"9610\",\"direction\":\"export\",\"ordered_at\":\"2026-01-01T20:00:00Z\",\"amount_cny\":12.3,\"currency\":\"142\",\"paid_at\":null}}\n{{\n"
    );
    let report = zone.import_bytes(Path::new("x"), json.as_bytes());
    assert_eq!((report.accepted, report.rejects[0].code), (1, "json"));
    assert_eq!(zone.orders.values().next().unwrap().ordered_at.to_string(), "2026-01-02 04:00:00");
    assert_eq!(zone.import_bytes(Path::new("x"), b"").refused, Some("empty_file"));
}
