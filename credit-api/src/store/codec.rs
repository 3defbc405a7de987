//! Orders and reviews as they are stored: SCALE, one version byte first, so that a later layout can be told apart.
//!
//! The whole record is one value; the columns beside it are only those that SQL selects by.
#![expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]

use chrono::NaiveDate;
use credit_core::dates::{Moment, day_number, from_day_number};
use credit_core::money::Fen;
use credit_core::records::{Direction, Mode, Order, Review};
use credit_core::trade::last_event_on;
use credit_core::uscc::Uscc;
use parity_scale_codec::{Decode, DecodeAll, Encode};

use super::StoreError;

#[derive(Encode, Decode)]
enum StoredOrder {
    #[codec(index = 1)]
    V1(OrderV1),
    /// With what customs messages alone say: whether documents agree, whether weights differ.
    #[codec(index = 2)]
    V2(OrderV1, [u8; 2]),
}

#[derive(Encode, Decode)]
struct OrderV1 {
    uscc: [u8; 18],
    order_no: String,
    mode: u8,
    import: bool,
    ordered_at: i64,
    times: [Option<i64>; 8],
    amount: i64,
    paid_amount: Option<i64>,
    currency: String,
    /// 0 empty, 1 false, 2 true; SCALE's `Option<bool>` differs between implementations.
    flags: [u8; 3],
    parties: [Option<[u8; 18]>; 5],
    texts: [Option<String>; 7],
    quantity_e6: Option<i64>,
    customs_status: Option<i32>,
    promised_day: Option<i32>,
}

#[derive(Encode, Decode)]
enum StoredReview {
    #[codec(index = 1)]
    V1(ReviewV1),
}

#[derive(Encode, Decode)]
struct ReviewV1 {
    review_id: String,
    platform: [u8; 18],
    uscc: [u8; 18],
    rating: u8,
    created_at: i64,
    replied_at: Option<i64>,
    verified: bool,
    deleted: bool,
    incentive: bool,
    buyer_token: String,
    simhash: Option<u64>,
    texts: [Option<String>; 4],
}

pub(super) const MODES: [Mode; 5] = [Mode::M9610, Mode::M1210, Mode::M1239, Mode::M9710, Mode::M9810];

pub(super) fn code(uscc: &Uscc) -> [u8; 18] {
    uscc.as_str().as_bytes().try_into().unwrap_or([b'0'; 18])
}

pub(super) fn uscc(code: [u8; 18]) -> Result<Uscc, String> {
    let text = std::str::from_utf8(&code).map_err(|error| error.to_string())?;
    Uscc::parse(text).map_err(|error| error.to_string())
}

