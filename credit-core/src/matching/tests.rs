use proptest::prelude::*;

use super::*;
use crate::dates::Moment;
use crate::indicator::SubjectKind;
use crate::records::Lang;
use crate::trade::samples::{self, uscc};

const DAY: i64 = 86_400_000;
const AT: i64 = 1_780_000_000_000;

fn tokens(value: &str) -> Option<Tokens> {
    Some([("b1", value)].into_iter().collect())
}

fn amount(text: &str) -> Amount {
    Amount(crate::ceb::Decimal5::parse(text).unwrap().0)
}

fn line(gnum: i64, price: &str, quantity: &str, total: &str) -> GoodsLine {
    GoodsLine {
        gnum,
        name: format!("goods {gnum}"),
        hs_code: Some("3304990039".to_owned()),
        country: Some("116".to_owned()),
        quantity: amount(quantity),
        price: amount(price),
        total: amount(total),
    }
}

/// An import in which everything agrees.
fn import() -> Sale {
    let lines = vec![line(1, "100", "2", "200"), line(2, "50.5", "1", "50.5")];
    Sale {
        platform_code: "PLATFORM".into(),
        merchant_code: "MERCHANT".into(),
        order_no: "7".into(),
        order: Some(OrderDoc {
            sent_at: Moment(AT),
            import: true,
            goods_value: amount("250.5"),
            freight: amount("10"),
            discount: Some(amount("5.5")),
            tax: Some(amount("22.8")),
            paid: Some(amount("277.8")),
            currency: CNY.into(),
            buyer_id: tokens("id"),
            buyer_name: tokens("name"),
            consignee: tokens("name"),
            consignee_phone: tokens("phone"),
            consignee_address: tokens("address"),
            lines: lines.clone(),
            ..OrderDoc::default()
        }),
        payments: vec![PaymentDoc {
            payer_code: Some("PAYER".into()),
            amount: amount("277.8"),
            currency: CNY.into(),
            at: Moment(AT + 60_000),
            payer_id: tokens("id"),
            payer_name: tokens("name"),
            amended: false,
        }],
        waybills: vec![WaybillDoc {
            carrier_code: "CARRIER".into(),
            number: "W1".into(),
            sent_at: Moment(AT + DAY),
            weight: amount("1.3"),
            packages: 1,
            consignee: tokens("name"),
            consignee_phone: tokens("phone"),
            consignee_address: tokens("address"),
            amended: false,
        }],
        declarations: vec![DeclarationDoc {
            sent_at: Moment(AT + 2 * DAY),
            carrier_code: "CARRIER".into(),
            number: "W1".into(),
            declaration_no: Some("51152026I000000001".into()),
            import: true,
            mode: "9610".into(),
            gross_weight: amount("1"),
            packages: 1,
            currency: CNY.into(),
            buyer_id: tokens("id"),
            lines,
            ..DeclarationDoc::default()
        }],
        movements: vec![(Movement::Signed, Moment(AT + 5 * DAY))],
        statuses: vec![
            Status { status: 120, at: Moment(AT + 2 * DAY) },
            Status { status: 800, at: Moment(AT + 3 * DAY) },
        ],
        ..Sale::default()
    }
}

fn export() -> Sale {
    let mut sale = import();
    let order = sale.order.as_mut().unwrap();
    *order = OrderDoc {
        import: false,
        goods_value: amount("250.5"),
        lines: order.lines.clone(),
        currency: CNY.into(),
        sent_at: Moment(AT),
        ..OrderDoc::default()
    };
    sale.payments[0].amount = amount("250.5");
    sale.declarations[0].import = false;
    sale.declarations[0].declaration_no = Some("51152026E000000001".into());
    sale.movements = vec![(Movement::Departed, Moment(AT + 5 * DAY))];
    sale
}

fn party(code: &str) -> Option<Registered> {
    let of = |number, role| Some(Registered { uscc: uscc(number), roles: vec![role] });
    match code {
        "MERCHANT" => of(1, SubjectKind::E1),
        "PLATFORM" => of(2, SubjectKind::E2),
        "CARRIER" => of(3, SubjectKind::E3),
        "PAYER" => of(4, SubjectKind::E4),
        _ => None,
    }
}

