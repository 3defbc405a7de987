//! What is counted from rows, and what a month left behind, changed by hand.

use xinji_tests::harness::{OrderBuilder, SourceRow, for_each_database, uscc};

use crate::fixtures::{AS_OF, another_file, evaluate, small_zone};

fn reviews() -> Vec<SourceRow> {
    let review = |number: u32| {
        SourceRow::of(&[("rating", "4"), ("verified_purchase", "true"), ("deleted", "false")])
            .set("review_id", format!("R{number}"))
            .set("platform_uscc", uscc(3))
            .set("uscc", uscc(1))
            .set("created_at", format!("2026-11-{:02} 10:00:00", 1 + number % 5))
            .set("buyer_token", format!("b{number}"))
    };
    (0..20).map(review).collect()
}

#[test]
fn doctor_counts_anew_and_names_every_row_that_is_not_what_its_rows_say() {
    for_each_database(|zone| {
        let mut files = small_zone(zone);
        files.push(zone.write("reviews", &reviews()));
        let large = OrderBuilder::new(&uscc(1), "LARGE", "2026-11-21").with("amount_cny", "9999.00").build();
        files.push(another_file(zone, "later", "transactions", &[large]));
        // Evaluated only for the month, so that its rows have ratings to be compared with.
        let files: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
        zone.cli(&[&["import", "--no-evaluate"], files.as_slice()].concat()).ok();
        evaluate(zone, AS_OF);
        let sound = zone.cli(&["doctor"]).ok();
        assert!(sound.stdout.contains("days of sums"), "{}", sound.all());

        let seller = uscc(1);
        let tampering = [
            // Sums of another day in a day's place; a day gone; a day that hides what is in flight.
            format!(
                "UPDATE trade_days SET sums = (SELECT b.sums FROM trade_days b WHERE b.uscc = '{seller}' \
                 AND b.day = (SELECT MAX(day) FROM trade_days WHERE uscc = '{seller}')) \
                 WHERE uscc = '{seller}' AND day = (SELECT MIN(day) FROM trade_days WHERE uscc = '{seller}')"
            ),
            format!("DELETE FROM trade_days WHERE uscc = '{seller}' AND day = 20583"),
            format!("UPDATE trade_days SET last_event_day = 1 WHERE uscc = '{seller}' AND day = 20584"),
            "UPDATE orders SET marks = 1 WHERE order_no = 'M05N07'".to_owned(),
            format!("DELETE FROM dealings WHERE party = '{}'", uscc(2)),
            format!("UPDATE traded_goods SET last_day = last_day - 400 WHERE uscc = '{seller}'"),
            format!(
                "UPDATE review_days SET stars = stars + 1 WHERE uscc = '{seller}' \
                 AND day = (SELECT MIN(day) FROM review_days)"
            ),
            "UPDATE zone_review_days SET low = low + 1 WHERE day = (SELECT MAX(day) FROM zone_review_days)"
                .to_owned(),
            format!("UPDATE monthly_grades SET score = score + 1 WHERE uscc = '{}'", uscc(3)),
            format!("UPDATE monthly_grades SET seq = NULL WHERE uscc = '{}'", uscc(2)),
            "UPDATE runs SET evaluated = evaluated + 1".to_owned(),
        ];
        for sql in &tampering {
            zone.query(sql);
        }
        let found = zone.cli(&["doctor"]).code_is(1).stdout;
        let names = [
            format!("trade_days {seller} 2025-11-01: its sums"),
            format!("trade_days {seller} 2026-05-10: the row is missing"),
            format!("trade_days {seller} 2026-05-11: the days it gives"),
            format!("orders {seller}|M05N07: marks is 1"),
            format!("dealings {}|{seller}: the row is missing", uscc(2)),
            "traded_goods 6109100021|502|export|".to_owned(),
            format!("review_days {seller}|2026-11-01|{}", uscc(3)),
            "zone_review_days 2026-11-05".to_owned(),
            format!("monthly_grades {} {AS_OF}", uscc(3)),
            format!("monthly_grades {} {AS_OF}", uscc(2)),
            "runs run-".to_owned(),
        ];
        for name in names {
            assert!(found.contains(&name), "{name}\n{found}");
        }
    });
}
