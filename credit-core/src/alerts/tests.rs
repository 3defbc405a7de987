//! Every rule of the release, just hit and just not hit; what a file is refused for; what a hit says.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{AlertRules, Group, Situation};
use crate::evaluate::{IndicatorResult, evaluate};
use crate::facts::Facts;
use crate::grade::Grade;
use crate::indicator::SubjectKind;
use crate::observe::tests::builder::{
    change, class, commitment, complaint, day, facts, inspection, listing, penalty, permit, relative,
};
use crate::observe::{ObserveParams, observe, standing};
use crate::records::{ClassAuthority, InspectionKind, ListCode, PremisesCheck};
use crate::reviews::{ReviewPeers, ReviewSigns};
use crate::rules::dated::PackError;
use crate::scorecard::Scorecard;
use crate::signals::{Compared, Pack, Payers, Peers, Sign, Signs, Tally, share_at_least, share_at_most};
use crate::trade::Hs2;

static CARD: LazyLock<Scorecard> = LazyLock::new(|| Scorecard::embedded().unwrap());
const TODAY: &str = "2026-11-23";

/// The codes of the rules that hold.
fn hits(facts: &Facts) -> Vec<String> {
    hits_after(facts, None, Grade::A)
}

static NO_PEERS: LazyLock<Peers> = LazyLock::new(Peers::default);
static NO_REVIEWS: LazyLock<ReviewPeers> = LazyLock::new(ReviewPeers::default);

/// An enterprise without sales by messages, and without relatives of relatives.
fn alone<'a>(facts: &'a Facts, indicators: &'a [IndicatorResult]) -> Situation<'a> {
    Situation {
        facts,
        indicators,
        grade: Grade::A,
        previous: None,
        sales: None,
        peers: &NO_PEERS,
        payers: Payers::default(),
        goods: Compared::default(),
        reviews: &NO_REVIEWS,
        group: Group { size: 1, bad: 0 },
    }
}

fn hits_after(facts: &Facts, previous: Option<Grade>, grade: Grade) -> Vec<String> {
    let observations = observe(facts, &ObserveParams::default());
    let evaluation = evaluate(&CARD, facts.kind, &observations, &standing(facts));
    let indicators = &evaluation.indicators;
    let found = AlertRules::embedded().run(&Situation { grade, previous, ..alone(facts, indicators) });
    assert!(found.failed.is_empty(), "{:?}", found.failed);
    found.hits.iter().map(|hit| hit.rule.code.clone()).collect()
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts(TODAY);
    change(&mut facts);
    facts
}

