//! `transactions`: the three documents of an order, flattened (ruling B1).

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_ID};
use super::value::{self, DIRECTION_WORDS, DIRECTIONS, MODE_WORDS, MODES};
use super::{Order, SourceId};

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Transactions,
    name: "transactions",
    title_zh: "交易明细",
    title_en: "orders, payments and parcels, flattened",
    natural_key: "uscc, order_no",
    marks: &[],
    fields: FIELDS,
};

const FIELDS: &[FieldSpec] = &[
    FieldSpec::required("uscc", Kind::Uscc, "电商企业统一社会信用代码", "the merchant's code"),
    FieldSpec::required("order_no", Kind::Text, "订单编号", "order number").max(MAX_ID),
    FieldSpec::required("mode", Kind::Words(MODE_WORDS), "海关监管方式", "customs supervision mode"),
    FieldSpec::required("direction", Kind::Words(DIRECTION_WORDS), "进出口方向", "import or export"),
    FieldSpec::required("ordered_at", Kind::Moment, "下单时间", "time of the order"),
    FieldSpec::optional("paid_at", Kind::Moment, "支付时间", "time of payment"),
    FieldSpec::optional("shipped_at", Kind::Moment, "发运时间", "time of shipment"),
    FieldSpec::optional(
        "delivered_at",
        Kind::Moment,
        "签收时间；出口为离境时间",
        "time of delivery; export: departure",
    ),
    FieldSpec::required(
        "amount_cny",
        Kind::Cny,
        "金额（元）：进口为实际支付，出口为离岸价",
        "amount, 元: import actually paid, export FOB",
    ),
    FieldSpec::optional("paid_amount_cny", Kind::Cny, "支付或收汇金额（元）", "amount paid or received, 元"),
    FieldSpec::required("currency", Kind::Currency, "币种（142 即 CNY）", "currency (142 is CNY)"),
    FieldSpec::optional("payer_matches_buyer", Kind::Bool, "支付人与订购人一致", "payer is the buyer"),
    FieldSpec::optional("consignee_matches", Kind::Bool, "收货人与订单一致", "consignee as in the order"),
    FieldSpec::optional("logistics_no", Kind::Text, "运单编号", "waybill number"),
    FieldSpec::optional("logistics_uscc", Kind::Uscc, "物流企业代码", "the carrier's code"),
    FieldSpec::optional("platform_uscc", Kind::Uscc, "平台企业代码", "the platform's code"),
    FieldSpec::optional("payment_uscc", Kind::Uscc, "支付企业代码", "the payment institution's code"),
    FieldSpec::optional("hs_code", Kind::Text, "商品编码", "HS code"),
    FieldSpec::optional("quantity", Kind::Decimal { places: 6 }, "数量", "quantity"),
    FieldSpec::optional("country", Kind::Text, "国别代码", "country code"),
    FieldSpec::optional("buyer_token", Kind::Text, "订购人令牌", "buyer token"),
    FieldSpec::optional("address_token", Kind::Text, "收货地址令牌", "address token"),
    FieldSpec::optional("phone_token", Kind::Text, "电话令牌", "telephone token"),
    FieldSpec::optional(
        "customs_status",
        Kind::Whole { min: -2_147_483_648, max: 2_147_483_647 },
        "最新回执状态，负数为异常",
        "latest receipt status; negative is abnormal",
    ),
    FieldSpec::optional("held_at", Kind::Moment, "布控时间", "time held by customs"),
    FieldSpec::optional("returned_at", Kind::Moment, "退货时间", "time of return"),
    FieldSpec::optional("promised_on", Kind::Date, "承诺送达日期", "promised delivery date"),
    FieldSpec::optional("amended", Kind::Bool, "是否改单", "amended"),
    FieldSpec::optional("cancelled_at", Kind::Moment, "撤单时间", "time of cancellation"),
    FieldSpec::optional("refund_requested_at", Kind::Moment, "申请退款时间", "time a refund was requested"),
    FieldSpec::optional("refund_closed_at", Kind::Moment, "退款办结时间", "time the refund was closed"),
    FieldSpec::optional("agent_uscc", Kind::Uscc, "代理报关企业代码", "the customs broker's code"),
    FieldSpec::optional("warehouse_uscc", Kind::Uscc, "仓储企业代码", "the warehouse's code"),
    EVENT_ID,
];

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Order, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let order_no = f.text("order_no");
    let mode = f.get("mode", |text| value::word(text, MODES));
    let direction = f.get("direction", |text| value::word(text, DIRECTIONS));
    let ordered_at = f.get("ordered_at", value::moment);
    let paid_at = f.get("paid_at", value::moment);
    let shipped_at = f.get("shipped_at", value::moment);
    let delivered_at = f.get("delivered_at", value::moment);
    let amount = f.get("amount_cny", value::cny);
    let paid_amount = f.get("paid_amount_cny", value::cny);
    let currency = f.get("currency", value::currency);
    let payer_matches_buyer = f.get("payer_matches_buyer", value::boolean);
    let consignee_matches = f.get("consignee_matches", value::boolean);
    let logistics_no = f.text("logistics_no");
    let logistics_uscc = f.get("logistics_uscc", value::uscc);
    let platform_uscc = f.get("platform_uscc", value::uscc);
    let payment_uscc = f.get("payment_uscc", value::uscc);
    let hs_code = f.text("hs_code");
    let quantity_e6 = f.get("quantity", |text| value::decimal(text, 6));
    let country = f.text("country");
    let buyer_token = f.text("buyer_token");
    let address_token = f.text("address_token");
    let phone_token = f.text("phone_token");
    let customs_status = f.whole("customs_status").and_then(|n| i32::try_from(n).ok());
    let held_at = f.get("held_at", value::moment);
    let returned_at = f.get("returned_at", value::moment);
    let promised_on = f.get("promised_on", value::date);
    let amended = f.get("amended", value::boolean);
    let cancelled_at = f.get("cancelled_at", value::moment);
    let refund_requested_at = f.get("refund_requested_at", value::moment);
    let refund_closed_at = f.get("refund_closed_at", value::moment);
    let agent_uscc = f.get("agent_uscc", value::uscc);
    let warehouse_uscc = f.get("warehouse_uscc", value::uscc);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Order {
            uscc: uscc?,
            order_no: order_no?,
            mode: mode?,
            direction: direction?,
            ordered_at: ordered_at?,
            paid_at,
            shipped_at,
            delivered_at,
            amount: amount?,
            paid_amount,
            currency: currency?,
            payer_matches_buyer,
            consignee_matches,
            logistics_no,
            logistics_uscc,
            platform_uscc,
            payment_uscc,
            hs_code,
            quantity_e6,
            country,
            buyer_token,
            address_token,
            phone_token,
            customs_status,
            held_at,
            returned_at,
            promised_on,
            amended,
            cancelled_at,
            refund_requested_at,
            refund_closed_at,
            agent_uscc,
            warehouse_uscc,
            event_id,
            documents_agree: None,
            weight_differs: None,
        })
    })
}
