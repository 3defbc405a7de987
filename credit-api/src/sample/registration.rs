//! Registration rows, the change register and the shareholders.

use chrono::{Datelike, NaiveDate};
use credit_core::dates::add_months;
use credit_core::indicator::SubjectKind;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{Enterprise, Period, person};
use super::files::Files;
use super::rng::{Rng, Topic};

/// Numbers of persons who lead no enterprise: former representatives and shareholders.
const OTHER_PERSONS: u32 = 33_000;

/// What one department says.
struct Entry<'a> {
    name: &'a str,
    legal_representative: &'a str,
    phone: &'a str,
    source: &'static str,
}

/// What all departments say alike.
struct Common {
    capital: i64,
    paid_in: Option<i64>,
    filed_on: NaiveDate,
    former_name: String,
    customs_code: String,
    tax_refund: Option<bool>,
    last_report: Option<i64>,
    late_reports: i64,
    premises: Option<(&'static str, NaiveDate)>,
}

pub(super) fn write(enterprise: &Enterprise, period: &Period, files: &mut Files) -> Result<(), SampleError> {
    let mut rng = enterprise.rng(period, Topic::Registration);
    let common = common(enterprise, period, &mut rng);
    let phone = enterprise.phone();
    let own = Entry {
        name: &enterprise.name,
        legal_representative: &enterprise.legal_representative,
        phone: &phone,
        source: "samr",
    };
    if enterprise.archetype == Archetype::MismatchedSources {
        let other = person(period.seed, OTHER_PERSONS + enterprise.number);
        let old_name = enterprise.name.replace("有限公司", "有限责任公司");
        let hard = rng.chance(6000);
        let (name, representative) =
            if hard { (old_name.as_str(), other.as_str()) } else { (own.name, own.legal_representative) };
        let customs =
            Entry { name, legal_representative: representative, phone: "0831-01000000", source: "customs" };
        row(enterprise, &customs, &common, files)?;
        row(enterprise, &Entry { source: "zone", ..own }, &common, files)?;
    } else if rng.chance(1000) {
        row(enterprise, &Entry { source: "zone", ..own }, &common, files)?;
    }
    row(enterprise, &own, &common, files)?;
    changes(enterprise, period, files, &mut rng)?;
    holdings(enterprise, period, files, &mut rng)
}

fn common(enterprise: &Enterprise, period: &Period, rng: &mut Rng) -> Common {
    use Archetype as A;
    let capital = rng.pick(&[1_000_000_i64, 2_000_000, 3_000_000, 5_000_000, 10_000_000, 20_000_000]) * 100;
    let share = match enterprise.archetype {
        A::MatureAeo | A::GoodProvider => Some(100),
        A::LicenceRevoked | A::ThinTrade => Some(rng.between(0, 30)),
        A::StartUp => None,
        _ if rng.chance(3000) => None,
        _ => Some(rng.between(45, 100)),
    };
    let bad_premises = matches!(enterprise.archetype, A::LicenceRevoked | A::AbnormalOperation);
    let checked =
        enterprise.established_on.max(enterprise.ago(period, i32::try_from(rng.between(1, 9)).unwrap_or(1)));
    let premises = match rng.below(100) {
        _ if bad_premises => Some((rng.pick(&["lost", "failed"]), checked)),
        _ if enterprise.archetype == A::MatureAeo || enterprise.archetype == A::GoodProvider => {
            Some(("verified", checked))
        }
        0..72 => Some(("verified", checked)),
        _ => None,
    };
    let year = period.until.year() - if (period.until.month(), period.until.day()) > (6, 30) { 1 } else { 2 };
    let reports = enterprise.established_on.year() <= year;
    let behind = i32::from(enterprise.archetype == A::LicenceRevoked) * 2
        + i32::from(enterprise.archetype == A::AbnormalOperation);
    Common {
        capital,
        paid_in: share.map(|share| capital / 100 * share),
        filed_on: add_months(enterprise.established_on, 1).min(period.until),
        former_name: if rng.chance(500) {
            enterprise.name.replace("有限公司", "经营部")
        } else {
            String::new()
        },
        customs_code: if enterprise.kind == SubjectKind::E1 || rng.chance(5000) {
            enterprise.customs_code()
        } else {
            String::new()
        },
        tax_refund: (enterprise.kind == SubjectKind::E1).then(|| rng.chance(9000)),
        last_report: reports.then(|| i64::from(year - behind)),
        late_reports: i64::from(behind > 0 || (enterprise.archetype == A::Clean && rng.chance(800))),
        premises,
    }
}

fn row(
    enterprise: &Enterprise,
    entry: &Entry<'_>,
    common: &Common,
    files: &mut Files,
) -> Result<(), SampleError> {
    let status = match enterprise.archetype {
        Archetype::LicenceRevoked => "吊销未注销",
        _ => "存续",
    };
    files.registration.row(|line| {
        line.text(enterprise.uscc.as_str())
            .text(entry.name)
            .text(status)
            .date(enterprise.established_on)
            .money(common.capital)
            .maybe_money(common.paid_in)
            .text(entry.legal_representative)
            .text(&enterprise.address())
            .text(enterprise.region_code)
            .text(enterprise.industry_code)
            .text(roles(enterprise))
            .date(common.filed_on)
            .text(&common.former_name)
            .text(&common.customs_code)
            .flag(Some(true))
            .flag(common.tax_refund)
            .maybe_number(common.last_report)
            .number(common.late_reports)
            .text(entry.phone)
            .text(common.premises.map_or("", |(result, _)| result))
            .maybe_date(common.premises.map(|(_, on)| on))
            .text(entry.source);
    })
}

/// The first role is the scored one; some merchants run a warehouse, some carriers a brokerage.
fn roles(enterprise: &Enterprise) -> &'static str {
    let second = enterprise.number % 7 == 3;
    match (enterprise.kind, second) {
        (SubjectKind::E1, false) => "ecommerce",
        (SubjectKind::E1, true) => "ecommerce;service",
        (SubjectKind::E2, _) => "platform",
        (SubjectKind::E3, false) => "logistics",
        (SubjectKind::E3, true) => "logistics;service",
        (SubjectKind::E4, _) => "service",
    }
}