fn flag(value: Option<bool>) -> u8 {
    match value {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

fn unflag(value: u8) -> Result<Option<bool>, String> {
    match value {
        0 => Ok(None),
        1 => Ok(Some(false)),
        2 => Ok(Some(true)),
        other => Err(format!("flag {other}")),
    }
}

fn ms(moment: Option<Moment>) -> Option<i64> {
    moment.map(|moment| moment.0)
}

/// The stored form of an order.
#[must_use]
pub fn encode_order(order: &Order) -> Vec<u8> {
    let mode = MODES.iter().position(|mode| *mode == order.mode).and_then(|at| u8::try_from(at).ok());
    let row = OrderV1 {
        uscc: code(&order.uscc),
        order_no: order.order_no.clone(),
        mode: mode.unwrap_or(u8::MAX),
        import: order.direction == Direction::Import,
        ordered_at: order.ordered_at.0,
        times: [
            ms(order.paid_at),
            ms(order.shipped_at),
            ms(order.delivered_at),
            ms(order.held_at),
            ms(order.returned_at),
            ms(order.cancelled_at),
            ms(order.refund_requested_at),
            ms(order.refund_closed_at),
        ],
        amount: order.amount.0,
        paid_amount: order.paid_amount.map(|fen| fen.0),
        currency: order.currency.clone(),
        flags: [flag(order.payer_matches_buyer), flag(order.consignee_matches), flag(order.amended)],
        parties: [
            order.logistics_uscc.as_ref().map(code),
            order.platform_uscc.as_ref().map(code),
            order.payment_uscc.as_ref().map(code),
            order.agent_uscc.as_ref().map(code),
            order.warehouse_uscc.as_ref().map(code),
        ],
        texts: [
            order.logistics_no.clone(),
            order.hs_code.clone(),
            order.country.clone(),
            order.buyer_token.clone(),
            order.address_token.clone(),
            order.phone_token.clone(),
            order.event_id.clone(),
        ],
        quantity_e6: order.quantity_e6,
        customs_status: order.customs_status,
        promised_day: order.promised_on.map(day_number),
    };
    // A row without documents has the bytes that it always had, so that the same row again is seen to be the same.
    match (order.documents_agree, order.weight_differs) {
        (None, None) => StoredOrder::V1(row),
        (agree, differ) => StoredOrder::V2(row, [flag(agree), flag(differ)]),
    }
    .encode()
}

fn party(code: Option<[u8; 18]>) -> Result<Option<Uscc>, String> {
    code.map(uscc).transpose()
}

/// Reads a stored order.
///
/// # Errors
/// [`StoreError::Damaged`] when the bytes are not what [`encode_order`] writes.
pub fn decode_order(bytes: &[u8]) -> Result<Order, StoreError> {
    let damaged = |why: String| StoreError::Damaged {
        what: "order",
        key: hex::encode(bytes.get(..24).unwrap_or(bytes)),
        why,
    };
    let stored = StoredOrder::decode_all(&mut &*bytes).map_err(|error| damaged(error.to_string()))?;
    let (row, documents) = match stored {
        StoredOrder::V1(row) => (row, [0, 0]),
        StoredOrder::V2(row, documents) => (row, documents),
    };
    order_of(row, documents).map_err(damaged)
}

fn order_of(v1: OrderV1, [agree, differ]: [u8; 2]) -> Result<Order, String> {
    let [paid_at, shipped_at, delivered_at, held_at, returned_at, cancelled_at, requested, closed] =
        v1.times.map(|time| time.map(Moment));
    let [payer, consignee, amended] = v1.flags;
    let [logistics, platform, payment, agent, warehouse] = v1.parties;
    let [logistics_no, hs_code, country, buyer_token, address_token, phone_token, event_id] = v1.texts;
    Ok(Order {
        uscc: uscc(v1.uscc)?,
        order_no: v1.order_no,
        mode: MODES.get(usize::from(v1.mode)).copied().ok_or("mode")?,
        direction: if v1.import { Direction::Import } else { Direction::Export },
        ordered_at: Moment(v1.ordered_at),
        paid_at,
        shipped_at,
        delivered_at,
        amount: Fen(v1.amount),
        paid_amount: v1.paid_amount.map(Fen),
        currency: v1.currency,
        payer_matches_buyer: unflag(payer)?,
        consignee_matches: unflag(consignee)?,
        logistics_no,
        logistics_uscc: party(logistics)?,
        platform_uscc: party(platform)?,
        payment_uscc: party(payment)?,
        hs_code,
        quantity_e6: v1.quantity_e6,
        country,
        buyer_token,
        address_token,
        phone_token,
        customs_status: v1.customs_status,
        held_at,
        returned_at,
        promised_on: v1.promised_day.map(from_day_number),
        amended: unflag(amended)?,
        cancelled_at,
        refund_requested_at: requested,
        refund_closed_at: closed,
        agent_uscc: party(agent)?,
        warehouse_uscc: party(warehouse)?,
        event_id,
        documents_agree: unflag(agree)?,
        weight_differs: unflag(differ)?,
    })
}

/// The stored form of a review.
#[must_use]
pub fn encode_review(review: &Review) -> Vec<u8> {
    StoredReview::V1(ReviewV1 {
        review_id: review.review_id.clone(),
        platform: code(&review.platform_uscc),
        uscc: code(&review.uscc),
        rating: review.rating,
        created_at: review.created_at.0,
        replied_at: ms(review.merchant_replied_at),
        verified: review.verified_purchase,
        deleted: review.deleted,
        incentive: review.incentive,
        buyer_token: review.buyer_token.clone(),
        simhash: review.simhash,
        texts: [
            review.order_no.clone(),
            review.counterparty_token.clone(),
            review.text_hash.clone(),
            review.event_id.clone(),
        ],
    })
    .encode()
}

/// Reads a stored review.
///
/// # Errors
/// [`StoreError::Damaged`] when the bytes are not what [`encode_review`] writes.
pub fn decode_review(bytes: &[u8]) -> Result<Review, StoreError> {
    let damaged = |why: String| StoreError::Damaged {
        what: "review",
        key: hex::encode(bytes.get(..24).unwrap_or(bytes)),
        why,
    };
    let StoredReview::V1(v1) =
        StoredReview::decode_all(&mut &*bytes).map_err(|error| damaged(error.to_string()))?;
    let [order_no, counterparty_token, text_hash, event_id] = v1.texts;
    Ok(Review {
        review_id: v1.review_id,
        platform_uscc: uscc(v1.platform).map_err(damaged)?,
        uscc: uscc(v1.uscc).map_err(damaged)?,
        order_no,
        rating: v1.rating,
        created_at: Moment(v1.created_at),
        verified_purchase: v1.verified,
        buyer_token: v1.buyer_token,
        counterparty_token,
        text_hash,
        simhash: v1.simhash,
        deleted: v1.deleted,
        incentive: v1.incentive,
        merchant_replied_at: v1.replied_at.map(Moment),
        event_id,
    })
}

/// The Shanghai day of an instant.
#[must_use]
pub fn day_of(moment: Moment) -> i32 {
    day_number(moment.shanghai_date())
}

/// The last Shanghai day on which anything of the order happens or is promised.
#[must_use]
pub fn last_event_day(order: &Order) -> i32 {
    let last = day_number(last_event_on(order));
    order.promised_on.map_or(last, |promised_on| last.max(day_number(promised_on)))
}

/// A stored day as a date.
#[must_use]
pub fn date_of(day: i32) -> NaiveDate {
    from_day_number(day)
}
