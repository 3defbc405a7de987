//! S3: the sixteen indicators of trade (T01–T16), from counts made by `trade`.

use std::cmp::Ordering;

use super::exact::{LN_BITS, compare, count, ln};
use super::{ObserveParams, category, share};
use crate::facts::{MonthVolume, TradeFacts};
use crate::indicator::{Observation, Value};
use crate::records::Direction;

/// Months whose activity and stability are judged, and the length of a baseline (ruling B5).
const YEAR: usize = 12;

/// T01 三单匹配率 (ruling B2): matched ÷ released, 90 d.
pub fn t01(trade: &TradeFacts) -> Observation {
    share(trade.matched_90, trade.released_90, trade.released_90)
}

/// T02 退单差错率 (ruling B3): rejected ÷ rows with a customs status, 90 d.
pub fn t02(trade: &TradeFacts) -> Observation {
    share(trade.rejected_90, trade.declared_90, trade.declared_90)
}

/// T03 撤改单率 (rulings A10, G): amended ÷ orders with documents, 90 d; none with documents is not applicable.
pub fn t03(trade: &TradeFacts) -> Observation {
    if trade.documented_90 == 0 {
        return Observation::not_applicable();
    }
    share(trade.amended_90, trade.documented_90, trade.documented_90)
}

/// T04 查验异常率 (rulings B3, G): held ÷ released and held, 365 d.
pub fn t04(trade: &TradeFacts) -> Observation {
    share(trade.held_365, trade.examined_365, trade.examined_365)
}

/// T05 支付人一致率 (rulings A9, B4): of import rows with a known payer, 90 d. The minimum applies to all
/// import rows of 90 d; no import in a year is not applicable.
pub fn t05(trade: &TradeFacts) -> Observation {
    if trade.import_rows_365 == 0 {
        return Observation::not_applicable();
    }
    share(trade.payer_matches_90, trade.payer_known_90, trade.import_rows_90)
}

/// T06 资金货物匹配 (ruling B4): |A−P|/A per direction that has enough rows; the larger one. `n` is that
/// direction's rows; when neither has enough, the larger number of rows, insufficient.
pub fn t06(trade: &TradeFacts, params: &ObserveParams) -> Observation {
    match larger_gap(trade, params) {
        Some(Gap { share: (num, den), rows, .. }) => Observation::observed(Value::Ratio { num, den }, rows),
        None => Observation::insufficient(trade.import_rows_365.max(trade.export_rows_365)),
    }
}

/// The direction that T06 is about; nothing while neither has enough rows.
#[must_use]
pub fn t06_direction(trade: &TradeFacts, params: &ObserveParams) -> Option<Direction> {
    larger_gap(trade, params).map(|gap| gap.direction)
}

/// How far money and goods of a direction are apart.
struct Gap {
    direction: Direction,
    share: (i128, i128),
    rows: u64,
}

fn larger_gap(trade: &TradeFacts, params: &ObserveParams) -> Option<Gap> {
    let import = gap(trade.import_amount_365, trade.import_paid_365);
    let export = gap(trade.export_amount_365, trade.export_paid_365);
    let enough = |rows: u64| rows > 0 && rows >= params.t06_rows_per_direction;
    [(Direction::Import, import, trade.import_rows_365), (Direction::Export, export, trade.export_rows_365)]
        .into_iter()
        .filter(|(_, _, rows)| enough(*rows))
        .filter_map(|(direction, share, rows)| share.map(|share| Gap { direction, share, rows }))
        .max_by(|left, right| compare(left.share, right.share))
}

/// |amount − paid| / amount; `None` without an amount.
fn gap(amount: i128, paid: i128) -> Option<(i128, i128)> {
    (amount > 0).then(|| (amount.saturating_sub(paid).saturating_abs(), amount))
}

/// T07 妥投率 (ruling B4): delivered within 45 days ÷ rows shipped in 90 d that count.
pub fn t07(trade: &TradeFacts) -> Observation {
    share(trade.delivered_in_time_90, trade.shipped_90, trade.shipped_90)
}

/// T08 时效达成率 (rulings B6, G): on or before the promised day ÷ promised, 90 d.
pub fn t08(trade: &TradeFacts) -> Observation {
    share(trade.kept_promise_90, trade.promised_90, trade.promised_90)
}

/// T09 退货异常倍数 (ruling B7): own returns ÷ Σ rows·median over the cells that have one. Where the peers
/// return nothing: nothing returned is 0, anything returned is `no_peer_returns`, the worst bin.
pub fn t09(trade: &TradeFacts) -> Observation {
    let n = trade.peer_rows_365;
    if n == 0 {
        return Observation::insufficient(0);
    }
    let returned = i128::from(trade.peer_returned_365);
    if trade.peer_expected_num > 0 {
        let num = returned.saturating_mul(trade.peer_expected_den);
        return Observation::observed(Value::Ratio { num, den: trade.peer_expected_num }, n);
    }
    if returned == 0 { Observation::observed(Value::whole(0), n) } else { category("no_peer_returns", n) }
}

