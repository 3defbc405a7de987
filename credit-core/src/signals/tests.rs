use super::*;
use crate::dates::Moment;
use crate::matching::{
    Amount, DeclarationDoc, Movement, OrderDoc, PaymentDoc, Sale, Surroundings, WaybillDoc, judge,
};

const HOUR: i64 = 3_600_000;

fn yuan(amount: i128) -> Amount {
    Amount(amount * 100_000)
}

fn import() -> Sale {
    Sale {
        merchant_code: "M".to_owned(),
        order: Some(OrderDoc { import: true, goods_value: yuan(100), ..OrderDoc::default() }),
        payments: vec![PaymentDoc { at: Moment(HOUR), amount: yuan(100), ..PaymentDoc::default() }],
        ..Sale::default()
    }
}

fn export() -> Sale {
    Sale {
        merchant_code: "M".to_owned(),
        order: Some(OrderDoc { goods_value: yuan(990), ..OrderDoc::default() }),
        payments: vec![PaymentDoc { amount: yuan(990), ..PaymentDoc::default() }],
        waybills: vec![WaybillDoc::default()],
        declarations: vec![DeclarationDoc { owner_code: Some("M".to_owned()), ..DeclarationDoc::default() }],
        movements: vec![(Movement::Departed, Moment(HOUR))],
        ..Sale::default()
    }
}

fn signs(sale: &Sale) -> Signs {
    let nobody = |_: &str| None;
    let around = Surroundings {
        pack: crate::matching::Pack::embedded(),
        party: &nobody,
        year_before: None,
        waybill_reused: None,
    };
    let judgement = judge(sale, &around);
    let outcomes: Vec<_> = judgement.verdicts.iter().map(|verdict| verdict.outcome).collect();
    Signs::of(sale, &judgement, &outcomes, Pack::embedded())
}

fn has(sale: &Sale, sign: Sign) -> bool {
    let signs = signs(sale);
    assert!(signs.looked_for(sign), "{sign:?} was not looked for");
    signs.has(sign)
}

#[test]
fn each_sign_at_its_threshold() {
    let mut late = import();
    late.payments[0].at = Moment(24 * HOUR);
    assert!(!has(&late, Sign::LatePayment));
    late.payments[0].at = Moment(24 * HOUR + 1);
    assert!(has(&late, Sign::LatePayment));

    let mut dear = import();
    let mut discounted = |yuan_off: i128| {
        dear.order.as_mut().unwrap().discount = Some(Amount(yuan_off));
        has(&dear, Sign::Discount)
    };
    assert!(!discounted(yuan(50).0 - 1));
    assert!(discounted(yuan(50).0));

    let mut round = export();
    assert!(!has(&round, Sign::RoundAmount));
    round.payments[0].amount = yuan(1000);
    assert!(has(&round, Sign::RoundAmount));
    round.payments[0].amount = Amount(yuan(1000).0 + 1);
    assert!(!has(&round, Sign::RoundAmount));

    let mut owned = export();
    assert!(!has(&owned, Sign::Owner));
    owned.declarations[0].owner_code = Some("OTHER".to_owned());
    assert!(has(&owned, Sign::Owner));

    let mut gone = export();
    assert!(!has(&gone, Sign::NotDeparted));
    gone.movements.clear();
    assert!(has(&gone, Sign::NotDeparted));
    gone.cancels.push(Moment(0));
    assert!(!signs(&gone).looked_for(Sign::NotDeparted), "what was cancelled need not leave");
}

#[test]
fn a_rule_that_waits_tells_no_sign_and_one_that_fails_does() {
    let mut sale = import();
    sale.order.as_mut().unwrap().paid = Some(yuan(100));
    sale.order.as_mut().unwrap().currency = "142".to_owned();
    let payments = std::mem::take(&mut sale.payments);
    assert!(!signs(&sale).looked_for(Sign::Money), "the payment may still come");
    sale.payments = payments;
    sale.payments[0].currency = "142".to_owned();
    assert!(!has(&sale, Sign::Money));
    sale.payments[0].amount = yuan(99);
    assert!(has(&sale, Sign::Money));
    assert_eq!(signs(&sale), Signs::of_stored(signs(&sale).stored()));
    assert_ne!(signs(&sale).stored() & Signs::mask(&[Sign::Money]), 0);
    assert_eq!(signs(&sale).stored() & Signs::mask(&[Sign::Payer]), 0);
}

#[test]
fn codes_are_one_each_and_bits_fit() {
    for sign in Sign::ALL {
        assert_eq!(Sign::of_code(sign.code()), Some(sign));
        assert!(Signs::mask(&[sign]) < 1 << 16);
    }
}

