//! Stored documents as the rules of the comparison see them.

use std::sync::Arc;

use credit_core::ceb::{Decimal5, MessageKind};
use credit_core::dates::Moment;
use credit_core::matching::{
    Amount, DeclarationDoc, GoodsLine, Movement, OrderDoc, PaymentDoc, ReturnDoc, Sale, Status, WaybillDoc,
};

use super::gather::Found;
use super::joins;
use super::stored::{Fields, StoredDocument};

/// The sale that these documents make.
#[must_use]
pub fn sale(key: &str, found: &[Arc<Found>]) -> Sale {
    let (platform, order_no) = joins::parts_of_sale(key).unwrap_or_default();
    let mut sale =
        Sale { platform_code: platform.to_owned(), order_no: order_no.to_owned(), ..Sale::default() };
    for document in found.iter().map(|found| &found.document) {
        add(&mut sale, document);
    }
    sale
}

/// When the order was sent, or the first document of the sale.
#[must_use]
pub fn sent_at(sale: &Sale, found: &[Arc<Found>]) -> i64 {
    let first = || found.iter().map(|found| found.document.sent_at().0).min().unwrap_or_default();
    sale.order.as_ref().map_or_else(first, |order| order.sent_at.0)
}

/// As far as any document says; of payments alone, those of imports are more.
#[must_use]
pub fn is_import(sale: &Sale) -> bool {
    sale.is_import().unwrap_or(!sale.payments.is_empty())
}

fn add(sale: &mut Sale, document: &StoredDocument) {
    use MessageKind::{
        Ceb303, Ceb311, Ceb403, Ceb411, Ceb505, Ceb507, Ceb509, Ceb511, Ceb513, Ceb603, Ceb604, Ceb605,
        Ceb621, Ceb622, Ceb623, Ceb625,
    };
    if sale.merchant_code.is_empty() && !document.kind.is_receipt() {
        sale.merchant_code = document.code("ebcCode").unwrap_or_default();
    }
    match document.kind {
        // An order that is taken back was one, and is cancelled.
        Ceb311 | Ceb303 => {
            sale.merchant_code = document.code("ebcCode").unwrap_or_default();
            sale.order = Some(order(document));
        }
        _ if document.is_withdrawn() => {}
        Ceb411 | Ceb403 => sale.payments.push(payment(document)),
        Ceb511 | Ceb505 => sale.waybills.push(waybill(document)),
        Ceb621 | Ceb603 => sale.declarations.push(declaration(document)),
        Ceb507 => sale.movements.push((Movement::Arrived, document.sent_at())),
        Ceb509 => sale.movements.push((Movement::Departed, moment(document, "leaveTime"))),
        Ceb513 => sale.movements.push((Movement::Signed, moment(document, "logisticsTime"))),
        Ceb605 | Ceb623 => sale.cancels.push(document.sent_at()),
        Ceb625 => sale.returns.push(returned(document)),
        Ceb604 | Ceb622 => status(sale, document),
        _ => {}
    }
}

fn amount(text: Option<&str>) -> Option<Amount> {
    Decimal5::parse(text?).map(|decimal| Amount(decimal.0))
}

fn head(document: &StoredDocument, name: &str) -> Amount {
    amount(document.head.get(name)).unwrap_or_default()
}

fn moment(document: &StoredDocument, name: &str) -> Moment {
    document.moment(name).unwrap_or(document.sent_at())
}

fn text(document: &StoredDocument, name: &str) -> String {
    document.text(name).unwrap_or_default().to_owned()
}

fn is_amended(document: &StoredDocument) -> bool {
    document.text("appType") == Some("2")
}

