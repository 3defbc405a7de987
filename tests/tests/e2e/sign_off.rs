//! A fall of two or more grades waits for two persons, on the command line and over HTTP.

use chrono::{Datelike, Days, NaiveDate};
use xinji_tests::harness::{
    EnterpriseBuilder, OrderBuilder, Server, SourceRow, Zone, for_each_database, uscc,
};

use crate::fixtures::evaluate;

fn today() -> NaiveDate {
    (chrono::Utc::now() + chrono::Duration::hours(8)).date_naive()
}

fn days_ago(days: u64) -> NaiveDate {
    today().checked_sub_days(Days::new(days)).unwrap()
}

/// A seller that trades up to today, rated at the end of last month; then customs finds it dishonest.
fn fallen(zone: &Zone) -> String {
    let seller = EnterpriseBuilder::new(1).with("last_annual_report_year", today().year() - 1);
    let order = |number: u64| {
        OrderBuilder::new(&uscc(1), &format!("S{number:04}"), &days_ago(number % 390).to_string()).build()
    };
    let orders: Vec<SourceRow> = (0..780).map(order).collect();
    zone.import(&[zone.write("registration", &[seller.build()]), zone.write("transactions", &orders)]).ok();
    let month_end = today().with_day(1).unwrap().pred_opt().unwrap();
    evaluate(zone, &month_end.to_string());
    let class =
        SourceRow::of(&[("authority", "customs"), ("class", "DIS"), ("decision_no", "宜关失〔2026〕7号")])
            .set("uscc", uscc(1))
            .set("valid_from", today());
    zone.import(&[zone.write("classes", &[class])]).ok();
    uscc(1)
}

fn sign(server: &Server, path: &str, token: &str, purpose: &str, body: &str) -> xinji_tests::harness::Answer {
    let mut headers =
        vec![("content-type", "application/json"), ("idempotency-key", "second"), ("accept-language", "en")];
    headers.extend(
        [("authorization", token), ("x-purpose", purpose)].into_iter().filter(|(_, value)| !value.is_empty()),
    );
    server.post(path, &headers, body.as_bytes())
}

#[test]
fn a_fall_of_two_grades_waits_until_two_persons_have_signed() {
    for_each_database(|zone| {
        let seller = fallen(zone);
        let show = || zone.cli(&["show", &seller, "--json"]).ok().json();
        let before = show();
        assert_eq!(
            (&before["grade_why"], &before["pending_grade"]),
            (&"awaits_sign_off".into(), &"D".into()),
            "{before}"
        );
        assert_eq!(before["sign_off"]["state"], "awaited");
        assert!(before["sign_off"]["text"].as_str().unwrap().contains("rating sign-off"), "{before}");
        let waiting = zone.cli(&["rating", "waiting", "--lang", "en"]).ok();
        assert!(waiting.stdout.contains(&seller), "{}", waiting.all());

        let by = |name: &str, grade: &str| {
            zone.cli(&[
                "rating",
                "sign-off",
                &seller,
                "--grade",
                grade,
                "--by",
                name,
                "--reason",
                "宜关失〔2026〕7号",
            ])
        };
        by("王一", "BB").code_is(1);
        by("Wang Yi", "D").ok();
        assert_eq!((&show()["grade"], &show()["sign_off"]["state"]), (&before["grade"], &"proposed".into()));
        let twice = by(" wang  YI ", "D").code_is(1);
        assert!(twice.stderr.contains("另一人"), "{}", twice.all());

        let server = zone.serve();
        let token = format!("Bearer {}", zone.token());
        let path = format!("/api/v1/enterprises/{seller}/rating/sign-off");
        let body = r#"{"grade": "D", "by": "李二", "reason": "复核属实"}"#;
        assert_eq!(sign(&server, &path, "", "supervision", body).status, 401);
        let refused = sign(&server, &path, &token, "", body);
        assert_eq!(refused.status, 403);
        assert!(refused.json()["purposes"].as_array().unwrap().contains(&"supervision".into()));
        let same = r#"{"grade": "D", "by": "wang yi", "reason": "复核属实"}"#;
        let refused = sign(&server, &path, &token, "supervision", same);
        assert_eq!((refused.status, &refused.json()["errors"][0]["pointer"]), (409, &"#/by".into()));
        let signed = sign(&server, &path, &token, "supervision", body);
        assert_eq!((signed.status, &signed.json()["state"]), (200, &"approved".into()), "{}", signed.body);
        let again = sign(&server, &path, &token, "supervision", body);
        assert_eq!((again.status, &again.body), (200, &signed.body));

        let headers = [("authorization", token.as_str()), ("x-purpose", "supervision")];
        let rating = server.get(&format!("/api/v1/enterprises/{seller}/rating"), &headers).json();
        assert_eq!((&rating["grade"], &rating["grade_why"]), (&"D".into(), &"signed_off".into()), "{rating}");
        assert_eq!(rating["anchor"]["state"], "sequenced", "{rating}");
        let history = server.get(&format!("/api/v1/enterprises/{seller}/ratings"), &headers).json();
        let record = &history["items"][0]["sign_off"];
        assert_eq!(
            (&record["proposed_by"], &record["approved_by"]),
            (&"Wang Yi".into(), &"李二".into()),
            "{history}"
        );
        drop(server);

        // The signatures are behind the leaf: the receipt carries their digest, and nobody changes them unseen.
        let receipt = crate::fixtures::receipt(zone, &seller);
        zone.node(&["verify", receipt.to_str().unwrap()]).ok();
        zone.cli(&["doctor"]).ok();
        zone.query(&format!("UPDATE sign_offs SET approved_by = 'Wang Yi' WHERE uscc = '{seller}'"));
        let found = zone.cli(&["doctor"]).code_is(1);
        assert!(found.stdout.contains(&format!("sign_offs {seller} seq 1")), "{}", found.all());
    });
}