fn around(year_before: &str) -> Surroundings<'static> {
    Surroundings {
        pack: Pack::embedded(),
        party: &party,
        year_before: Some(amount(year_before)),
        waybill_reused: Some(false),
    }
}

fn judged(sale: &Sale) -> Judgement {
    judge(sale, &around("0"))
}

/// The rules that fail.
fn failing(sale: &Sale) -> Vec<&'static str> {
    let judgement = judged(sale);
    judgement.verdicts.iter().filter(|one| one.outcome == Outcome::Fail).map(|one| one.rule.code()).collect()
}

#[test]
fn a_sale_in_which_everything_agrees_passes_every_rule_of_its_direction() {
    assert_eq!(judged(&import()).letters(), "PPPPPPPPPPPPNNNN");
    assert_eq!(judged(&export()).letters(), "PNNNNPPPPNPPPPNN");
    for rule in Rule::ALL {
        assert!(!rule.title(Lang::Zh).is_empty() && !rule.title(Lang::En).is_empty());
    }
    for (verdict, rule) in judged(&import()).verdicts.iter().zip(Rule::ALL) {
        assert_eq!(verdict.rule, rule);
    }
}

/// What is changed, and the rules that then fail.
type Case = (&'static str, fn(&mut Sale), &'static [&'static str]);

#[test]
fn each_rule_is_just_hit_and_just_not() {
    let cases: &[Case] = &[
        ("paid within a cent", |s| order(s).freight = amount("10.01"), &[]),
        ("paid a cent too many", |s| order(s).freight = amount("10.02"), &["M2"]),
        ("payment within a cent", |s| s.payments[0].amount = amount("277.81"), &[]),
        ("payment off", |s| s.payments[0].amount = amount("277.82"), &["M3"]),
        (
            "two payments that add up",
            |s| {
                let half = PaymentDoc { amount: amount("138.9"), ..s.payments[0].clone() };
                s.payments = vec![half.clone(), PaymentDoc { at: Moment(AT + 90_000), ..half }];
            },
            &[],
        ),
        ("payment in another currency", |s| s.payments[0].currency = "502".into(), &["M3"]),
        ("another payer", |s| s.payments[0].payer_id = tokens("other"), &["M4"]),
        ("another payer's name", |s| s.payments[0].payer_name = tokens("other"), &["M4"]),
        ("no key in common", |s| s.payments[0].payer_id = Some([("b2", "x")].into_iter().collect()), &[]),
        (
            "the second of two payments by somebody else",
            |s| {
                let half = PaymentDoc { amount: amount("138.9"), ..s.payments[0].clone() };
                let other = PaymentDoc { payer_id: tokens("other"), at: Moment(AT + 90_000), ..half.clone() };
                s.payments = vec![half, other];
            },
            &["M4"],
        ),
        ("another consignee", |s| s.waybills[0].consignee = tokens("other"), &["M5"]),
        ("another telephone", |s| s.waybills[0].consignee_phone = tokens("other"), &["M5"]),
        ("another address", |s| s.waybills[0].consignee_address = tokens("other"), &["M5"]),
        (
            "sum within a cent",
            |s| {
                order(s).lines[0].total = amount("200.01");
            },
            &[],
        ),
        (
            "sum off",
            |s| {
                order(s).lines[0].total = amount("200.02");
            },
            &["M6"],
        ),
        (
            "lines that are right and do not add up",
            |s| (order(s).goods_value, order(s).freight) = (amount("250.52"), amount("9.98")),
            &["M6"],
        ),
        (
            "price off",
            |s| {
                order(s).lines[0].price = amount("100.02");
            },
            &["M6", "M7"],
        ),
        ("another quantity", |s| s.declarations[0].lines[1].quantity = amount("2"), &["M7"]),
        ("another name", |s| s.declarations[0].lines[1].name = "x".into(), &["M7"]),
        ("a line less", |s| drop(s.declarations[0].lines.pop()), &["M7"]),
        ("another line number", |s| s.declarations[0].lines[1].gnum = 3, &["M7"]),
        (
            "number without its letter",
            |s| s.declarations[0].declaration_no = Some("511520260000000001".into()),
            &["M8"],
        ),
        (
            "number of an export",
            |s| s.declarations[0].declaration_no = Some("51152026E000000001".into()),
            &["M8"],
        ),
        (
            "number with a letter among its digits",
            |s| s.declarations[0].declaration_no = Some("5115A026I000000001".into()),
            &["M8"],
        ),
        ("a wrong number in a receipt", |s| s.declaration_numbers.push("1".into()), &["M8"]),
        ("declared as an export", |s| s.declarations[0].import = false, &["M8"]),
        ("an unknown carrier", |s| s.waybills[0].carrier_code = "X".into(), &["M9"]),
        ("a payer in the carrier's place", |s| s.payments[0].payer_code = Some("CARRIER".into()), &["M9"]),
        ("a carrier in the platform's place", |s| s.platform_code = "CARRIER".into(), &["M9"]),
        ("a platform in the carrier's place", |s| s.waybills[0].carrier_code = "PLATFORM".into(), &["M9"]),
        ("declared with an unknown carrier", |s| s.declarations[0].carrier_code = "X".into(), &["M9"]),
        ("paid at the moment of the order", |s| s.payments[0].at = Moment(AT), &[]),
        (
            "the rest paid after it was declared",
            |s| {
                let half = PaymentDoc { amount: amount("138.9"), ..s.payments[0].clone() };
                s.payments = vec![half.clone(), PaymentDoc { at: Moment(AT + 3 * DAY), ..half }];
            },
            &[],
        ),
        ("paid before ordered", |s| s.payments[0].at = Moment(AT - 1), &["M11"]),
        ("shipped before ordered", |s| s.waybills[0].sent_at = Moment(AT - 1), &["M11"]),
        ("declared before paid", |s| s.declarations[0].sent_at = Moment(AT), &["M11"]),
        ("two packages", |s| s.waybills[0].packages = 2, &["M12"]),
        ("returned all", |s| returned(s, 1, "2", 30), &[]),
        ("returned more", |s| returned(s, 1, "2.00001", 30), &["R1"]),
        (
            "returned twice",
            |s| {
                returned(s, 1, "1", 30);
                returned(s, 1, "1.5", 30);
            },
            &["R1"],
        ),
        ("returned what was not sent", |s| returned(s, 9, "1", 30), &["R1"]),
        ("returned late", |s| returned(s, 1, "2", 31), &["R2"]),
        (
            "returned in time, and more of it late",
            |s| {
                returned(s, 1, "1", 30);
                returned(s, 1, "1", 40);
            },
            &[],
        ),
        (
            "returned late after the first of two releases",
            |s| {
                s.statuses.push(Status { status: 800, at: Moment(AT + 20 * DAY) });
                returned(s, 1, "2", 31);
            },
            &["R2"],
        ),
        (
            "returned late after a release by 899",
            |s| {
                s.statuses[1].status = 899;
                returned(s, 1, "2", 31);
            },
            &["R2"],
        ),
    ];
    for (what, change, fails) in cases {
        let mut sale = import();
        change(&mut sale);
        assert_eq!(&failing(&sale), fails, "{what}");
    }
    let cases: &[Case] = &[
        ("five per cent less", |s| s.payments[0].amount = amount("237.975"), &[]),
        ("more than that", |s| s.payments[0].amount = amount("237.97"), &["X1"]),
        (
            "receipts in another currency, of which nobody knows how much they are",
            |s| (s.payments[0].currency, s.payments[0].amount) = ("502".into(), amount("35")),
            &[],
        ),
        (
            "number of an import",
            |s| s.declarations[0].declaration_no = Some("51152026I000000001".into()),
            &["M8"],
        ),
    ];
    for (what, change, fails) in cases {
        let mut sale = export();
        change(&mut sale);
        assert_eq!(&failing(&sale), fails, "{what}");
    }
}

fn order(sale: &mut Sale) -> &mut OrderDoc {
    sale.order.as_mut().unwrap()
}

fn returned(sale: &mut Sale, gnum: i64, quantity: &str, days_after_release: i64) {
    let sent_at = Moment(AT + (3 + days_after_release) * DAY);
    sale.returns.push(ReturnDoc { sent_at, quantities: vec![(gnum, amount(quantity))] });
}

#[test]
fn limits_of_a_sale_and_of_a_year() {
    let outcome = |sale: &Sale, before: &str| judge(sale, &around(before)).of(Rule::M10).unwrap().outcome;
    let mut sale = import();
    assert_eq!(outcome(&sale, "25722.2"), Outcome::Pass);
    assert_eq!(outcome(&sale, "25722.20001"), Outcome::Fail);
    order(&mut sale).paid = Some(amount("5000"));
    assert_eq!(outcome(&sale, "0"), Outcome::Pass);
    order(&mut sale).paid = Some(amount("5000.01"));
    assert_eq!(outcome(&sale, "0"), Outcome::Fail);
    order(&mut sale).lines.truncate(1);
    order(&mut sale).lines[0].quantity = amount("1");
    assert_eq!(outcome(&sale, "0"), Outcome::Pass, "one piece");
    let unknown = Surroundings { year_before: None, waybill_reused: None, ..around("0") };
    assert_eq!(judge(&sale, &unknown).of(Rule::M10).unwrap().outcome, Outcome::Waiting);
    assert_eq!(judge(&sale, &unknown).of(Rule::M12).unwrap().outcome, Outcome::Waiting);
    let reused = Surroundings { waybill_reused: Some(true), ..around("0") };
    assert_eq!(judge(&sale, &reused).of(Rule::M12).unwrap().outcome, Outcome::Fail);
}

#[test]
fn a_rule_waits_for_the_document_that_it_needs() {
    let mut sale = import();
    sale.declarations.clear();
    sale.statuses.clear();
    assert_eq!(judged(&sale).letters(), "WPPPPPWWPPPPNNNN");
    sale.waybills.clear();
    assert_eq!(judged(&sale).letters(), "WPPPWPWWPPPWNNNN");
    sale.payments.clear();
    assert_eq!(judged(&sale).letters(), "WPWWWPWWPPWWNNNN");
    assert!(judged(&sale).documents_agree, "what is absent is not counted against anybody");
    sale.order = None;
    assert_eq!(judged(&sale).count(Outcome::Fail), 0);
    let words = judged(&sale).of(Rule::M1).unwrap().why.text(Lang::Zh);
    assert_eq!(words, "尚未收到订单");
}

/// What is taken away, by its name.
type Missing = (&'static str, fn(&mut Sale));

#[test]
fn the_document_that_is_not_there_is_named() {
    let changes: [Missing; 4] = [
        ("order", |s| s.order = None),
        ("payment", |s| s.payments.clear()),
        ("waybill", |s| s.waybills.clear()),
        ("declaration", |s| s.declarations.clear()),
    ];
    for (name, change) in changes {
        let mut sale = import();
        change(&mut sale);
        let judgement = judged(&sale);
        let verdict = judgement.of(Rule::M1).unwrap();
        assert_eq!((verdict.outcome, verdict.why), (Outcome::Waiting, Why::Awaits(name)));
    }
    // A parcel that was signed for has not left the country.
    let mut sale = export();
    sale.movements = vec![(Movement::Signed, Moment(AT + 5 * DAY))];
    assert_eq!(judged(&sale).of(Rule::Departure).unwrap().outcome, Outcome::Waiting);
}

#[test]
fn what_is_counted_of_a_sale() {
    let mut sale = import();
    let judgement = judged(&sale);
    assert_eq!(
        (judgement.status, judgement.held_at, judgement.released_at),
        (Some(800), None, Some(Moment(AT + 3 * DAY)))
    );
    assert_eq!(judgement.delivered_at, Some(Moment(AT + 5 * DAY)));
    assert_eq!((judgement.payer_matches, judgement.consignee_matches), (Some(true), Some(true)));
    assert_eq!(judgement.weight_differs, Some(false), "30 % exactly");
    sale.waybills[0].weight = amount("1.30001");
    assert_eq!(judged(&sale).weight_differs, Some(true));
    sale.statuses.push(Status { status: 501, at: Moment(AT + DAY) });
    sale.statuses.push(Status { status: -1, at: Moment(AT + 9 * DAY) });
    assert_eq!((judged(&sale).status, judged(&sale).held_at), (Some(800), Some(Moment(AT + DAY))));
    sale.declarations[0].buyer_id = tokens("other");
    assert!(!judged(&sale).documents_agree);
    assert!(!judged(&sale).amended);
    sale.payments[0].amended = true;
    assert!(judged(&sale).amended);
    sale.cancels.push(Moment(AT + 4 * DAY));
    assert_eq!(judged(&sale).cancelled_at, Some(Moment(AT + 4 * DAY)));
}

#[test]
fn a_sale_is_an_order_once_who_when_and_how_much_are_known() {
    let (sale, around) = (import(), around("0"));
    let partial = Partial::of(&sale, &judge(&sale, &around), &around);
    let order = partial.order().unwrap();
    assert_eq!(
        (order.uscc, order.platform_uscc, order.logistics_uscc),
        (uscc(1), Some(uscc(2)), Some(uscc(3)))
    );
    assert_eq!(
        (order.amount.0, order.paid_amount.unwrap().0, order.quantity_e6),
        (27_780, 27_780, Some(3_000_000))
    );
    assert_eq!((order.hs_code.as_deref(), order.customs_status), (Some("3304990039"), Some(800)));
    let changes: [fn(&mut Sale); 4] = [
        |s| s.merchant_code = "X".into(),
        |s| s.declarations.clear(),
        |s| s.order = None,
        |s| s.order.as_mut().unwrap().currency = "502".into(),
    ];
    for change in changes {
        let mut sale = import();
        change(&mut sale);
        assert_eq!(Partial::of(&sale, &judge(&sale, &around), &around).order(), None);
    }
}

#[test]
fn documents_win_over_a_row_and_the_row_says_the_rest() {
    let row = samples::import(uscc(1), "7", "2026-05-01");
    let (mut sale, around) = (import(), around("0"));
    let both = Partial::of(&sale, &judge(&sale, &around), &around).laid_over(&row);
    assert_eq!((both.amount.0, both.customs_status, both.ordered_at), (27_780, Some(800), Moment(AT)));
    assert_eq!((both.buyer_token, both.promised_on), (row.buyer_token.clone(), row.promised_on));
    sale.order = None;
    let both = Partial::of(&sale, &judge(&sale, &around), &around).laid_over(&row);
    assert_eq!((both.amount, both.ordered_at), (row.amount, row.ordered_at));
}

proptest! {
    /// Documents in any order, some of them twice.
    #[test]
    fn the_order_of_arrival_changes_nothing(seed in any::<u64>(), twice in any::<bool>()) {
        let mut sale = import();
        let second = PaymentDoc { at: Moment(AT + 70_000), amount: amount("1"), ..sale.payments[0].clone() };
        sale.payments.push(second);
        let mut other = sale.clone();
        if seed % 2 == 0 { other.payments.reverse(); }
        if seed % 3 == 0 { other.statuses.reverse(); }
        if twice {
            other.waybills.push(other.waybills[0].clone());
            other.payments.push(other.payments[0].clone());
            other.statuses.push(other.statuses[0]);
        }
        prop_assert_eq!(judged(&sale), judged(&other));
    }

    /// What differs by more than a cent fails M3, and what does not, passes.
    #[test]
    fn the_tolerance_is_a_cent(off in -5_000i128..5_000) {
        let mut sale = import();
        sale.payments[0].amount.0 += off;
        let outcome = judged(&sale).of(Rule::M3).unwrap().outcome;
        prop_assert_eq!(outcome == Outcome::Pass, off.abs() <= 1_000);
    }
}