fn whole(document: &StoredDocument, name: &str) -> i64 {
    document.text(name).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn lines(document: &StoredDocument, name: &str) -> Vec<GoodsLine> {
    let line = |fields: &Fields| GoodsLine {
        gnum: fields.get("gnum").and_then(|text| text.parse().ok()).unwrap_or_default(),
        name: fields.get(name).unwrap_or_default().to_owned(),
        hs_code: fields.get("gcode").map(str::to_owned),
        country: fields.get("country").map(str::to_owned),
        quantity: amount(fields.get("qty")).unwrap_or_default(),
        price: amount(fields.get("price")).unwrap_or_default(),
        total: amount(fields.get("totalPrice")).unwrap_or_default(),
    };
    document.lines.iter().map(line).collect()
}

fn order(document: &StoredDocument) -> OrderDoc {
    let tokens = |name| document.tokens(name).cloned();
    OrderDoc {
        sent_at: document.sent_at(),
        import: document.kind == MessageKind::Ceb311,
        goods_value: head(document, "goodsValue"),
        freight: head(document, "freight"),
        discount: amount(document.head.get("discount")),
        tax: amount(document.head.get("taxTotal")),
        paid: amount(document.head.get("acturalPaid")),
        currency: text(document, "currency"),
        buyer_id: tokens("buyerIdNumber"),
        buyer_name: tokens("buyerName"),
        consignee: tokens("consignee"),
        consignee_phone: tokens("consigneeTelephone"),
        consignee_address: tokens("consigneeAddress"),
        lines: lines(document, "itemName"),
        amended: is_amended(document),
        withdrawn: document.is_withdrawn(),
    }
}

fn payment(document: &StoredDocument) -> PaymentDoc {
    let import = document.kind == MessageKind::Ceb411;
    PaymentDoc {
        payer_code: document.code("payCode"),
        amount: head(document, if import { "amountPaid" } else { "charge" }),
        currency: text(document, "currency"),
        at: moment(document, if import { "payTime" } else { "accountingDate" }),
        payer_id: document.tokens("payerIdNumber").cloned(),
        payer_name: document.tokens("payerName").cloned(),
        amended: is_amended(document),
    }
}

fn waybill(document: &StoredDocument) -> WaybillDoc {
    let import = document.kind == MessageKind::Ceb511;
    let tokens = |name| document.tokens(name).cloned();
    WaybillDoc {
        carrier_code: document.code("logisticsCode").unwrap_or_default(),
        number: text(document, "logisticsNo"),
        sent_at: document.sent_at(),
        weight: head(document, if import { "weight" } else { "grossWeight" }),
        packages: whole(document, "packNo"),
        consignee: tokens("consignee"),
        consignee_phone: tokens("consigneeTelephone"),
        consignee_address: tokens("consigneeAddress"),
        amended: is_amended(document),
    }
}

fn declaration(document: &StoredDocument) -> DeclarationDoc {
    let import = document.kind == MessageKind::Ceb621;
    DeclarationDoc {
        sent_at: document.sent_at(),
        carrier_code: document.code("logisticsCode").unwrap_or_default(),
        number: text(document, "logisticsNo"),
        agent_code: document.code("agentCode"),
        area_code: document.code(if import { "areaCode" } else { "iacCode" }),
        owner_code: if import { None } else { document.code("ownerCode") },
        declaration_no: document.text("invtNo").map(str::to_owned),
        import: document.text("ieFlag") == Some("I"),
        mode: text(document, "tradeMode"),
        country: text(document, "country"),
        gross_weight: head(document, "grossWeight"),
        packages: whole(document, "packNo"),
        currency: text(document, if import { "currency" } else { "fCurrency" }),
        buyer_id: document.tokens("buyerIdNumber").cloned(),
        lines: lines(document, "gname"),
        amended: is_amended(document),
    }
}

fn returned(document: &StoredDocument) -> ReturnDoc {
    let quantities = lines(document, "gname").into_iter().map(|line| (line.gnum, line.quantity)).collect();
    ReturnDoc { sent_at: document.sent_at(), quantities }
}

fn status(sale: &mut Sale, document: &StoredDocument) {
    if let Some(status) = document.text("returnStatus").and_then(|text| text.parse().ok()) {
        sale.statuses.push(Status { status, at: moment(document, "returnTime") });
    }
    sale.declaration_numbers.extend(document.text("invtNo").map(str::to_owned));
}

/// Every code of an enterprise in a sale.
#[must_use]
pub fn codes(sale: &Sale) -> Vec<String> {
    let mut codes = vec![sale.merchant_code.clone(), sale.platform_code.clone()];
    codes.extend(sale.payments.iter().filter_map(|payment| payment.payer_code.clone()));
    codes.extend(sale.waybills.iter().map(|waybill| waybill.carrier_code.clone()));
    for declaration in &sale.declarations {
        codes.push(declaration.carrier_code.clone());
        codes.extend(declaration.agent_code.clone());
        codes.extend(declaration.area_code.clone());
    }
    codes.retain(|code| !code.is_empty());
    codes.sort();
    codes.dedup();
    codes
}
