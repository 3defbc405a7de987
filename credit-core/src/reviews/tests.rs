use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::dates::{Moment, day_number, from_day_number};
use crate::facts::ReviewFacts;
use crate::indicator::SubjectKind;
use crate::records::{Order, Review};
use crate::reviews::exact::{ReviewPass, ReviewSubjects, ReviewZone};
use crate::reviews::signs::ReviewSigns;
use crate::reviews::similarity::near_duplicates;
use crate::reviews::suspicion::*;
use crate::reviews::tally::*;
use crate::trade::samples::{at, date, import, noon, uscc};

const D: &str = "2025-12-31";

fn review(id: &str, age: i32, buyer: &str, rating: u8) -> Review {
    Review {
        review_id: id.to_owned(),
        platform_uscc: uscc(30),
        uscc: uscc(1),
        order_no: None,
        rating,
        created_at: at(day_number(date(D)) - age, 600),
        verified_purchase: true,
        buyer_token: buyer.to_owned(),
        counterparty_token: None,
        text_hash: None,
        simhash: None,
        deleted: false,
        incentive: false,
        merchant_replied_at: None,
        event_id: None,
    }
}

fn facts(reviews: &[Review], orders: &[Order], asked: (u32, SubjectKind)) -> ReviewFacts {
    let as_of = date(D);
    let asked = (uscc(asked.0), asked.1);
    let subjects = ReviewSubjects { asked: BTreeSet::from([asked]), excluded_events: BTreeMap::new() };
    row_road(reviews, orders, as_of, &subjects).remove(&asked).unwrap()
}

type Found = BTreeMap<(crate::uscc::Uscc, SubjectKind), ReviewFacts>;

fn row_road(
    reviews: &[Review],
    orders: &[Order],
    as_of: chrono::NaiveDate,
    subjects: &ReviewSubjects,
) -> Found {
    let zone = ReviewZone::of(reviews, as_of);
    let mut index = OrderIndex::new(as_of);
    orders.iter().for_each(|order| index.add(order));
    let mut pass = ReviewPass::new(as_of, &zone, subjects, |number: &str, uscc: &_| index.find(number, uscc));
    let mut by_reviewed: BTreeMap<_, Vec<Review>> = BTreeMap::new();
    for review in reviews {
        by_reviewed.entry(review.uscc).or_default().push(review.clone());
    }
    by_reviewed.values().for_each(|reviews| pass.add_reviewed(reviews));
    pass.finish()
}

#[test]
fn verified_reviews_count_in_their_windows() {
    let reviews = [
        review("1", 0, "a", 5),
        review("2", 89, "b", 2),
        review("3", 90, "c", 1),
        review("4", 364, "d", 3),
        review("5", 365, "e", 1),
        review("6", -1, "f", 1),
        Review { verified_purchase: false, ..review("7", 1, "g", 1) },
        Review { deleted: true, ..review("8", 1, "h", 1) },
        Review { uscc: uscc(2), ..review("9", 1, "i", 4) },
    ];
    let expected = ReviewFacts {
        verified_365: 4,
        stars_365: 11,
        zone_verified_365: 5,
        zone_stars_365: 15,
        low_365: 2,
        verified_90: 2,
        low_90: 1,
        all_365: 5,
        suspicious_365: 0,
        signs: ReviewSigns { stars: [2, 1, 1, 0, 1], low: 4, low_deleted: 1, ..ReviewSigns::default() },
    };
    assert_eq!(facts(&reviews, &[], (1, SubjectKind::E1)), expected);
    assert_eq!(facts(&reviews, &[], (1, SubjectKind::E3)), expected);
    assert_eq!(facts(&reviews, &[], (30, SubjectKind::E2)).verified_365, 5, "platforms by platform_uscc");
    assert_eq!(facts(&reviews, &[], (30, SubjectKind::E1)).all_365, 0);
    assert_eq!(facts(&reviews, &[], (1, SubjectKind::E2)).all_365, 0);
}

#[test]
fn reviews_are_counted_by_the_chapter_of_their_orders() {
    let of = |number: &str, hs_code: Option<&str>| Order {
        hs_code: hs_code.map(str::to_owned),
        ..import(uscc(1), number, "2025-12-01")
    };
    let orders = [of("1", Some("3304990029")), of("2", Some("6403990090")), of("3", None)];
    let about = |at: u32, number: &str, rating| Review {
        order_no: Some(number.to_owned()),
        ..review(&at.to_string(), 1, &format!("b{at}"), rating)
    };
    let mut reviews =
        vec![about(1, "1", 5), about(2, "1", 1), about(3, "2", 4), about(4, "3", 5), about(5, "none", 5)];
    reviews.push(review("6", 1, "b6", 2));
    reviews.push(Review { deleted: true, ..about(7, "1", 1) });
    let signs = facts(&reviews, &orders, (1, SubjectKind::E1)).signs;
    assert_eq!(signs.stars, [1, 1, 0, 1, 3]);
    let chapters: Vec<(&str, [u64; 5])> =
        signs.chapters.iter().map(|(one, stars)| (one.as_str(), *stars)).collect();
    assert_eq!(chapters, [("33", [1, 0, 0, 0, 1]), ("64", [0, 0, 0, 1, 0])]);
    // Two merchants' orders of one number: a chapter that they share, or none.
    let mut index = OrderIndex::new(date(D));
    let other =
        |hs_code: &str| Order { uscc: uscc(2), logistics_uscc: Some(uscc(9)), ..of("1", Some(hs_code)) };
    index.add(&Order { logistics_uscc: Some(uscc(9)), ..of("1", Some("3304990029")) });
    index.add(&other("3305100090"));
    assert_eq!(
        index.find("1", &uscc(9)).unwrap().chapter.map(|one| one.as_str().to_owned()).as_deref(),
        Some("33")
    );
    index.add(&Order { order_no: "1".to_owned(), ..other("6403990090") });
    assert_eq!(index.find("1", &uscc(9)).unwrap().chapter, None);
}

