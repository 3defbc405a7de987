#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::draw;
use super::*;
use crate::grade::Grade;
use crate::negative_list::Kind;

fn of(grade: Grade) -> Situation {
    Situation { grade: Some((grade, 3)), entries: BTreeMap::new(), feed_is_stale: false, appealed: None }
}

fn listed(kind: Kind, situation: Situation) -> Situation {
    let entries = BTreeMap::from([(kind, vec!["D1".to_owned()])]);
    Situation { entries, ..situation }
}

/// The measures that are due, by area and effect; `*` before what waits for the feed, `~` for an appeal.
fn said(situation: &Situation) -> String {
    let all = due(Catalogue::embedded(), situation);
    let one = |due: &Due<'_>| {
        let sign = match due.wait {
            None => "",
            Some(Wait::Feed) => "*",
            Some(Wait::Appeal) => "~",
        };
        format!("{sign}{}", due.measure.code)
    };
    all.iter().map(one).collect::<Vec<_>>().join(" ")
}

const OF_I: &str = "spot_check_i alert_response_i customs_inspection_i declaration_i fx_i tax_refund_i funds_i \
                    financing_i service_i";
const OF_III: &str = "spot_check_iii alert_response_iii customs_inspection_iii declaration_iii fx_iii tax_refund_iii \
                      funds_iii financing_iii service_iii";

#[test]
fn what_is_due_follows_from_grade_lists_feed_and_appeal() {
    for grade in [Grade::AAA, Grade::AA] {
        assert_eq!(said(&of(grade)), OF_I);
    }
    for grade in [Grade::A, Grade::BBB, Grade::N] {
        assert_eq!(said(&of(grade)), "", "the usual treatment");
    }
    assert_eq!(said(&of(Grade::BB)), OF_III);
    let four = "spot_check_iv alert_response_iv financing_iv service_iv";
    assert_eq!(said(&of(Grade::D)), four, "a score alone takes nothing away");
    let court = listed(Kind::N3, of(Grade::D));
    let with_list = "spot_check_iv spot_check_listed alert_response_iv funds_listed financing_iv honours_listed service_iv";
    assert_eq!(said(&court), with_list);
    let customs = listed(Kind::N2, of(Grade::D));
    assert!(said(&customs).contains("customs_inspection_iv"));
    assert_eq!(said(&listed(Kind::N7, of(Grade::A))), "");
    assert_eq!(said(&listed(Kind::W3, of(Grade::A))), "spot_check_watch");
    assert_eq!(said(&Situation { grade: None, ..of(Grade::N) }), "");

    // A stale feed holds back the burdens that rest on a list, and nothing else.
    let stale = Situation { feed_is_stale: true, ..court.clone() };
    assert_eq!(
        said(&stale),
        "*spot_check_iv *spot_check_listed *alert_response_iv *funds_listed financing_iv *honours_listed service_iv"
    );
    assert_eq!(said(&Situation { feed_is_stale: true, ..of(Grade::BB) }), OF_III);
    assert_eq!(said(&Situation { feed_is_stale: true, ..of(Grade::AA) }), OF_I);
    let watched = Situation { feed_is_stale: true, ..listed(Kind::W3, of(Grade::A)) };
    assert_eq!(said(&watched), "spot_check_watch", "the watch list is the zone's own");

    // An appeal stays what the worse class entails; the class before holds meanwhile.
    let appealed = |before, situation| Situation { appealed: Some(Before(before)), ..situation };
    let waiting = OF_III.split(' ').map(|code| format!("~{code}")).collect::<Vec<_>>().join(" ");
    assert_eq!(said(&appealed(Some((Grade::A, 2)), of(Grade::BB))), waiting);
    assert_eq!(said(&appealed(None, of(Grade::BB))), waiting, "who had no grade was supervised as usual");
    let fallen = said(&appealed(Some((Grade::AA, 2)), of(Grade::BB)));
    assert!(fallen.contains("spot_check_i ~spot_check_iii") && fallen.ends_with("service_i ~service_iii"));
    assert_eq!(said(&appealed(Some((Grade::D, 2)), of(Grade::BB))), OF_III, "a better class is no downgrade");
    assert_eq!(said(&appealed(Some((Grade::BBB, 2)), of(Grade::A))), "");
    // The list is not the zone's to stay.
    assert_eq!(
        said(&appealed(Some((Grade::AA, 2)), listed(Kind::W1, of(Grade::A)))),
        format!("{} spot_check_watch {}", "spot_check_i", OF_I.split_once(' ').unwrap().1)
    );
}

