//! Fictitious enterprises and orders for tests.

use chrono::NaiveDate;

use crate::dates::{Moment, SHANGHAI_OFFSET_MS, day_number};
use crate::money::Fen;
use crate::records::{Direction, Mode, Order};
use crate::uscc::{ALPHABET, Uscc};

/// A well-formed code of no real enterprise; one per number.
pub fn uscc(number: u32) -> Uscc {
    let body = format!("91511502MA6T{number:05}");
    ALPHABET.chars().find_map(|check| Uscc::parse(&format!("{body}{check}")).ok()).unwrap_or_else(|| uscc(0))
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// An instant by Shanghai day and minute of that day.
pub fn at(day: i32, minute: i64) -> Moment {
    Moment(i64::from(day) * 86_400_000 + minute * 60_000 - SHANGHAI_OFFSET_MS)
}

/// Noon of a date in Shanghai.
pub fn noon(text: &str) -> Moment {
    at(day_number(date(text)), 720)
}

/// A paid, shipped, delivered and released import of 100 元 without counterparties, all on one day.
pub fn import(merchant: Uscc, order_no: &str, day: &str) -> Order {
    Order {
        uscc: merchant,
        order_no: order_no.to_owned(),
        mode: Mode::M9610,
        direction: Direction::Import,
        ordered_at: noon(day),
        paid_at: Some(noon(day)),
        shipped_at: Some(noon(day)),
        delivered_at: Some(noon(day)),
        amount: Fen(10_000),
        paid_amount: Some(Fen(10_000)),
        currency: "142".to_owned(),
        payer_matches_buyer: Some(true),
        consignee_matches: Some(true),
        logistics_no: Some(format!("SF{order_no}")),
        logistics_uscc: None,
        platform_uscc: None,
        payment_uscc: None,
        hs_code: Some("3304990000".to_owned()),
        quantity_e6: Some(1_000_000),
        country: Some("502".to_owned()),
        buyer_token: Some(format!("buyer-{order_no}")),
        address_token: None,
        phone_token: None,
        customs_status: Some(800),
        held_at: None,
        returned_at: None,
        promised_on: None,
        amended: None,
        cancelled_at: None,
        refund_requested_at: None,
        refund_closed_at: None,
        agent_uscc: None,
        warehouse_uscc: None,
        event_id: None,
        documents_agree: None,
        weight_differs: None,
    }
}

/// The same as an export without any payment.
pub fn export(merchant: Uscc, order_no: &str, day: &str) -> Order {
    Order {
        direction: Direction::Export,
        paid_at: None,
        paid_amount: None,
        payer_matches_buyer: None,
        consignee_matches: None,
        buyer_token: None,
        ..import(merchant, order_no, day)
    }
}