type Case = (&'static str, Facts, Facts);

/// A rule, facts that it just holds of, and facts that it just does not.
fn table() -> Vec<Case> {
    let trade = |change: fn(&mut Facts, u64), hit: u64, not: u64| {
        (with(|facts| change(facts, hit)), with(|facts| change(facts, not)))
    };
    let mut all: Vec<Case> = Vec::new();
    let mut add = |code: &'static str, (hit, not): (Facts, Facts)| all.push((code, hit, not));
    add("T01-LOW", trade(|f, n| (f.trade.released_90, f.trade.matched_90) = (1000, n), 899, 900));
    add("T02-REJECTED", trade(|f, n| (f.trade.declared_90, f.trade.rejected_90) = (1000, n), 50, 49));
    add("T04-HELD", trade(|f, n| (f.trade.examined_365, f.trade.held_365) = (600, n), 3, 2));
    add(
        "T05-PAYER",
        trade(
            |f, n| {
                (f.trade.import_rows_90, f.trade.import_rows_365) = (1000, 1000);
                (f.trade.payer_known_90, f.trade.payer_matches_90) = (1000, n);
            },
            899,
            900,
        ),
    );
    add(
        "T06-MONEY",
        trade(
            |f, n| {
                f.trade.export_rows_365 = 100;
                (f.trade.export_amount_365, f.trade.export_paid_365) = (1000, i128::from(n));
            },
            500,
            501,
        ),
    );
    add(
        "T09-RETURNS",
        trade(
            |f, n| {
                (f.trade.peer_rows_365, f.trade.peer_returned_365) = (1000, n);
                (f.trade.peer_expected_num, f.trade.peer_expected_den) = (10, 1);
            },
            30,
            29,
        ),
    );
    // A flat year: the deviation is floored at 0.1, so that four of them are e^0.4 = 1.491 824 7 times the usual.
    let jump = |amount: i128| {
        with(|facts| {
            let volume = |amount| crate::facts::MonthVolume { rows: 100, amount };
            facts.trade.months = (0..12).map(|_| volume(1_000_000)).chain([volume(amount)]).collect();
        })
    };
    add("T11-JUMP", (jump(1_491_825), jump(1_491_824)));
    add(
        "T12-QUOTA",
        trade(
            |f, n| {
                (f.trade.import_rows_90, f.trade.import_rows_365) = (1000, 1000);
                (f.trade.payer_known_90, f.trade.payer_matches_90) = (1000, 1000);
                f.trade.quota_flagged_90 = n;
            },
            80,
            79,
        ),
    );
    add("T13-CLUSTER", trade(|f, n| (f.trade.addressed_90, f.trade.clustered_90) = (1000, n), 150, 149));
    add("T14-PRICE", trade(|f, n| (f.trade.priced_90, f.trade.price_off_90) = (1000, n), 80, 79));
    add("T15-WAYBILL", trade(|f, n| (f.trade.waybills_90, f.trade.waybills_abnormal_90) = (1000, n), 20, 19));
    add("T16-SEQUENCE", trade(|f, n| (f.trade.rows_90, f.trade.sequence_abnormal_90) = (1000, n), 50, 49));
    add(
        "PATTERN-BORROWED",
        trade(
            |f, n| {
                (f.trade.import_rows_90, f.trade.import_rows_365) = (1000, 1000);
                (f.trade.payer_known_90, f.trade.payer_matches_90) = (1000, 1000);
                (f.trade.addressed_90, f.trade.clustered_90) = (1000, n);
                (f.trade.rows_90, f.trade.sequence_abnormal_90) = (1000, 20);
            },
            50,
            49,
        ),
    );
    for (payers, sequence, quota) in [(979, 0, 0), (1000, 20, 0), (1000, 0, 30)] {
        let crowded = |payers: u64, sequence: u64, quota: u64| {
            with(|f| {
                (f.trade.import_rows_90, f.trade.import_rows_365) = (1000, 1000);
                (f.trade.payer_known_90, f.trade.payer_matches_90) = (1000, payers);
                f.trade.quota_flagged_90 = quota;
                (f.trade.addressed_90, f.trade.clustered_90) = (1000, 50);
                (f.trade.rows_90, f.trade.sequence_abnormal_90) = (1000, sequence);
            })
        };
        add("PATTERN-BORROWED", (crowded(payers, sequence, quota), crowded(980, 19, 29)));
    }
    add(
        "PATTERN-RESALE",
        trade(
            |f, n| {
                (f.trade.import_rows_90, f.trade.import_rows_365) = (1000, 1000);
                (f.trade.payer_known_90, f.trade.payer_matches_90) = (1000, 1000);
                f.trade.quota_flagged_90 = n;
                (f.trade.addressed_90, f.trade.clustered_90) = (1000, 50);
            },
            30,
            29,
        ),
    );
    add("REVIEWS-BURST", trade(|f, n| f.reviews.signs.bursts = n, 1, 0));
    // Of a thousand at least 10 per cent are shown by 120, 90 per cent of both together by 810 beside them.
    add("REVIEWS-SHAPE", trade(|f, n| f.reviews.signs.stars = [200, 1000 - 200 - n, 0, 0, n], 760, 740));
    // Of a hundred at least 30 per cent are shown by 39.
    add(
        "REVIEWS-HIDDEN",
        trade(|f, n| (f.reviews.signs.low, f.reviews.signs.low_deleted) = (100, n), 39, 38),
    );
    add("REVIEWS-SIGNS", trade(|f, n| (f.reviews.all_365, f.reviews.suspicious_365) = (1000, n), 201, 200));
    add(
        "REVIEWS-WORSE",
        trade(
            |f, n| {
                (f.reviews.verified_365, f.reviews.low_365, f.reviews.stars_365) = (1000, 10, 4500);
                (f.reviews.verified_90, f.reviews.low_90) = (100, n);
            },
            2,
            1,
        ),
    );
    let burst = |recent: usize, before: usize| {
        with(|facts| {
            let one = |at: usize, date: &str| complaint(&format!("{date}-{at}"), date);
            facts.complaints = (0..recent).map(|at| one(at, "2026-11-01")).collect();
            facts.complaints.extend((0..before).map(|at| one(at, "2026-10-01")));
        })
    };
    add("COMPLAINTS-BURST", (burst(6, 6), burst(6, 7)));
    add("COMPLAINTS-BURST", (burst(5, 0), burst(4, 0)));
    let ends = |date: &str| {
        with(|facts| {
            facts.permits = vec![crate::records::Permit { valid_until: Some(day(date)), ..permit("证") }]
        })
    };
    add("PERMIT-ENDS", (ends("2026-12-22"), ends("2026-12-23")));
    add("PERMIT-ENDS", (ends("2026-11-23"), ends("2026-11-22")));
    let standing_until = |date: &str| {
        with(|facts| {
            let one = class(ClassAuthority::Customs, "ADV", "2024-01-01");
            facts.classes = vec![crate::records::Class { valid_to: Some(day(date)), ..one }];
        })
    };
    add("CLASS-ENDS", (standing_until("2026-12-22"), standing_until("2026-12-23")));
    let given =
        |authority, text: &str, from: &str| with(|facts| facts.classes = vec![class(authority, text, from)]);
    add(
        "CLASS-LOST",
        (given(ClassAuthority::Safe, "C", "2026-11-01"), given(ClassAuthority::Safe, "B", "2026-11-01")),
    );
    add(
        "CLASS-LOST",
        (
            given(ClassAuthority::Customs, "DIS", "2026-08-26"),
            given(ClassAuthority::Customs, "DIS", "2026-08-25"),
        ),
    );
    let fined = |date: &str, fen: i64| {
        with(|facts| {
            facts.penalties = vec![crate::records::Penalty { fine: crate::money::Fen(fen), ..penalty(date) }]
        })
    };
    add("PENALTY-NEW", (fined("2026-08-26", 1_000_000), fined("2026-08-25", 1_000_000)));
    let revoked = |date: &str, kind: &str| {
        with(|facts| {
            facts.penalties = vec![crate::records::Penalty { kinds: vec![kind.to_owned()], ..penalty(date) }]
        })
    };
    add("PENALTY-SEVERE", (revoked("2026-11-01", "吊销许可证件"), revoked("2026-11-01", "罚款")));
    let listed = |date: &str| with(|facts| facts.listings = vec![listing(ListCode::SeriousDishonesty, date)]);
    add("LISTED-NEW", (listed("2026-08-26"), listed("2026-08-25")));
    let checked = |passed: bool| {
        with(|facts| facts.inspections = vec![inspection(InspectionKind::Random, "2026-11-01", passed)])
    };
    add("INSPECTION-FAILED", (checked(false), checked(true)));
    let broken = |date: Option<&str>| {
        with(|facts| {
            let one = commitment("2026-01-01", None);
            facts.commitments =
                vec![crate::records::Commitment { breach_determined_on: date.map(day), ..one }];
        })
    };
    add("COMMITMENT-BROKEN", (broken(Some("2026-08-26")), broken(Some("2026-08-25"))));
    add("COMMITMENT-BROKEN", (broken(Some("2026-11-23")), broken(Some("2026-11-24"))));
    add("COMMITMENT-BROKEN", (broken(Some("2026-11-23")), broken(None)));
    let related = |is_listed: bool| {
        with(|facts| {
            let mut other = relative(2);
            if is_listed {
                other.listings = vec![listing(ListCode::SeriousDishonesty, "2026-01-01")];
            }
            facts.relatives = vec![other];
        })
    };
    add("RELATIVES", (related(true), related(false)));
    let visited = |check| with(|facts| facts.registration.premises_check = Some(check));
    add("PREMISES-LOST", (visited(PremisesCheck::Lost), visited(PremisesCheck::Failed)));
    all
}

#[test]
fn every_rule_holds_where_it_should_and_not_a_step_before() {
    let mut seen = BTreeSet::new();
    for (code, hit, not) in table() {
        assert!(hits(&hit).contains(&code.to_owned()), "{code} holds: {:?}", hits(&hit));
        assert!(!hits(&not).contains(&code.to_owned()), "{code} does not hold: {:?}", hits(&not));
        seen.insert(code.to_owned());
    }
    for (previous, now, holds) in [
        (Some(Grade::AA), Grade::BBB, true),
        (Some(Grade::A), Grade::BBB, false),
        (Some(Grade::BBB), Grade::AAA, false),
        (Some(Grade::N), Grade::D, false),
        (None, Grade::D, false),
    ] {
        let found = hits_after(&facts(TODAY), previous, now);
        assert_eq!(found.contains(&"GRADE-FALL".to_owned()), holds, "{previous:?} {now:?}");
    }
    seen.insert("GRADE-FALL".to_owned());
    seen.extend(OF_SALES.iter().map(|(code, ..)| (*code).to_owned()));
    seen.extend(["PATTERN-SHELL", "PATTERN-HEADING", "PAYER-FOR-MANY", "PAYER-ACROSS"].map(str::to_owned));
    let all: BTreeSet<String> = AlertRules::embedded().all().iter().map(|rule| rule.code.clone()).collect();
    assert_eq!(seen, all, "each rule has its line above");
}

/// Rules over sales: the sign, its least share, what else must be found in every sale, and whether peers matter.
const OF_SALES: [(&str, Sign, u64, Option<Sign>, bool); 9] = [
    ("PATTERN-RETOLD", Sign::LatePayment, 1_000, None, true),
    ("PATTERN-UNDERPRICED", Sign::Discount, 1_000, None, true),
    ("PATTERN-GOODS", Sign::Goods, 300, None, false),
    ("PATTERN-LOADING", Sign::Weight, 300, None, false),
    ("PATTERN-EXPORT", Sign::NotDeparted, 500, None, true),
    ("PATTERN-ROUND", Sign::RoundAmount, 2_000, None, true),
    ("PATTERN-OWNER", Sign::Money, 300, Some(Sign::Owner), false),
    ("SALES-PAYER", Sign::Payer, 300, None, false),
    ("SALES-AMOUNTS", Sign::Arithmetic, 300, None, false),
];

/// A thousand sales, of which some show a sign, and all of them another.
fn sales(found: u64, sign: Sign, every: Option<Sign>) -> Tally {
    let (every, looked) = (every.map_or(0, |sign| Signs::mask(&[sign])), Signs::mask(&Sign::ALL) << 16);
    let (mut tally, pack) = (Tally::default(), Pack::embedded());
    let shows = Signs::of_stored(looked | every | Signs::mask(&[sign]));
    tally.add(pack.departure_days, shows, found, pack);
    tally.add(pack.departure_days, Signs::of_stored(looked | every), 1_000 - found, pack);
    tally
}

#[test]
fn each_rule_over_sales_holds_from_its_share_and_against_peers() {
    let facts = facts(TODAY);
    let hits = |tally: &Tally, peers: &Peers| -> Vec<String> {
        let situation = Situation { sales: Some(tally), peers, ..alone(&facts, &[]) };
        let found = AlertRules::embedded().run(&situation);
        assert!(found.failed.is_empty(), "{:?}", found.failed);
        found.hits.iter().map(|hit| hit.rule.code.clone()).collect()
    };
    for (code, sign, least, every, by_peers) in OF_SALES {
        let first = (0..1_000).find(|found| share_at_least(*found, 1_000) >= least).unwrap();
        assert_eq!(hits(&sales(first, sign, every), &NO_PEERS), [code]);
        assert_eq!(hits(&sales(first - 1, sign, every), &NO_PEERS), Vec::<String>::new(), "{code}");
        let peers = |share| Peers::from_iter([(sign, share)]);
        let share = share_at_least(first, 1_000);
        assert_eq!(hits(&sales(first, sign, every), &peers(share / 2)), [code]);
        let beside = hits(&sales(first, sign, every), &peers(share / 2 + 1));
        assert_eq!(beside.is_empty(), by_peers, "{code}: {beside:?}");
    }
}

#[test]
fn one_payer_for_many_is_a_sign_from_three_per_cent() {
    let (facts, compared) = (facts(TODAY), sales(0, Sign::Payer, None));
    let hits = |payers: Payers| -> Vec<String> {
        let situation = Situation { sales: Some(&compared), payers, ..alone(&facts, &[]) };
        let found = AlertRules::embedded().run(&situation);
        assert!(found.failed.is_empty(), "{:?}", found.failed);
        found.hits.iter().map(|hit| hit.rule.code.clone()).collect()
    };
    let first = (0..1_000).find(|found| share_at_least(*found, 1_000) >= 300).unwrap();
    let many = |for_many, across| Payers { for_many, across };
    assert_eq!(hits(many(first, 0)), ["PAYER-FOR-MANY"]);
    assert_eq!(hits(many(0, first)), ["PAYER-ACROSS"]);
    assert_eq!(hits(many(first - 1, first - 1)), Vec::<String>::new());
    let none = Situation { payers: many(first, first), ..alone(&facts, &[]) };
    assert!(AlertRules::embedded().run(&none).hits.is_empty(), "no sales were compared");
}

#[test]
fn goods_that_others_declare_elsewhere_are_a_sign_from_three_per_cent_of_twenty_sales() {
    let facts = facts(TODAY);
    let hits = |sales, elsewhere| -> Vec<String> {
        let goods = Compared { sales, elsewhere };
        let found = AlertRules::embedded().run(&Situation { goods, ..alone(&facts, &[]) });
        assert!(found.failed.is_empty(), "{:?}", found.failed);
        found.hits.iter().map(|hit| hit.rule.code.clone()).collect()
    };
    let first = (0..200).find(|found| share_at_least(*found, 200) >= 300).unwrap();
    assert_eq!(hits(200, first), ["PATTERN-HEADING"]);
    assert!(hits(200, first - 1).is_empty());
    assert_eq!(hits(20, 20), ["PATTERN-HEADING"]);
    assert!(hits(19, 19).is_empty());
}

/// The codes of the rules that hold against these peers.
fn hits_beside(signs: ReviewSigns, reviews: &ReviewPeers) -> Vec<String> {
    let facts = with(|facts| facts.reviews.signs = signs);
    let found = AlertRules::embedded().run(&Situation { reviews, ..alone(&facts, &[]) });
    assert!(found.failed.is_empty(), "{:?}", found.failed);
    found.hits.iter().map(|hit| hit.rule.code.clone()).collect()
}

#[test]
fn the_shape_of_reviews_is_told_by_goods_of_the_same_chapter() {
    let chapter = Hs2::of("33").unwrap();
    let stars = |middle: u64| {
        let stars = [200, middle, 0, 0, 800 - middle];
        ReviewSigns { stars, chapters: [(chapter, stars)].into(), ..ReviewSigns::default() }
    };
    let peers = |share: u64| {
        let mut peers = ReviewPeers::default();
        peers.set_middle(SubjectKind::E1, chapter, share);
        peers
    };
    // Without peers nine tenths are one star and five: a tenth is not of the middle, whatever it may be at most.
    assert_eq!(hits_beside(stars(40), &NO_REVIEWS), ["REVIEWS-SHAPE"]);
    assert!(hits_beside(stars(150), &NO_REVIEWS).is_empty());
    // Where half is usual, a sixth is too little; where a tenth is usual, a twentieth is not.
    let most = (0..800).rev().find(|middle| 3 * share_at_most(*middle, 1_000) <= 5_000).unwrap();
    assert!(most > 100);
    assert_eq!(hits_beside(stars(most), &peers(5_000)), ["REVIEWS-SHAPE"]);
    assert!(hits_beside(stars(most + 1), &peers(5_000)).is_empty());
    assert!(hits_beside(stars(40), &peers(1_000)).is_empty(), "such goods are rated so");
    // Peers of another kind are none.
    let mut others = ReviewPeers::default();
    others.set_middle(SubjectKind::E2, chapter, 1_000);
    assert_eq!(hits_beside(stars(40), &others), ["REVIEWS-SHAPE"]);
}

#[test]
fn deleted_reviews_are_told_by_ten_times_the_peers() {
    let signs = |low_deleted| ReviewSigns { low: 1_000, low_deleted, ..ReviewSigns::default() };
    let peers = |share| {
        let mut peers = ReviewPeers::default();
        peers.set_hidden(SubjectKind::E1, share, 8);
        peers
    };
    let first = |least| (0..1_000).find(|found| share_at_least(*found, 1_000) >= least).unwrap();
    for (peers, least) in
        [(&*NO_REVIEWS, 3_000), (&peers(0), 500), (&peers(100), 1_001), (&peers(900), 3_000)]
    {
        assert_eq!(hits_beside(signs(first(least)), peers), ["REVIEWS-HIDDEN"], "{least}");
        assert!(hits_beside(signs(first(least) - 1), peers).is_empty(), "{least}");
    }
}

#[test]
fn the_rules_of_the_release_before_can_still_be_read() {
    let before = AlertRules::parse("a.toml", include_str!("../../data/alerts-2026.3.toml")).unwrap();
    assert_eq!(before.version, "2026.3");
    assert!(before.all().iter().all(|rule| AlertRules::embedded().get(&rule.code).is_some()));
}

#[test]
fn a_group_is_a_sign_when_several_are_bad_or_this_one_changes_often() {
    let hits = |bad: u64, changes: usize| {
        let facts = with(|facts| {
            let one = |at| change(&format!("2026-0{}-01", at + 1), "法定代表人");
            facts.changes = (0..changes).map(one).collect();
        });
        let observations = observe(&facts, &ObserveParams::default());
        let evaluation = evaluate(&CARD, facts.kind, &observations, &standing(&facts));
        let group = Group { size: 5, bad };
        let situation = Situation { group, ..alone(&facts, &evaluation.indicators) };
        let found = AlertRules::embedded().run(&situation);
        found.hits.iter().any(|hit| hit.rule.code == "PATTERN-SHELL")
    };
    assert!(hits(2, 0) && hits(1, 3));
    assert!(!hits(1, 2) && !hits(0, 5));
}

#[test]
fn an_enterprise_in_good_order_raises_nothing_and_a_small_sample_neither() {
    assert_eq!(hits(&facts(TODAY)), Vec::<String>::new());
    // The minimum of T01 is 30.
    let few = |rows| with(|facts| (facts.trade.released_90, facts.trade.matched_90) = (rows, 0));
    assert!(hits(&few(29)).is_empty());
    assert_eq!(hits(&few(30)), ["T01-LOW"]);
}

#[test]
fn a_hit_says_what_it_looked_at_and_two_records_are_two_hits() {
    let two = with(|facts| facts.penalties = vec![penalty("2026-11-01"), penalty("2026-11-02")]);
    let observations = observe(&two, &ObserveParams::default());
    let evaluation = evaluate(&CARD, two.kind, &observations, &standing(&two));
    let situation = alone(&two, &evaluation.indicators);
    let found = AlertRules::embedded().run(&situation);
    let keys: BTreeSet<&str> = found.hits.iter().map(|hit| hit.key.as_str()).collect();
    assert_eq!((found.hits.len(), keys.len()), (2, 2), "{keys:?}");
    assert!(found.hits.iter().all(|hit| hit.key.starts_with("PENALTY-NEW:")), "{keys:?}");
    let evidence = &found.hits[0].evidence;
    assert_eq!(
        evidence.values,
        [("record_days".into(), "22".into()), ("record_severity".into(), "3".into())]
    );
    assert_eq!(evidence.records[0].source, "penalties");
    assert!(evidence.records[0].key.iter().any(|part| part.contains("2026-11-01")), "{evidence:?}");
}

fn rule(when: &str, each: &str) -> String {
    format!(
        "version = \"x\"\nvalid_from = \"2026-01-01\"\n[[rule]]\ncode = \"X-1\"\nzh = \"z\"\nen = \"e\"\nwhen = '''{when}'''\n\
         each = \"{each}\"\nseverity = \"low\"\nwindow_days = 1\nassign = \"customs\"\nbasis_zh = \"z\"\nbasis_en = \"e\"\n"
    )
}

#[test]
fn a_file_is_refused_for_what_cannot_be_meant() {
    let fault = |text: &str| match AlertRules::parse("alerts.toml", text) {
        Err(PackError::Invalid(faults)) => faults[0].to_string(),
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    assert_eq!(fault(&rule("T01 < 9000 || C06 * 2 >= rows_90", "enterprise")), "");
    for (when, what) in [
        ("T01 <", "cannot be read"),
        ("T99 < 1", "\"T99\" is none"),
        ("record_days < 1", "is none of the known figures"),
        ("T01 < 0.9", "\".\" cannot be used"),
        ("T01 / 2 < 9", "\"_/_\" cannot be used"),
        ("size(string(T01)) < 9", "cannot be used"),
        ("1 < 2", "names nothing"),
        ("T01 + 1", "gives no yes or no"),
        ("T01 && true", "gives no yes or no"),
        (&format!("T01 < {}", "9".repeat(400)), "is longer"),
    ] {
        let fault = fault(&rule(when, "enterprise"));
        assert!(fault.contains(": when: X-1: ") && fault.contains(what), "{when}: {fault}");
    }
    for (from, to, what) in [
        ("X-1", "x 1", ": code: x 1: is not"),
        ("\"z\"", "\" \"", ": zh: X-1: is empty"),
        ("window_days = 1", "window_days = 0", ": window_days: X-1: cannot be 0"),
        ("\"customs\"", "\"police\"", ": assign: X-1: cannot be \"police\""),
        ("severity = \"low\"", "severity = \"dire\"", "unknown variant `dire`"),
    ] {
        let fault = fault(&rule("T01 < 1", "enterprise").replace(from, to));
        assert!(fault.contains(what), "{what}: {fault}");
    }
    assert!(fault("rule = []").contains("missing field"));
    assert!(fault("version = \"1\"\nvalid_from = \"2026-04-01\"\nrule = []").contains("1 to 200 rules"));
    let twice = rule("T01 < 1", "lists")
        + rule("T02 < 1", "lists").split_once('\n').unwrap().1.split_once('\n').unwrap().1;
    assert!(fault(&twice).contains(": code: X-1: appears twice"), "{}", fault(&twice));
}

#[test]
fn the_next_day_is_the_first_on_which_a_rule_about_a_record_may_hold() {
    let rules = AlertRules::embedded();
    let next = |facts: &Facts| rules.next_day(facts).map(|day| day.to_string());
    assert_eq!(next(&facts(TODAY)), None);
    let permit_until = |today: &str, date: &str| {
        let mut facts = facts(today);
        facts.permits = vec![crate::records::Permit { valid_until: Some(day(date)), ..permit("证") }];
        facts
    };
    // Day by day from half a year before: what next_day names is asked, and the rule holds first on one of those days.
    let (mut today, mut asked, mut held) = ("2026-11-23".to_owned(), Vec::new(), Vec::new());
    while let Some(day) = next(&permit_until(&today, "2027-06-30")) {
        if hits(&permit_until(&day, "2027-06-30")).contains(&"PERMIT-ENDS".to_owned()) {
            held.push(day.clone());
        }
        asked.push(day.clone());
        today = day;
    }
    assert_eq!(asked, ["2027-05-31", "2027-06-01", "2027-06-30", "2027-07-01"]);
    assert_eq!(held, ["2027-06-01", "2027-06-30"]);
    let own = AlertRules::parse("x.toml", &rule("record_days >= 200", "penalties")).unwrap();
    let fined = with(|facts| facts.penalties = vec![penalty("2026-11-01")]);
    assert_eq!(own.next_day(&fined).map(|day| day.to_string()).as_deref(), Some("2027-05-20"));
}