#[test]
fn a_measure_names_its_cause() {
    let situation = listed(Kind::N3, of(Grade::D));
    let all = due(Catalogue::embedded(), &situation);
    let cause = |code: &str| all.iter().find(|due| due.measure.code == code).unwrap().cause.clone();
    assert_eq!(cause("spot_check_iv"), Cause { grade: Some(Grade::D), rating: Some(3), entries: vec![] });
    let entry = Entry { kind: Kind::N3, which: "D1".to_owned() };
    assert_eq!(cause("funds_listed"), Cause { grade: Some(Grade::D), rating: Some(3), entries: vec![entry] });
}

#[test]
fn the_embedded_catalogue_keeps_the_rule_of_each_class() {
    let catalogue = Catalogue::embedded();
    assert_eq!(catalogue.id(), "measures-2026.1");
    for measure in catalogue.measures() {
        let code = &measure.code;
        if measure.classes.contains(&Class::III) {
            assert!(!matches!(measure.effect, Effect::Restriction | Effect::Ease), "{code}");
        }
        if measure.effect == Effect::Restriction {
            assert!(measure.item.is_some() && !measure.kinds.is_empty(), "{code}");
        }
        assert!(measure.power == Power::Zone || !measure.binds(), "{code}");
    }
    let rates: Vec<(u8, u8)> = Class::ALL
        .map(|class| catalogue.rate_of(class).unwrap())
        .map(|rate| (rate.at_least, rate.at_most))
        .to_vec();
    assert_eq!(rates, [(1, 3), (5, 10), (20, 30), (100, 100)]);
    assert!(Catalogue::on("2026-03-31".parse().unwrap()).is_none());
}

#[test]
fn a_catalogue_that_goes_too_far_is_refused() {
    let good = Catalogue::embedded_text();
    let fault = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        Catalogue::parse("x.toml", &good.replacen(from, to, 1)).unwrap_err().to_string()
    };
    let no_item = fault("item = \"限制申请财政性资金项目\"\n", "");
    assert!(no_item.contains("what restricts names an item"), "{no_item}");
    let no_basis = fault(
        "basis_zh = \"《全国失信惩戒措施基础清单》：限制申请财政性资金项目；国办发〔2020〕49号\"",
        "basis_zh = \" \"",
    );
    assert!(no_basis.contains("what restricts names an item"), "{no_basis}");
    let burden = fault("item = \"纳入重点监管范围\"\n", "");
    assert!(burden.contains("a burden of class IV"), "{burden}");
    let three = fault(
        "classes = [\"III\"]\npower = \"zone\"\neffect = \"inspection\"",
        "classes = [\"III\"]\npower = \"zone\"\nitem = \"x\"\neffect = \"restriction\"",
    );
    assert!(three.contains("class III knows only"), "{three}");
    let listed = "kinds = [\"N1\", \"N2\", \"N3\", \"N4\", \"N5\", \"N6\"]\npower = \"zone\"\neffect = \"restriction\"";
    for unheard in ["", "kinds = [\"N7\"]\n", "kinds = [\"N1\", \"N7\"]\n"] {
        let unheard = fault(listed, &format!("{unheard}power = \"zone\"\neffect = \"restriction\""));
        assert!(unheard.contains("before which the enterprise was heard"), "{unheard}");
    }
    let nobody = fault("agency = \"customs\"\n", "");
    assert!(nobody.contains("a recommendation names an agency"), "{nobody}");
    let watch = fault(
        "kinds = [\"W1\", \"W2\", \"W3\", \"W4\", \"W5\"]\npower = \"zone\"\neffect = \"inspection\"",
        "kinds = [\"W1\"]\npower = \"zone\"\nitem = \"x\"\neffect = \"restriction\"",
    );
    assert!(watch.contains("the watch list changes"), "{watch}");
    assert!(fault("at_most = 3\n", "at_most = 101\n").contains("no range"));
    assert!(fault("code = \"fx_i\"", "code = \"fx_ii\"").contains("twice"));
    assert!(fault("id = \"measures", "id = \"others").contains("does not begin"));
    assert!(fault("power = \"zone\"", "power = \"mine\"").contains("unknown variant"));
}

