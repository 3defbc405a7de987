//! What an expression may name.

use crate::grade::Grade;
use crate::indicator::{IndicatorId, State, Value};
use crate::records::PremisesCheck;
use crate::reviews::ReviewSigns;
use crate::reviews::peers::{MIN_LOW, middle};
use crate::rules::relation::is_bad;
use crate::signals::{Compared, Pack, Sign, share_at_least, share_at_most};

use super::run::Situation;

/// A value of an expression: a whole number or a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    Number(i64),
    Word(&'static str),
}

/// Figures of the enterprise, with what each counts. Numbers all.
pub const OF_ENTERPRISE: [(&str, &str); 23] = [
    ("complaints_30", "complaints accepted in the last 30 days"),
    ("complaints_90_before", "complaints accepted in the 90 days before those"),
    ("held_365", "parcels held or found wrong by customs in 365 days"),
    ("rows_90", "orders in 90 days"),
    ("reviews_365", "reviews in 365 days, deleted ones left out"),
    ("suspicious_365", "of those, the ones with signs F1 to F8"),
    ("bad_relatives", "enterprises related by person, address and telephone that are revoked or on a list"),
    ("premises_lost", "1 where the premises check found nobody"),
    ("grade_fall", "steps by which the grade fell against the one in force before; 0 for none"),
    (
        "group_size",
        "enterprises tied to one another by person, or by address and telephone, itself among them",
    ),
    ("group_bad", "of the others of that group, those that are revoked or on a list"),
    ("review_bursts", "days of 90 with far more reviews than before, nearly all of five stars (F4)"),
    ("review_ones", "share of the reviews with one star, at least, in ten-thousandths (F6)"),
    ("review_fives", "share of the reviews with five stars, at least, in ten-thousandths (F6)"),
    ("review_hidden", "share of the reviews of at most two stars that were deleted, at least (F8)"),
    (
        "review_middle",
        "share of the reviews with neither one star nor five, at most, in ten-thousandths (F6)",
    ),
    (
        "peer_review_middle",
        "what that share would be if each chapter of its goods were as its peers' (F6); 0 where they are few",
    ),
    ("peer_review_hidden", "the median of its kind's shares of deleted low reviews, in ten-thousandths (F8)"),
    (
        "review_peers",
        "enterprises of its kind with so many low reviews; 0 where they are too few for a median",
    ),
    (FOR_MANY, "share of the imports compared, at least, that one person paid for five buyers or more of it"),
    (ACROSS, "the same of persons who pay for five buyers or more at three merchants or more of the zone"),
    (
        ELSEWHERE,
        "share of the newest sales with bar codes that others declare, at least, in which three others or more declare \
         them under one other chapter and nobody under its own",
    ),
    ("sales_90", "sales by customs messages in 90 days"),
];

/// Figures about persons who pay for others.
pub const FOR_MANY: &str = "payer_for_many";
pub const ACROSS: &str = "payer_across";
/// The figure about goods that others declare under another chapter.
pub const ELSEWHERE: &str = "goods_elsewhere";

/// Before the code of a sign: the share of the sales in which it was looked for that show it at least (lower bound of
/// Wilson's 95 % interval), in ten-thousandths; and the median share of the zone's enterprises, 0 where they are few.
const SALE: &str = "sale_";
const PEER: &str = "peer_";

/// The sign that a figure is about.
#[must_use]
pub fn sign_of(name: &str) -> Option<Sign> {
    Sign::of_code(name.strip_prefix(SALE).or_else(|| name.strip_prefix(PEER))?)
}

/// Figures of one record, for rules that look at each.
pub const OF_RECORD: [(&str, &str); 6] = [
    ("record_days", "days since it was decided, began, was made or was determined"),
    ("record_days_left", "days until its last day; negative once that is over"),
    ("record_severity", "of a penalty: 1 minor, 3 general, 8 serious"),
    ("record_authority", "of a class: the department, as in the source files"),
    ("record_class", "of a class: as in the source files"),
    ("record_list", "of an entry: the list, as in the source files"),
];

/// The parts of one that an indicator counts in.
const PARTS: i128 = 10_000;

/// Whether a name can be used at all, and in rules that look at each record.
#[must_use]
pub fn is_known(name: &str, of_record: bool) -> bool {
    let in_record = of_record && OF_RECORD.iter().any(|(known, _)| *known == name);
    in_record
        || OF_ENTERPRISE.iter().any(|(known, _)| *known == name)
        || sign_of(name).is_some()
        || name.parse::<IndicatorId>().is_ok()
}

