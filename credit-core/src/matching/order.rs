//! A sale as an order of the `transactions` shape (rulings B1, E9), and beside a row that says the same.

use serde::{Deserialize, Serialize};

use super::{CNY, Judgement, Sale, Surroundings};
use crate::dates::Moment;
use crate::money::Fen;
use crate::records::{Direction, Mode, Order};
use crate::uscc::Uscc;

/// What customs messages say of an order; what they do not say is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    pub uscc: Option<Uscc>,
    pub order_no: String,
    pub mode: Option<Mode>,
    pub direction: Option<Direction>,
    pub ordered_at: Option<Moment>,
    pub paid_at: Option<Moment>,
    pub shipped_at: Option<Moment>,
    pub delivered_at: Option<Moment>,
    pub amount: Option<Fen>,
    pub paid_amount: Option<Fen>,
    pub currency: Option<String>,
    pub payer_matches_buyer: Option<bool>,
    pub consignee_matches: Option<bool>,
    pub logistics_no: Option<String>,
    pub logistics_uscc: Option<Uscc>,
    pub platform_uscc: Option<Uscc>,
    pub payment_uscc: Option<Uscc>,
    pub agent_uscc: Option<Uscc>,
    pub warehouse_uscc: Option<Uscc>,
    pub hs_code: Option<String>,
    pub quantity_e6: Option<i64>,
    pub country: Option<String>,
    pub buyer_token: Option<String>,
    pub address_token: Option<String>,
    pub phone_token: Option<String>,
    pub customs_status: Option<i32>,
    pub held_at: Option<Moment>,
    pub returned_at: Option<Moment>,
    pub amended: Option<bool>,
    pub cancelled_at: Option<Moment>,
    pub documents_agree: Option<bool>,
    pub weight_differs: Option<bool>,
}

impl Partial {
    /// As it stands in the database.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// # Errors
    /// What is wrong with the text.
    pub fn of_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What the documents say. Tokens are the caller's to fill in.
    #[must_use]
    pub fn of(sale: &Sale, judgement: &Judgement, around: &Surroundings<'_>) -> Self {
        let party = |code: &str| (around.party)(code).map(|found| found.uscc);
        let code = |code: Option<&String>| code.and_then(|code| party(code));
        let declaration = sale.declarations.first();
        let line = declaration.and_then(|declaration| declaration.lines.first());
        let waybill = sale.waybills.first();
        let carrier =
            waybill.map(|one| &one.carrier_code).or_else(|| declaration.map(|one| &one.carrier_code));
        let number = waybill.map(|one| &one.number).or_else(|| declaration.map(|one| &one.number));
        Self {
            uscc: party(&sale.merchant_code),
            order_no: sale.order_no.clone(),
            mode: declaration.and_then(|declaration| mode(&declaration.mode)),
            direction: sale
                .is_import()
                .map(|import| if import { Direction::Import } else { Direction::Export }),
            ordered_at: sale.order.as_ref().map(|order| order.sent_at),
            paid_at: judgement.paid_at,
            shipped_at: judgement.shipped_at,
            delivered_at: judgement.delivered_at,
            amount: amount(sale),
            paid_amount: judgement.paid.and_then(super::Amount::to_fen),
            currency: sale.order.as_ref().map(|order| order.currency.clone()),
            payer_matches_buyer: judgement.payer_matches,
            consignee_matches: judgement.consignee_matches,
            logistics_no: number.cloned(),
            logistics_uscc: code(carrier),
            platform_uscc: party(&sale.platform_code),
            payment_uscc: sale.payments.iter().find_map(|payment| code(payment.payer_code.as_ref())),
            agent_uscc: code(declaration.and_then(|declaration| declaration.agent_code.as_ref())),
            warehouse_uscc: code(declaration.and_then(|declaration| declaration.area_code.as_ref())),
            hs_code: line.and_then(|line| line.hs_code.clone()),
            quantity_e6: quantity(sale),
            country: line.and_then(|line| line.country.clone()),
            buyer_token: None,
            address_token: None,
            phone_token: None,
            customs_status: judgement.status,
            held_at: judgement.held_at,
            returned_at: judgement.returned_at,
            amended: Some(judgement.amended),
            cancelled_at: judgement.cancelled_at,
            documents_agree: Some(judgement.documents_agree),
            weight_differs: judgement.weight_differs,
        }
    }