#[test]
fn what_binds_waits_for_one_and_what_restricts_for_two() {
    let catalogue = Catalogue::embedded();
    let measure = |code: &str| catalogue.find(code).unwrap();
    let (check, funds, hint) =
        (measure("spot_check_iii"), measure("funds_listed"), measure("customs_inspection_iii"));
    let after = |from, verb, measure| next(from, verb, measure, None);
    assert_eq!(after(None, Verb::Begin, check), None, "nobody is bound by the service alone");
    assert_eq!(after(None, Verb::Begin, funds), None);
    assert_eq!(after(None, Verb::Begin, hint), Some(State::InForce));
    assert_eq!(after(None, Verb::Propose, check), Some(State::Proposed));
    assert_eq!(after(Some(State::Proposed), Verb::Confirm, check), Some(State::InForce));
    assert_eq!(after(Some(State::Proposed), Verb::Confirm, funds), Some(State::Confirmed));
    assert_eq!(after(Some(State::Confirmed), Verb::Confirm, funds), Some(State::InForce));
    for state in State::ALL {
        assert_eq!(State::of(state.code()), Some(state));
        let ends = after(Some(state), Verb::End, check);
        assert_eq!(ends, state.is_open().then_some(State::Ended), "{state:?}");
        assert_eq!(after(Some(state), Verb::Propose, check).is_some(), state == State::Frozen);
    }
    assert_eq!(next(Some(State::Stayed), Verb::Resume, check, Some(State::InForce)), Some(State::InForce));
    assert_eq!(next(Some(State::Stayed), Verb::Resume, check, Some(State::Ended)), None);
    assert_eq!(after(Some(State::Proposed), Verb::Lift, check), None);
    for verb in Verb::ALL {
        assert_eq!(Verb::of(verb.code()), Some(verb));
    }
}

#[test]
fn what_has_to_be_done_follows_from_what_is_due_and_what_there_is() {
    let catalogue = Catalogue::embedded();
    let due_to = |situation: &Situation| due(catalogue, situation);
    let three = due_to(&of(Grade::BB));
    let cause = three[0].cause.clone();
    let held =
        |state, before| Held { code: "spot_check_iii".to_owned(), state, cause: cause.clone(), before };
    let of_check = |due: &[Due<'_>], held: Option<Held>| -> Vec<Move> {
        let due: Vec<Due<'_>> =
            due.iter().filter(|due| due.measure.code == "spot_check_iii").cloned().collect();
        moves(&due, &held.into_iter().collect::<Vec<_>>())
    };
    let old = |verb| vec![Move::Old { held: 0, verb }];
    assert_eq!(of_check(&three, None), [Move::New { due: 0, verb: Verb::Propose }]);
    assert_eq!(of_check(&three, Some(held(State::Proposed, None))), []);
    assert_eq!(of_check(&three, Some(held(State::InForce, None))), []);
    assert_eq!(of_check(&three, Some(held(State::Frozen, None))), old(Verb::Propose));
    assert_eq!(of_check(&[], Some(held(State::InForce, None))), old(Verb::End));
    assert_eq!(of_check(&[], Some(held(State::Proposed, None))), old(Verb::End));
    // Refused or lifted for this cause; for another it is proposed again, and once it was not due as well.
    for state in [State::Refused, State::Lifted] {
        assert_eq!(of_check(&three, Some(held(state, None))), []);
        assert_eq!(of_check(&[], Some(held(state, None))), [Move::Forget { held: 0 }]);
        let other = Held { cause: Cause { rating: Some(1), ..cause.clone() }, ..held(state, None) };
        assert_eq!(of_check(&three, Some(other)), [Move::New { due: 0, verb: Verb::Propose }]);
    }
    // Stayed and resumed.
    let appealed = due_to(&Situation { appealed: Some(Before(None)), ..of(Grade::BB) });
    assert_eq!(of_check(&appealed, None), []);
    assert_eq!(of_check(&appealed, Some(held(State::InForce, None))), old(Verb::Stay));
    assert_eq!(of_check(&appealed, Some(held(State::Stayed, Some(State::InForce)))), []);
    assert_eq!(of_check(&three, Some(held(State::Stayed, Some(State::InForce)))), old(Verb::Resume));
    // A stale feed begins nothing, and ends nothing.
    let stale = due_to(&Situation { feed_is_stale: true, ..of(Grade::D) });
    let check = |held: &[Held]| {
        let due: Vec<Due<'_>> =
            stale.iter().filter(|due| due.measure.code == "spot_check_iv").cloned().collect();
        moves(&due, held)
    };
    assert_eq!(check(&[]), [Move::New { due: 0, verb: Verb::Freeze }]);
    let old = Held { code: "spot_check_iv".to_owned(), ..held(State::InForce, None) };
    assert_eq!(check(&[old]), []);
}