fn changes(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let (count, share) = match enterprise.archetype {
        Archetype::InventedOrders | Archetype::LicenceRevoked => (4, 8000),
        Archetype::MatureAeo | Archetype::GoodProvider => (1, 1500),
        _ => (2, 1800),
    };
    for turn in 0..count {
        if !rng.chance(share) {
            continue;
        }
        let on = enterprise.ago(period, 11 - 3 * turn);
        if on <= enterprise.established_on {
            continue;
        }
        let former = person(period.seed, OTHER_PERSONS + enterprise.number);
        let address = enterprise.address();
        let (item, before, after) = match turn % 3 {
            0 => ("法定代表人变更", former.as_str(), enterprise.legal_representative.as_str()),
            1 => ("住所变更", "原示例创业园1栋101号", address.as_str()),
            _ => ("经营范围变更", "货物进出口", "货物进出口；互联网销售"),
        };
        files.changes.row(|line| {
            line.text(enterprise.uscc.as_str()).date(on).text(item).text(before).text(after);
        })?;
    }
    Ok(())
}

fn holdings(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let major = rng.between(51, 100);
    let uscc = enterprise.uscc;
    files.holdings.row(|line| {
        line.text(uscc.as_str()).text(&enterprise.legal_representative).empty().number(major);
        line.date(enterprise.established_on).empty();
    })?;
    if major == 100 {
        return Ok(());
    }
    // Every tenth minority holder is the enterprise that stands before.
    let parent = match enterprise.number.checked_sub(1) {
        Some(before) if rng.chance(1000) => Some(Enterprise::at(period, before)?),
        _ => None,
    };
    let minor = person(period.seed, OTHER_PERSONS / 2 + enterprise.number);
    files.holdings.row(|line| {
        line.text(uscc.as_str());
        match &parent {
            Some(parent) => line.text(&parent.name).text(parent.uscc.as_str()),
            None => line.text(&minor).empty(),
        };
        line.number(100 - major).date(enterprise.established_on).empty();
    })
}