/// A figure of the enterprise. Nothing where it is not observed: a rule that names it is then not asked.
#[must_use]
pub fn of_enterprise(situation: &Situation<'_>, name: &str) -> Option<Figure> {
    let facts = situation.facts;
    let days_ago = |day: chrono::NaiveDate| (facts.as_of - day).num_days();
    let complaints = |from: i64, to: i64| {
        let inside = |ago: i64| ago >= from && ago < to;
        facts.complaints.iter().filter(|one| inside(days_ago(one.accepted_on))).count()
    };
    let number = |count: u64| Figure::Number(i64::try_from(count).unwrap_or(i64::MAX));
    let length = |count: usize| Figure::Number(i64::try_from(count).unwrap_or(i64::MAX));
    Some(match name {
        "complaints_30" => length(complaints(0, 30)),
        "complaints_90_before" => length(complaints(30, 120)),
        "held_365" => number(facts.trade.held_365),
        "rows_90" => number(facts.trade.rows_90),
        "reviews_365" => number(facts.reviews.all_365),
        "suspicious_365" => number(facts.reviews.suspicious_365),
        "bad_relatives" => {
            length(facts.relatives.iter().filter(|relative| is_bad(relative, facts.as_of)).count())
        }
        "premises_lost" => {
            Figure::Number(i64::from(facts.registration.premises_check == Some(PremisesCheck::Lost)))
        }
        "grade_fall" => Figure::Number(fall(situation.previous, situation.grade)),
        "review_bursts" => number(facts.reviews.signs.bursts),
        "review_ones" => number(of_stars(&facts.reviews.signs, 1)?),
        "review_fives" => number(of_stars(&facts.reviews.signs, 5)?),
        "review_hidden" => number(hidden(&facts.reviews.signs)?),
        "review_middle" => number(middle_at_most(&facts.reviews.signs)?),
        "peer_review_middle" => {
            number(situation.reviews.expected_middle(facts.kind, &facts.reviews.signs).unwrap_or_default())
        }
        "peer_review_hidden" => number(situation.reviews.deleted_of(facts.kind).unwrap_or_default().0),
        "review_peers" => number(situation.reviews.deleted_of(facts.kind).unwrap_or_default().1),
        FOR_MANY => number(of_payers(situation, situation.payers.for_many)?),
        ACROSS => number(of_payers(situation, situation.payers.across)?),
        ELSEWHERE => {
            let Compared { sales, elsewhere } = situation.goods;
            number((sales >= Pack::embedded().min_sales).then(|| share_at_least(elsewhere, sales))?)
        }
        "group_size" => number(situation.group.size),
        "group_bad" => number(situation.group.bad),
        "sales_90" => number(situation.sales.map_or(0, |sales| sales.sales())),
        name if name.starts_with(SALE) => number(situation.sales?.share(sign_of(name)?, Pack::embedded())?),
        name if name.starts_with(PEER) => number(situation.peers.median(sign_of(name)?)),
        name => return indicator(situation, name.parse().ok()?),
    })
}

/// Reviews that a share of them needs (C06).
const MIN_REVIEWS: u64 = 50;

fn of_stars(signs: &ReviewSigns, stars: usize) -> Option<u64> {
    let all: u64 = signs.stars.iter().sum();
    let found = signs.stars.get(stars.checked_sub(1)?)?;
    (all >= MIN_REVIEWS).then(|| share_at_least(*found, all))
}

fn middle_at_most(signs: &ReviewSigns) -> Option<u64> {
    let all: u64 = signs.stars.iter().sum();
    (all >= MIN_REVIEWS).then(|| share_at_most(middle(&signs.stars), all))
}

/// Of the imports whose payer and buyer were compared.
fn of_payers(situation: &Situation<'_>, sales: u64) -> Option<u64> {
    situation.sales?.share_of(sales, Sign::Payer, Pack::embedded())
}

fn hidden(signs: &ReviewSigns) -> Option<u64> {
    (signs.low >= MIN_LOW).then(|| share_at_least(signs.low_deleted, signs.low))
}

/// Ten-thousandths, rounded down: compared with a whole number by `<` and `>=`, that is exact.
fn indicator(situation: &Situation<'_>, id: IndicatorId) -> Option<Figure> {
    let result = situation.indicators.iter().find(|result| result.id == id)?;
    match (&result.state, &result.value) {
        (State::Observed, Some(Value::Ratio { num, den })) if *den > 0 => {
            let parts = num.checked_mul(PARTS)?.div_euclid(*den);
            Some(Figure::Number(i64::try_from(parts).unwrap_or(i64::MAX)))
        }
        _ => None,
    }
}

/// Steps from one grade down to another; N is neither better nor worse than any.
fn fall(before: Option<Grade>, now: Grade) -> i64 {
    let steps = |grade: Grade| grade.rank().map(i64::from);
    match (before.and_then(steps), steps(now)) {
        (Some(before), Some(now)) => (before - now).max(0),
        _ => 0,
    }
}