/// The vector that docs/adr/0034 names: whoever redoes a draw elsewhere can try it on this.
#[test]
fn a_draw_is_the_same_everywhere() {
    let (secret, root) = ([1; 32], [2; 32]);
    let seed = draw::seed(&secret, &root);
    assert_eq!(
        hex(&draw::commitment(&secret)),
        "72cd6e8422c407fb6d098690f1130b7ded7ec2f7f5e1d30bd9d521f015363793"
    );
    assert_eq!(hex(&seed), "f818afd37a6dc3bc92fb44731011277006db4efa6e9023cd7468c02335d22a4d");
    let codes: Vec<String> = (0..10).map(|number| format!("91511500MA6000{number:03}X")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    assert_eq!(draw::draw(&seed, &codes, 2), ["91511500MA6000000X", "91511500MA6000008X"]);
    assert_eq!(draw::inspectors(&seed, codes[0], &["甲", "乙", "丙"]), ["丙", "甲"]);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_rate_is_rounded_up() {
    for (population, percent, expected) in
        [(0, 5, 0), (1, 1, 1), (100, 1, 1), (101, 1, 2), (19, 5, 1), (20, 5, 1), (21, 5, 2), (7, 100, 7)]
    {
        assert_eq!(draw::count(population, percent), expected, "{percent} % of {population}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The order in which the population is handed in, and a code that is there twice, change nothing.
    #[test]
    fn nobody_can_arrange_a_population(seed: [u8; 32], mut codes in proptest::collection::vec("[0-9A-Z]{18}", 1..40), count in 0usize..50) {
        let refs: Vec<&str> = codes.iter().map(String::as_str).collect();
        let drawn: Vec<String> = draw::draw(&seed, &refs, count).into_iter().map(str::to_owned).collect();
        let mut distinct: Vec<&&str> = refs.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(drawn.len(), count.min(distinct.len()));
        let first = codes[0].clone();
        codes.reverse();
        codes.push(first);
        let refs: Vec<&str> = codes.iter().map(String::as_str).collect();
        prop_assert_eq!(draw::draw(&seed, &refs, count), drawn);
    }
}

fn planned() -> plan::Plan {
    let population = (0..30).map(|number| {
        let class = if number < 5 { Class::IV } else { Class::II };
        (format!("91511500MA6000{number:03}X"), class)
    });
    plan::Plan {
        id: "p".to_owned(),
        day: "2026-11-23".parse().unwrap(),
        catalogue: "measures-2026.1".to_owned(),
        period: None,
        rates: BTreeMap::from([(Class::II, 5), (Class::IV, 100)]),
        inspectors: ["甲", "乙", "丙"].map(str::to_owned).to_vec(),
        population: population.collect(),
        secret_commitment: draw::commitment(&[1; 32]),
    }
}

#[test]
fn a_plan_draws_from_each_class_at_its_rate() {
    let plan = planned();
    assert_eq!(plan.check(Catalogue::embedded()), Ok(()));
    let tasks = plan.draw(&[1; 32], &[2; 32]);
    let of = |class| tasks.iter().filter(|task| task.class == class).count();
    assert_eq!((of(Class::II), of(Class::IV)), (2, 5));
    assert!(tasks.iter().all(|task| task.inspectors.len() == 2 && task.inspectors[0] != task.inspectors[1]));
    assert!(tasks.windows(2).all(|pair| pair[0].uscc < pair[1].uscc));
    // Whatever is changed of the plan, its digest is another; so is that of a draw.
    let changes: [fn(&mut plan::Plan); 7] = [
        |plan| plan.period = Some(period("2026-12-01", "2026-12-31")),
        |plan| plan.id.push('q'),
        |plan| plan.day = "2026-11-24".parse().unwrap(),
        |plan| {
            plan.rates.insert(Class::II, 6);
        },
        |plan| drop(plan.inspectors.pop()),
        |plan| drop(plan.population.pop_last()),
        |plan| plan.secret_commitment = [0; 32],
    ];
    for change in changes {
        let mut other = planned();
        change(&mut other);
        assert_ne!(other.digest(), plan.digest());
    }
    let root = plan::Root { size: 9, hash: [2; 32] };
    let digest = plan.draw_digest(&[1; 32], root, &tasks);
    assert_ne!(plan.draw_digest(&[1; 32], root, &tasks[1..]), digest);
    assert_ne!(plan.draw_digest(&[1; 32], plan::Root { size: 8, ..root }, &tasks), digest);
}

fn period(from: &str, until: &str) -> plan::Period {
    plan::Period { from: from.parse().unwrap(), until: until.parse().unwrap() }
}

#[test]
fn a_period_is_committed_to_and_a_plan_without_one_has_the_text_it_always_had() {
    let old = planned();
    let head = "xinji inspection plan 1\nid p\nday 2026-11-23\ncatalogue measures-2026.1\n";
    assert!(old.text().starts_with(&format!("{head}rate II 5\n")), "{}", old.text());
    let mut new = planned();
    new.period = Some(period("2026-12-01", "2027-02-28"));
    assert_eq!(new.text(), old.text().replace(head, &format!("{head}period 2026-12-01 2027-02-28\n")));
    assert_eq!(
        new.draw(&[1; 32], &[2; 32]),
        old.draw(&[1; 32], &[2; 32]),
        "whom it draws does not hang on it"
    );
    new.period = Some(period("2026-12-01", "2027-02-27"));
    let mut other = planned();
    other.period = Some(period("2026-12-02", "2027-02-27"));
    assert_ne!(new.digest(), other.digest());
}

#[test]
fn a_period_is_in_order_not_over_and_no_longer_than_a_year() {
    let made = "2026-11-23".parse().unwrap();
    let suits = |from: &str, until: &str| {
        let mut plan = planned();
        plan.period = Some(period(from, until));
        let checked = plan.check(Catalogue::embedded());
        assert_eq!(checked.is_ok(), period(from, until).suits(made));
        assert!(checked.is_ok() || checked == Err(plan::PlanFault::Period));
        checked.is_ok()
    };
    assert!(suits("2026-11-23", "2026-11-23") && suits("2026-10-01", "2026-12-31"));
    assert!(!suits("2026-12-02", "2026-12-01"), "it ends before it begins");
    assert!(suits("2026-11-01", "2026-11-23") && !suits("2026-11-01", "2026-11-22"), "it is over");
    assert!(suits("2026-12-01", "2027-12-01") && !suits("2026-12-01", "2027-12-02"), "366 days at most");
    assert!(suits("2027-11-24", "2027-12-01") && !suits("2027-11-25", "2027-12-01"), "begins within a year");
    let days = period("2026-12-01", "2026-12-31");
    assert!(!days.is_over(days.until) && days.is_over(days.until.succ_opt().unwrap()));
    assert_eq!(days.first_day(made), days.from);
    assert_eq!(days.first_day(days.until), days.until);
}

#[test]
fn a_plan_beyond_the_catalogue_is_none() {
    use plan::PlanFault;
    let with = |change: fn(&mut plan::Plan)| {
        let mut plan = planned();
        change(&mut plan);
        plan.check(Catalogue::embedded())
    };
    assert_eq!(
        with(|plan| {
            plan.rates.insert(Class::II, 4);
        }),
        Err(PlanFault::Rate(Class::II))
    );
    assert_eq!(
        with(|plan| {
            plan.rates.insert(Class::II, 11);
        }),
        Err(PlanFault::Rate(Class::II))
    );
    assert_eq!(with(|plan| plan.rates.clear()), Err(PlanFault::NoClass));
    for names in [vec!["甲"], vec!["甲", "甲"], vec!["甲", ""], vec!["甲", "乙/丙"], vec!["甲", "乙\n"]]
    {
        let mut plan = planned();
        plan.inspectors = names.into_iter().map(str::to_owned).collect();
        assert_eq!(plan.check(Catalogue::embedded()), Err(PlanFault::Inspectors));
    }
}