/// T10 交易连续性 (ruling B5): of the last 12 complete months, those with a row.
pub fn t10(trade: &TradeFacts) -> Observation {
    let year = last(&trade.months, YEAR);
    let active = count(year.iter().filter(|month| month.rows > 0).count());
    let rows = year.iter().fold(0u64, |sum, month| sum.saturating_add(month.rows));
    Observation::observed(Value::whole(i128::from(active)), rows)
}

/// T11 规模稳定性 (ruling B5): the largest squared z-score of ln(month's amount) against the months before it,
/// the standard deviation being at least 0.1. `n` is the number of baseline months behind the value, or the
/// longest baseline found when none is long enough.
pub fn t11(trade: &TradeFacts, params: &ObserveParams) -> Observation {
    match largest_change(&trade.months, params) {
        Ok(Change { square: (num, den), baseline, .. }) => {
            Observation::observed(Value::Ratio { num, den }, baseline)
        }
        Err(longest) => Observation::insufficient(longest),
    }
}

/// The place among the months of the one that T11 found; nothing while no baseline is long enough.
#[must_use]
pub fn t11_month(months: &[MonthVolume], params: &ObserveParams) -> Option<usize> {
    largest_change(months, params).ok().map(|change| change.place)
}

/// A month against those before it.
struct Change {
    place: usize,
    square: (i128, i128),
    /// Months of the baseline.
    baseline: u64,
}

/// The largest change of the last year, or the longest baseline where none is long enough.
fn largest_change(months: &[MonthVolume], params: &ObserveParams) -> Result<Change, u64> {
    let logs: Vec<Option<i128>> = months.iter().map(|month| ln(month.amount)).collect();
    let mut longest = 0;
    let mut largest: Option<Change> = None;
    for (place, own) in logs.iter().enumerate().skip(logs.len().saturating_sub(YEAR)) {
        let Some(own) = own else { continue };
        let before: Vec<i128> =
            logs.iter().take(place).skip(place.saturating_sub(YEAR)).flatten().copied().collect();
        let baseline = count(before.len());
        longest = longest.max(baseline);
        if baseline == 0 || baseline < params.t11_baseline_months {
            continue;
        }
        let square = z_square(*own, &before);
        if largest.as_ref().is_none_or(|so_far| compare(square, so_far.square) == Ordering::Greater) {
            largest = Some(Change { place, square, baseline });
        }
    }
    largest.ok_or(longest)
}

/// z² of `own` against a baseline of k ≥ 1 values, all with [`LN_BITS`] fractional bits, variance at least 0.01:
/// z² = (k·x − Σ)² / max(k·Σx² − Σ², k²/100), both sides times 100.
///
/// ln of a 128-bit amount is below 2^7, so with 40 bits and k ≤ 12 no term reaches 2^110.
fn z_square(own: i128, baseline: &[i128]) -> (i128, i128) {
    let k = i128::from(count(baseline.len()));
    let sum: i128 = baseline.iter().sum();
    let squares: i128 = baseline.iter().map(|x| x * x).sum();
    let distance = k * own - sum;
    let floor = (k * k) << (2 * LN_BITS);
    (100 * distance * distance, (100 * (k * squares - sum * sum)).max(floor))
}

/// The last `n` months, oldest first.
fn last(months: &[MonthVolume], n: usize) -> &[MonthVolume] {
    months.get(months.len().saturating_sub(n)..).unwrap_or_default()
}

/// T12 额度占用异常 (rulings A9, B8): import rows of flagged buyer tokens ÷ import rows, 90 d.
pub fn t12(trade: &TradeFacts) -> Observation {
    if trade.import_rows_365 == 0 {
        return Observation::not_applicable();
    }
    share(trade.quota_flagged_90, trade.import_rows_90, trade.import_rows_90)
}

/// T13 地址电话聚集 (rulings B8, G): rows of flagged tokens ÷ rows with an address or phone token, 90 d.
pub fn t13(trade: &TradeFacts) -> Observation {
    share(trade.clustered_90, trade.addressed_90, trade.addressed_90)
}

/// T14 价格偏离率 (rulings A13, B9): lines off by more than a factor of three ÷ lines left, 90 d.
pub fn t14(trade: &TradeFacts) -> Observation {
    share(trade.price_off_90, trade.priced_90, trade.priced_90)
}

/// T15 运单异常率 (ruling B10): abnormal waybills ÷ rows with one, 90 d.
pub fn t15(trade: &TradeFacts) -> Observation {
    share(trade.waybills_abnormal_90, trade.waybills_90, trade.waybills_90)
}

/// T16 时序异常率 (ruling B10): rows out of sequence or in a burst ÷ all rows, 90 d.
pub fn t16(trade: &TradeFacts) -> Observation {
    share(trade.sequence_abnormal_90, trade.rows_90, trade.rows_90)
}