/// Against the formula in floating point.
#[test]
fn the_lower_bound_is_wilsons() {
    for looked in [1_u32, 2, 19, 30, 100, 1_000, 50_000] {
        for found in [0, 1, looked / 10, looked / 2, looked - 1, looked] {
            let (k, n, z) = (f64::from(found), f64::from(looked), 1.96_f64);
            let p = k / n;
            let low = (p + z * z / (2.0 * n) - z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt())
                / (1.0 + z * z / n);
            let told = share_at_least(u64::from(found), u64::from(looked));
            #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a test's comparison")]
            let difference = (told as f64 - low.max(0.0) * 10_000.0).abs();
            assert!(difference < 1.1, "{found} of {looked}: {told} against {low}");
        }
    }
    assert_eq!(share_at_least(0, 0), 0);
    assert_eq!(share_at_least(5, 0), 0);
}

fn tally(found: u64, of: u64, days_ago: i32) -> Tally {
    let pack = Pack::embedded();
    let mut late = import();
    late.payments[0].at = Moment(48 * HOUR);
    let mut tally = Tally::default();
    tally.add(days_ago, signs(&late), found, pack);
    tally.add(days_ago, signs(&import()), of - found, pack);
    tally
}

#[test]
fn few_sales_prove_nothing_and_old_ones_do_not_count() {
    let pack = Pack::embedded();
    assert_eq!(tally(19, 19, 0).share(Sign::LatePayment, pack), None);
    assert_eq!(tally(20, 20, 0).share(Sign::LatePayment, pack), Some(share_at_least(20, 20)));
    assert_eq!(tally(20, 20, 89).sales(), 20);
    assert_eq!(tally(20, 20, 90).sales(), 0);
    assert_eq!(tally(20, 20, 90).share(Sign::LatePayment, pack), None);
    assert_eq!(tally(20, 20, -1).sales(), 0, "tomorrow's are not there yet");
}

#[test]
fn an_export_has_time_to_leave() {
    let pack = Pack::embedded();
    let mut stays = export();
    stays.movements.clear();
    let share = |days_ago| {
        let mut tally = Tally::default();
        tally.add(days_ago, signs(&stays), 50, pack);
        tally.share(Sign::NotDeparted, pack)
    };
    assert_eq!(share(44), None);
    assert!(share(45).is_some());
    assert!(share(134).is_some());
    assert_eq!(share(135), None);
}

#[test]
fn one_payer_behind_many_counts_from_five_buyers_and_across_from_three_merchants() {
    let pack = Pack::embedded();
    let paying =
        |buyers, zone_buyers, zone_merchants| Paying { sales: 10, buyers, zone_buyers, zone_merchants };
    assert!(paying(5, 5, 1).is_for_many(pack) && !paying(4, 9, 9).is_for_many(pack));
    assert!(paying(1, 5, 3).is_across(pack));
    assert!(!paying(1, 4, 3).is_across(pack) && !paying(1, 5, 2).is_across(pack));
    let mut payers = Payers::default();
    for one in [paying(5, 5, 1), paying(1, 5, 3), paying(6, 8, 4), paying(1, 1, 1)] {
        payers.add(&one, pack);
    }
    assert_eq!(payers, Payers { for_many: 20, across: 20 });
}

/// Of the sales in which payer and buyer were compared, as the sign itself.
#[test]
fn a_share_of_payers_needs_as_many_sales_as_the_sign() {
    let pack = Pack::embedded();
    let of = |compared: u64| {
        let mut tally = Tally::default();
        tally.add(0, Signs::of_stored(Signs::mask(&[Sign::Payer]) << 16), compared, pack);
        tally.add(0, Signs::of_stored(Signs::mask(&[Sign::Money]) << 16), 100, pack);
        tally.share_of(10, Sign::Payer, pack)
    };
    assert_eq!(of(19), None);
    assert_eq!(of(20), Some(share_at_least(10, 20)));
    assert_eq!(of(400), Some(share_at_least(10, 400)));
}

#[test]
fn peers_need_company() {
    let pack = Pack::embedded();
    let tallies: Vec<Tally> = (0..8).map(|at| tally(at * 10, 100, 3)).collect();
    assert_eq!(Peers::of(&tallies, pack).median(Sign::LatePayment), 4_000);
    assert_eq!(Peers::of(&tallies[1..], pack).median(Sign::LatePayment), 0, "seven are too few");
    assert_eq!(Peers::of(&tallies, pack).median(Sign::Owner), 0);
}

#[test]
fn a_broken_pack_is_refused_with_its_faults() {
    let text = include_str!("../../data/signals-2026.2.toml");
    let broken = text.replace("\"1000\"", "\"0\"").replace("= 45", "= 0").replace("signals-2026.2", "other");
    let told = Pack::parse("p.toml", &broken).unwrap_err().to_string();
    for field in ["id", "round_amount", "departure_days"] {
        assert!(told.contains(field), "{field}: {told}");
    }
}