    /// The order that the documents alone make; nothing while who, when, how or how much is not known.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        Some(Order {
            uscc: self.uscc?,
            order_no: self.order_no.clone(),
            mode: self.mode?,
            direction: self.direction?,
            ordered_at: self.ordered_at?,
            paid_at: self.paid_at,
            shipped_at: self.shipped_at,
            delivered_at: self.delivered_at,
            amount: self.amount?,
            paid_amount: self.paid_amount,
            currency: self.currency.clone()?,
            payer_matches_buyer: self.payer_matches_buyer,
            consignee_matches: self.consignee_matches,
            logistics_no: self.logistics_no.clone(),
            logistics_uscc: self.logistics_uscc,
            platform_uscc: self.platform_uscc,
            payment_uscc: self.payment_uscc,
            hs_code: self.hs_code.clone(),
            quantity_e6: self.quantity_e6,
            country: self.country.clone(),
            buyer_token: self.buyer_token.clone(),
            address_token: self.address_token.clone(),
            phone_token: self.phone_token.clone(),
            customs_status: self.customs_status,
            held_at: self.held_at,
            returned_at: self.returned_at,
            promised_on: None,
            amended: self.amended,
            cancelled_at: self.cancelled_at,
            refund_requested_at: None,
            refund_closed_at: None,
            agent_uscc: self.agent_uscc,
            warehouse_uscc: self.warehouse_uscc,
            event_id: None,
            documents_agree: self.documents_agree,
            weight_differs: self.weight_differs,
        })
    }

    /// A row of `transactions` with what documents say in its place, field by field (ruling B1). A buyer's tokens of
    /// the row stay where documents have none: the two are never compared.
    #[must_use]
    pub fn laid_over(&self, row: &Order) -> Order {
        let ours = self.clone();
        Order {
            uscc: row.uscc,
            order_no: row.order_no.clone(),
            mode: ours.mode.unwrap_or(row.mode),
            direction: ours.direction.unwrap_or(row.direction),
            ordered_at: ours.ordered_at.unwrap_or(row.ordered_at),
            paid_at: ours.paid_at.or(row.paid_at),
            shipped_at: ours.shipped_at.or(row.shipped_at),
            delivered_at: ours.delivered_at.or(row.delivered_at),
            amount: ours.amount.unwrap_or(row.amount),
            paid_amount: ours.paid_amount.or(row.paid_amount),
            currency: ours.currency.unwrap_or_else(|| row.currency.clone()),
            payer_matches_buyer: ours.payer_matches_buyer.or(row.payer_matches_buyer),
            consignee_matches: ours.consignee_matches.or(row.consignee_matches),
            logistics_no: ours.logistics_no.or_else(|| row.logistics_no.clone()),
            logistics_uscc: ours.logistics_uscc.or(row.logistics_uscc),
            platform_uscc: ours.platform_uscc.or(row.platform_uscc),
            payment_uscc: ours.payment_uscc.or(row.payment_uscc),
            hs_code: ours.hs_code.or_else(|| row.hs_code.clone()),
            quantity_e6: ours.quantity_e6.or(row.quantity_e6),
            country: ours.country.or_else(|| row.country.clone()),
            buyer_token: ours.buyer_token.or_else(|| row.buyer_token.clone()),
            address_token: ours.address_token.or_else(|| row.address_token.clone()),
            phone_token: ours.phone_token.or_else(|| row.phone_token.clone()),
            customs_status: ours.customs_status.or(row.customs_status),
            held_at: ours.held_at.or(row.held_at),
            returned_at: ours.returned_at.or(row.returned_at),
            amended: ours.amended.or(row.amended),
            cancelled_at: ours.cancelled_at.or(row.cancelled_at),
            agent_uscc: ours.agent_uscc.or(row.agent_uscc),
            warehouse_uscc: ours.warehouse_uscc.or(row.warehouse_uscc),
            documents_agree: ours.documents_agree,
            weight_differs: ours.weight_differs,
            promised_on: row.promised_on,
            refund_requested_at: row.refund_requested_at,
            refund_closed_at: row.refund_closed_at,
            event_id: row.event_id.clone(),
        }
    }
}

fn mode(text: &str) -> Option<Mode> {
    match text {
        "9610" => Some(Mode::M9610),
        "1210" => Some(Mode::M1210),
        "1239" => Some(Mode::M1239),
        "9710" => Some(Mode::M9710),
        "9810" => Some(Mode::M9810),
        _ => None,
    }
}

/// Import: what was paid; export: FOB. In CNY alone: no rate is known (ruling E9).
fn amount(sale: &Sale) -> Option<Fen> {
    let order = sale.order.as_ref().filter(|order| order.currency == CNY)?;
    if order.import { order.paid?.to_fen() } else { order.goods_value.to_fen() }
}

/// Of the declaration, or else of the order, in millionths.
fn quantity(sale: &Sale) -> Option<i64> {
    let declared = sale.declarations.first().map(|declaration| &declaration.lines);
    let lines =
        declared.filter(|lines| !lines.is_empty()).or(sale.order.as_ref().map(|order| &order.lines))?;
    let total: i128 = lines.iter().map(|line| line.quantity.0).sum();
    (total > 0).then(|| i64::try_from(total * 10).ok()).flatten()
}
