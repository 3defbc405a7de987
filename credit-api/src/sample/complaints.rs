//! Complaints of buyers against merchants and carriers.

use chrono::Days;
use credit_core::uscc::Uscc;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{Enterprise, Period};
use super::files::Files;
use super::rng::{Rng, Topic};
use super::sheet::{DAY, date_of};
use super::trade::{Sold, token};

/// Complaints against a weak carrier, in 1/10 000 of its orders.
const WEAK_CARRIER: u32 = 300;

pub(super) fn write(
    merchant: &Enterprise,
    period: &Period,
    orders: &[Sold],
    files: &mut Files,
) -> Result<(), SampleError> {
    let mut rng = merchant.rng(period, Topic::Complaints);
    let share = merchant.conduct().complaints;
    let mut written = 0;
    for order in orders {
        let carrier = order.carrier.filter(|_| order.carrier_weak && rng.chance(WEAK_CARRIER));
        let subject = if rng.chance(share) { Some(merchant.uscc) } else { carrier };
        if let Some(subject) = subject {
            let careless = matches!(
                merchant.archetype,
                Archetype::ManyComplaints | Archetype::JudgmentDefaulter | Archetype::LicenceRevoked
            );
            row(merchant, period, order, subject, careless, &mut written, files, &mut rng)?;
        }
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, given once")]
fn row(
    merchant: &Enterprise,
    period: &Period,
    order: &Sold,
    subject: Uscc,
    careless: bool,
    written: &mut u32,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let accepted_on = date_of(order.ordered_at + rng.between(5, 25) * DAY);
    if accepted_on > period.until {
        return Ok(());
    }
    *written += 1;
    let id = format!("TS{:06}{written:05}", merchant.number);
    let days = |count: i64| {
        let on = accepted_on.checked_add_days(Days::new(count.unsigned_abs()))?;
        period.past(on)
    };
    let (reply, close) = if careless && rng.chance(5500) {
        (rng.between(20, 60), rng.between(61, 110))
    } else {
        (rng.between(1, 6), rng.between(7, 40))
    };
    let (replied_on, closed_on) = (days(reply), days(close));
    let outcome = if careless {
        rng.pick(&["终止", "终止", "和解", "调解成功"])
    } else {
        rng.pick(&["和解", "调解成功", "调解成功", "不成立", "撤回"])
    };
    let became_case = careless && rng.chance(500);
    let category = rng.pick(&["商品质量", "未按时送达", "退换货", "虚假宣传", "售后服务"]);
    files.complaints.row(|line| {
        line.text(&id)
            .text(subject.as_str())
            .text(category)
            .date(accepted_on)
            .maybe_date(replied_on)
            .maybe_date(closed_on)
            .text(if closed_on.is_some() { outcome } else { "" })
            .money(order.amount)
            .flag(closed_on.map(|_| careless && outcome != "终止"))
            .flag(Some(became_case))
            .empty()
            .text(&token('k', merchant.number, order.buyer));
    })
}