fn found(review: &Review, orders: &[Order]) -> Suspicion {
    let mut index = OrderIndex::new(date(D));
    orders.iter().for_each(|order| index.add(order));
    suspicions(&[review], &BurstDays::default(), |number, uscc| index.find(number, uscc))[0]
}

#[test]
fn f1_needs_an_order_in_which_the_reviewed_takes_part() {
    let mut about = review("1", 10, "a", 5);
    assert!(!found(&about, &[]).no_order, "a platform that withholds numbers is not flagged");
    about.order_no = Some(String::new());
    assert!(!found(&about, &[]).no_order);
    about.order_no = Some("77".to_owned());
    assert!(found(&about, &[]).no_order && found(&about, &[]).is_suspicious());
    let order = import(uscc(1), "77", "2025-06-01");
    assert!(!found(&about, std::slice::from_ref(&order)).no_order);
    let others = Order { uscc: uscc(2), ..order.clone() };
    assert!(found(&about, std::slice::from_ref(&others)).no_order);
    let x = Some(uscc(1));
    for order in [
        Order { platform_uscc: x, ..others.clone() },
        Order { logistics_uscc: x, ..others.clone() },
        Order { payment_uscc: x, ..others.clone() },
        Order { agent_uscc: x, ..others.clone() },
        Order { warehouse_uscc: x, ..others },
    ] {
        assert!(!found(&about, &[order]).no_order);
    }
    assert!(found(&about, &[import(uscc(1), "77", "2026-01-01")]).no_order, "ordered after D");
}

#[test]
fn f2_compares_instants_with_the_delivery_known_at_d() {
    let mut about = review("1", 10, "a", 5);
    about.order_no = Some("77".to_owned());
    let delivered = |at: Option<Moment>| Order { delivered_at: at, ..import(uscc(1), "77", "2025-06-01") };
    let early = |order: &Order| found(&about, std::slice::from_ref(order)).before_delivery;
    assert!(!early(&delivered(Some(about.created_at))));
    assert!(early(&delivered(Some(Moment(about.created_at.0 + 1)))));
    assert!(!early(&delivered(None)));
    assert!(!early(&delivered(Some(noon("2026-01-01")))), "a delivery after D is not known");
    let two = [
        Order { uscc: uscc(2), platform_uscc: Some(uscc(1)), ..delivered(Some(noon("2025-06-02"))) },
        delivered(Some(Moment(about.created_at.0 + 1))),
    ];
    assert!(!found(&about, &two).before_delivery, "the order that speaks least against it");
}

#[test]
fn two_rules_make_a_review_suspicious_one_does_not() {
    let rules = |n: usize, no_order: bool| Suspicion {
        no_order,
        before_delivery: n > 0,
        copied: n > 1,
        burst: n > 2,
        incentive: n > 3,
    };
    assert!(!rules(0, false).is_suspicious() && !rules(1, false).is_suspicious());
    assert!((2..5).all(|n| rules(n, false).is_suspicious()));
    assert!(rules(0, true).is_suspicious());
}

#[test]
fn f5_is_ten_enterprises_on_a_shanghai_day() {
    let day = |count: u32| -> Vec<Review> {
        (0..count)
            .map(|n| Review { uscc: uscc(n), incentive: true, ..review(&n.to_string(), 5, "b", 5) })
            .collect()
    };
    let suspicious = |reviews: &[Review]| facts(reviews, &[], (1, SubjectKind::E1)).suspicious_365;
    assert_eq!(suspicious(&day(9)), 0);
    assert_eq!(suspicious(&day(10)), 1);
    let mut next_day = day(10);
    next_day[9].created_at = Moment(next_day[9].created_at.0 + 86_400_000);
    assert_eq!(suspicious(&next_day), 0);
    let mut deleted = day(10);
    deleted[9].deleted = true;
    assert_eq!(suspicious(&deleted), 0);
    let mut again = day(10);
    again[9].uscc = uscc(0);
    assert_eq!(suspicious(&again), 0, "distinct enterprises");
}

#[test]
fn f3_takes_five_buyers_within_three_bits() {
    let base = 0x0123_4567_89AB_CDEF_u64;
    let near = [base, base ^ 1, base ^ (0b111 << 20), base ^ (1 << 63), base ^ (0b11 << 40)];
    let tokens = ["a", "b", "c", "d", "e"];
    let all: Vec<(u64, &str)> = near.into_iter().zip(tokens).collect();
    assert!(near_duplicates(&all)[0], "every one is within three bits of the first");
    assert_eq!(near_duplicates(&all[..4]), [false; 4]);
    let mut far = all.clone();
    far[1].0 = base ^ 0b1111;
    assert!(!near_duplicates(&far)[0]);
    let mut same_buyer = all;
    same_buyer[4].1 = "a";
    assert_eq!(near_duplicates(&same_buyer), [false; 5]);
}

#[test]
fn f3_copes_with_many_copies_of_one_text() {
    let reviews: Vec<(u64, &str)> = (0..200_000).map(|n| (7, if n % 2 == 0 { "a" } else { "b" })).collect();
    assert!(near_duplicates(&reviews).iter().all(|near| !near));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn f3_equals_its_definition(rows in prop::collection::vec((0u64..3, any::<[u8; 3]>(), 0u8..7, 0u8..4), 0..60)) {
        let tokens = ["a", "b", "c", "d", "e", "f", "g"];
        let reviews: Vec<(u64, &str)> = rows
            .iter()
            .map(|(base, bits, token, flips)| {
                let hash = bits
                    .iter()
                    .take(usize::from(*flips))
                    .fold(base.wrapping_mul(0x9E37_79B9_7F4A_7C15), |hash, bit| hash ^ (1 << (bit % 64)));
                (hash, tokens[usize::from(*token)])
            })
            .collect();
        let expected: Vec<bool> = reviews
            .iter()
            .map(|(hash, _)| {
                let near = reviews.iter().filter(|(other, _)| (hash ^ other).count_ones() <= 3);
                near.map(|(_, token)| token).collect::<BTreeSet<_>>().len() >= 5
            })
            .collect();
        prop_assert_eq!(near_duplicates(&reviews), expected);
    }

    #[test]
    fn review_roads_agree(rows in prop::collection::vec(any::<[u8; 8]>(), 0..100), back in -5i32..420) {
        let as_of = from_day_number(day_number(date(D)) - back);
        let reviews: Vec<Review> = rows.iter().enumerate().map(|(n, b)| Review {
            uscc: uscc(u32::from(b[0] % 12)),
            platform_uscc: uscc(30 + u32::from(b[1] % 2)),
            verified_purchase: b[2] % 4 > 0,
            deleted: b[2] > 230,
            incentive: b[3] % 2 == 0,
            order_no: (b[4] > 200).then(|| "none".to_owned()),
            simhash: Some(u64::from(b[5] % 4)),
            event_id: (b[4] < 60).then(|| (b[4] % 3).to_string()),
            ..review(&n.to_string(), i32::from(b[6] % 8) * 60, &(b[7] % 6).to_string(), 1 + b[3] % 5)
        }).collect();
        let events = BTreeSet::from(["1".to_owned()]);
        let asked: BTreeSet<_> = [0, 1, 2, 30, 31].into_iter().map(uscc)
            .flat_map(|uscc| SubjectKind::ALL.map(|kind| (uscc, kind))).collect();
        let excluded_events = BTreeMap::from([(uscc(1), events.clone()), (uscc(30), events.clone())]);
        let subjects = ReviewSubjects { asked, excluded_events };
        let rows = row_road(&reviews, &[], as_of, &subjects);

        let mut days: BTreeMap<ReviewKey, ReviewCounters> = BTreeMap::new();
        for review in &reviews {
            *days.entry(ReviewKey::of(review)).or_default() += review_counters(review);
        }
        let mut zone = ReviewTally::new(as_of);
        days.iter().for_each(|(key, counters)| zone.add_day(key.day, *counters));
        let bursts = BurstDays::of(&reviews, as_of);
        let mut judged: Vec<(&Review, Suspicion)> = Vec::new();
        for number in 0..12 {
            let of_one: Vec<&Review> =
                reviews.iter().filter(|r| r.uscc == uscc(number) && counts(r, as_of)).collect();
            let found = suspicions(&of_one, &bursts, |_, _| None);
            judged.extend(of_one.into_iter().zip(found));
        }
        for (asked, facts) in rows {
            let mut tally = ReviewTally::new(as_of);
            for (key, counters) in days.iter().filter(|(key, _)| key.in_population(asked.0, asked.1)) {
                tally.add_day(key.day, *counters);
            }
            for (review, suspicion) in &judged {
                let key = ReviewKey::of(review);
                if !key.in_population(asked.0, asked.1) {
                    continue;
                }
                let excluded = subjects.excluded_events.contains_key(&asked.0)
                    && review.event_id.as_deref() == Some("1");
                if excluded {
                    tally.add_day(key.day, -review_counters(review));
                } else {
                    tally.add_suspicious(i64::from(suspicion.is_suspicious()));
                }
            }
            let signs = facts.signs.clone();
            prop_assert_eq!(ReviewFacts { signs, ..tally.finish(&zone) }, facts);
        }
    }
}
