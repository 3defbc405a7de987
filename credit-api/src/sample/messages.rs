//! The customs messages of an order: what its row says, document by document, and what only documents say.
//!
//! Buyers are numbers with words around them; nobody has these names, numbers, telephones or addresses.

use std::collections::BTreeMap;

use credit_core::ceb::{Element, MessageKind};
use credit_core::uscc::Uscc;

use super::SampleError;
use super::enterprise::Enterprise;
use super::message_file::MessageFile;
use super::sheet::{DAY, Seconds, date_of};
use super::trade::{Order, Shop, order_no};

/// Days whose orders have messages: those that signs look at, and a few more.
pub(super) const DAYS: i64 = 150;

/// Codes of partners outside the zone, which nobody is registered with.
const OTHER_PLATFORM: &str = "5115969997";
const OTHER_CARRIER: &str = "5115969998";
const OTHER_PAYER: &str = "5115969996";
const OTHER_AGENT: &str = "5115969995";
const OTHER_OWNER: &str = "5115969994";
/// CNY.
const CNY: &str = "142";
/// Final outcomes of customs, beside which an earlier finding may stand.
const FINAL: [i64; 2] = [800, 899];
const HELD: [i64; 4] = [501, 503, 599, 700];

/// Names the merchant's pattern in the labels, though it may have no order.
pub(super) fn label(merchant: &Enterprise, file: &mut MessageFile) -> Result<(), SampleError> {
    let Some(pattern) = merchant.plot.pattern else { return Ok(()) };
    file.label(|line| {
        line.text(merchant.uscc.as_str()).empty().text(pattern.code()).empty();
    })
}

/// Writes the messages of these orders.
pub(super) fn write(shop: &Shop<'_>, orders: &[Order], file: &mut MessageFile) -> Result<(), SampleError> {
    let mut used: BTreeMap<u64, u32> = BTreeMap::new();
    for order in orders {
        *used.entry(order.waybill).or_default() += 1;
    }
    let is_told = |order: &&Order| {
        // A waybill's document is known by its number: of one used twice there is the later alone.
        let own = order.waybill == u64::from(order.sold.number) && used.get(&order.waybill) == Some(&1);
        // A finding that the latest status hides would be the status by rank.
        let settled = order.held_at.is_none() || order.status.is_some_and(|one| FINAL.contains(&one));
        // The first row of the file is written again with other values (`dirty`).
        order.sold.number > 1 && own && settled && matches!(order.mode, "9610" | "1210")
    };
    let mut kinds: BTreeMap<MessageKind, Vec<Element>> = BTreeMap::new();
    for order in orders.iter().filter(is_told) {
        for (kind, item) in (Told { shop, order }).documents() {
            kinds.entry(kind).or_default().push(item);
        }
        file.label(|line| {
            let pattern = shop.merchant.plot.pattern.map_or("", |pattern| pattern.code());
            line.text(shop.merchant.uscc.as_str())
                .text(&order_no(shop.merchant.number, order.sold.number))
                .text(pattern)
                .text(&order.shows.codes().join(";"));
        })?;
    }
    kinds.into_iter().try_for_each(|(kind, items)| file.messages(kind, &items))
}

/// A trade item number with its check digit, one for each product.
fn bar_code(product: &str) -> String {
    let body = format!("690{}", product.get(..9).unwrap_or(product));
    let digits = body.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits.zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A field: its name and text.
type Field = (&'static str, String);

/// An order that messages tell.
struct Told<'a> {
    shop: &'a Shop<'a>,
    order: &'a Order,
}

impl Told<'_> {
    fn documents(&self) -> Vec<(MessageKind, Element)> {
        use MessageKind as K;
        let Told { order, .. } = self;
        let import = order.import;
        let mut all = vec![if import { (K::Ceb311, self.order()) } else { (K::Ceb303, self.export_order()) }];
        if let (Some(at), Some(paid)) = (order.paid_at, order.paid) {
            all.push(if import {
                (K::Ceb411, self.payment(at, paid))
            } else {
                (K::Ceb403, self.receipt(at, paid))
            });
        }
        if let Some(at) = order.shipped_at {
            if import {
                all.extend([(K::Ceb511, self.waybill(at)), (K::Ceb621, self.declaration(at))]);
            } else {
                all.extend([(K::Ceb505, self.export_waybill(at)), (K::Ceb603, self.export_declaration(at))]);
            }
            let kind = if import { K::Ceb622 } else { K::Ceb604 };
            all.extend(self.statuses(at).into_iter().map(|item| (kind, item)));
            if let Some(at) = order.sold.delivered_at {
                all.push(if import {
                    (K::Ceb513, self.signed_for(at))
                } else {
                    (K::Ceb509, self.departure(at))
                });
            }
            if let Some(at) = order.returned_at.filter(|_| import) {
                all.push((K::Ceb625, self.returned(at)));
            }
        }
        if let Some(at) = order.cancelled_at {
            all.push(if import {
                (K::Ceb623, self.cancelled(at))
            } else {
                (K::Ceb605, self.export_cancelled(at))
            });
        }
        all
    }

    fn number(&self) -> String {
        order_no(self.shop.merchant.number, self.order.sold.number)
    }

    fn waybill_no(&self) -> String {
        format!("YD{:06}{:07}", self.shop.merchant.number, self.order.waybill)
    }

    /// The agent's own number of the declaration.
    fn cop_no(&self) -> String {
        format!("C{:06}{:06}", self.shop.merchant.number, self.order.sold.number)
    }

    /// 4 customs office, 4 year, 1 direction, 9 serial; the office keeps merchants apart.
    fn declaration_no(&self) -> String {
        let merchant = self.shop.merchant.number;
        let direction = if self.order.import { 'I' } else { 'E' };
        let year = date_of(self.order.ordered_at).format("%Y").to_string();
        let serial = u64::from(merchant % 1_000) * 1_000_000 + u64::from(self.order.sold.number);
        format!("{:04}{year}{direction}{serial:09}", 7_900 + merchant / 1_000)
    }

    fn guid(&self, kind: &str, part: i64) -> String {
        let (merchant, order) = (self.shop.merchant.number, self.order.sold.number);
        format!("{kind:0>8}-{part:04X}-4000-8000-{merchant:06X}{order:06X}")
    }

    fn common(&self, kind: &str, at: Seconds, part: i64) -> Vec<Field> {
        let amended = matches!(kind, "303" | "311") && self.order.amended;
        fields([
            ("guid", &self.guid(kind, part)),
            ("appType", if amended { "2" } else { "1" }),
            ("appTime", &stamp(at)),
            ("appStatus", "2"),
        ])
    }

    fn platform(&self) -> [Field; 2] {
        let code = text_or(self.order.sold.platform, OTHER_PLATFORM);
        [("ebpCode", code), ("ebpName", "示例平台".to_owned())]
    }

    fn merchant(&self) -> [Field; 2] {
        let merchant = self.shop.merchant;
        [("ebcCode", merchant.uscc.to_string()), ("ebcName", merchant.name.clone())]
    }

    fn carrier(&self) -> [Field; 2] {
        let code = text_or(self.order.sold.carrier, OTHER_CARRIER);
        [("logisticsCode", code), ("logisticsName", "示例物流".to_owned())]
    }

    fn agent(&self) -> [Field; 2] {
        let broker = self.shop.broker.filter(|_| self.order.sold.number.is_multiple_of(3));
        [("agentCode", text_or(broker, OTHER_AGENT)), ("agentName", "示例代理".to_owned())]
    }

    fn payer(&self) -> [Field; 2] {
        [("payCode", text_or(self.shop.payment, OTHER_PAYER)), ("payName", "示例支付".to_owned())]
    }

    fn buyer_name(&self) -> String {
        format!("样例买家{}", self.order.sold.buyer)
    }

    /// Eighteen digits that begin with no region.
    fn buyer_id(&self, number: u64) -> String {
        format!("9999{:06}{:08}", self.shop.merchant.number, number)
    }

    /// Somebody who buys nowhere: another each time, one for this merchant, or one of two for several merchants.
    fn stranger(&self) -> String {
        let (shows, number) = (self.order.shows, u64::from(self.order.sold.number));
        if shows.payer_ring {
            return format!("9999{:06}{:08}", 0, 96_000_000 + number % 2);
        }
        self.buyer_id(if shows.one_payer { 95_000_000 } else { 90_000_000 + number })
    }

    fn telephone(&self) -> String {
        format!("000{:04}{:07}", self.shop.merchant.number % 10_000, self.order.sold.buyer)
    }

    fn address(&self) -> String {
        format!("样例路{}号{}室", self.shop.merchant.number, self.order.address)
    }

    /// What the goods are declared to be worth, what is taken off, and the tax, in 分; together the amount.
    fn value(&self) -> (i64, i64, i64) {
        let amount = self.order.sold.amount;
        if !self.order.import {
            return (amount, 0, 0);
        }
        let tax = amount * 91 / 1_091;
        let goods = amount - tax;
        if self.order.shows.discount { (goods * 3, goods * 2, tax) } else { (goods, 0, tax) }
    }

    fn order(&self) -> Element {
        let (goods, discount, tax) = self.value();
        let mut head = self.common("311", self.order.ordered_at, 0);
        head.extend(fields([("orderType", "I"), ("orderNo", &self.number())]));
        head.extend(self.platform());
        head.extend(self.merchant());
        head.extend(fields([
            ("goodsValue", &yuan(goods)),
            ("freight", "0"),
            ("discount", &yuan(discount)),
            ("taxTotal", &yuan(tax)),
            ("acturalPaid", &yuan(self.order.sold.amount)),
            ("currency", CNY),
            ("buyerRegNo", &format!("sample-{}-{}", self.shop.merchant.number, self.order.sold.buyer)),
            ("buyerName", &self.buyer_name()),
            ("buyerTelephone", &self.telephone()),
            ("buyerIdType", "1"),
            ("buyerIdNumber", &self.buyer_id(self.order.sold.buyer)),
            ("consignee", &self.buyer_name()),
            ("consigneeTelephone", &self.telephone()),
            ("consigneeAddress", &self.address()),
        ]));
        group("Order", vec![of("OrderHead", head), of("OrderList", self.line("itemName", goods, false))])
    }

    fn export_order(&self) -> Element {
        let (goods, ..) = self.value();
        let mut head = self.common("303", self.order.ordered_at, 0);
        head.extend(fields([("orderType", "E"), ("orderNo", &self.number())]));
        head.extend(self.platform());
        head.extend(self.merchant());
        head.extend(fields([("goodsValue", &yuan(goods)), ("freight", "0"), ("currency", CNY)]));
        group("Order", vec![of("OrderHead", head), of("OrderList", self.line("itemName", goods, false))])
    }

    fn payment(&self, at: Seconds, paid: i64) -> Element {
        let buys = self.order.payer_matches != Some(false);
        let payer = if buys { self.buyer_id(self.order.sold.buyer) } else { self.stranger() };
        let mut head = self.common("411", at, 0);
        head.extend(self.payer());
        head.extend(fields([
            ("payTransactionId", &format!("PAY{}", self.number())),
            ("orderNo", &self.number()),
        ]));
        head.extend(self.platform());
        head.extend(fields([
            ("payerIdType", "1"),
            ("payerIdNumber", &payer),
            ("payerName", &if buys { self.buyer_name() } else { "样例付款人".to_owned() }),
            ("amountPaid", &yuan(paid)),
            ("currency", CNY),
            ("payTime", &stamp(at)),
        ]));
        group("Payment", vec![of("PaymentHead", head)])
    }

    fn receipt(&self, at: Seconds, paid: i64) -> Element {
        let mut head = self.common("403", at, 0);
        head.extend(self.platform());
        head.extend(self.merchant());
        head.extend(fields([("orderNo", &self.number())]));
        head.extend(self.payer());
        head.extend(fields([
            ("payNo", &format!("PAY{}", self.number())),
            ("charge", &yuan(paid)),
            ("currency", CNY),
            ("accountingDate", &stamp(at)),
        ]));
        of("Receipts", head)
    }

    /// kg, in grams: what is declared, and what the carrier weighed.
    fn weights(&self) -> (i64, i64) {
        let declared = 400 * self.order.quantity.max(1);
        (declared, if self.order.shows.weight { declared * 8 / 5 } else { declared * 21 / 20 })
    }

    fn waybill(&self, at: Seconds) -> Element {
        let agrees = self.order.consignee_matches != Some(false);
        let mut head = self.common("511", at, 0);
        head.extend(self.carrier());
        head.extend(fields([
            ("logisticsNo", &self.waybill_no()),
            ("orderNo", &self.number()),
            ("freight", "0"),
            ("insuredFee", "0"),
            ("currency", CNY),
            ("weight", &thousandths(self.weights().1)),
            ("packNo", "1"),
            ("consignee", &self.buyer_name()),
            ("consigneeAddress", &if agrees { self.address() } else { format!("{}后门", self.address()) }),
            ("consigneeTelephone", &self.telephone()),
        ]));
        group("Logistics", vec![of("LogisticsHead", head)])
    }

    fn export_waybill(&self, at: Seconds) -> Element {
        let mut head = self.common("505", at, 0);
        head.extend(self.carrier());
        head.extend(fields([
            ("logisticsNo", &self.waybill_no()),
            ("freight", "0"),
            ("insuredFee", "0"),
            ("currency", CNY),
            ("grossWeight", &thousandths(self.weights().1)),
            ("packNo", "1"),
            ("goodsInfo", "样例商品"),
        ]));
        head.extend(self.merchant());
        of("Logistics", head)
    }

    fn declaration(&self, at: Seconds) -> Element {
        let (goods, ..) = self.value();
        let (weight, _) = self.weights();
        let mut head = self.common("621", at, 0);
        head.extend(fields([("orderNo", &self.number())]));
        head.extend(self.platform());
        head.extend(self.merchant());
        head.extend(fields([("logisticsNo", &self.waybill_no())]));
        head.extend(self.carrier());
        head.extend(fields([
            ("copNo", &self.cop_no()),
            ("assureCode", self.shop.merchant.uscc.as_str()),
            ("ieFlag", "I"),
            ("declTime", &day(at)),
            ("customsCode", "7900"),
            ("portCode", "7900"),
            ("buyerIdType", "1"),
            ("buyerIdNumber", &self.buyer_id(self.order.sold.buyer)),
            ("buyerName", &self.buyer_name()),
            ("buyerTelephone", &self.telephone()),
            ("consigneeAddress", &self.address()),
        ]));
        head.extend(self.agent());
        if let Some(warehouse) = self.shop.warehouse.filter(|_| self.order.mode == "1210") {
            head.extend(fields([("areaCode", warehouse.as_str()), ("areaName", "示例仓储")]));
        }
        head.extend(fields([
            ("tradeMode", self.order.mode),
            ("trafMode", "5"),
            ("country", self.order.country),
            ("freight", "0"),
            ("insuredFee", "0"),
            ("currency", CNY),
            ("packNo", "1"),
            ("grossWeight", &thousandths(weight)),
            ("netWeight", &thousandths(weight * 9 / 10)),
        ]));
        let lines = of("InventoryList", self.line("gname", goods, true));
        group("Inventory", vec![of("InventoryHead", head), lines])
    }

    fn export_declaration(&self, at: Seconds) -> Element {
        let (goods, ..) = self.value();
        let (weight, _) = self.weights();
        let merchant = self.shop.merchant;
        let others = self.order.shows.owner;
        let mut head = self.common("603", at, 0);
        head.extend(fields([("customsCode", "7900")]));
        head.extend(self.platform());
        head.extend(fields([("orderNo", &self.number())]));
        head.extend(self.carrier());
        head.extend(fields([
            ("logisticsNo", &self.waybill_no()),
            ("copNo", &self.cop_no()),
            ("ieFlag", "E"),
            ("portCode", "7900"),
            ("ieDate", &day(at)),
            ("statisticsFlag", "A"),
        ]));
        head.extend(self.agent());
        head.extend(self.merchant());
        head.extend(fields([
            ("ownerCode", if others { OTHER_OWNER } else { merchant.uscc.as_str() }),
            ("ownerName", if others { "示例生产企业" } else { &merchant.name }),
            ("tradeMode", self.order.mode),
            ("trafMode", "5"),
            ("country", self.order.country),
            ("POD", "0000"),
            ("freight", "0"),
            ("fCurrency", CNY),
            ("fFlag", "3"),
            ("insuredFee", "0"),
            ("iCurrency", CNY),
            ("iFlag", "3"),
            ("wrapType", "2"),
            ("packNo", "1"),
            ("grossWeight", &thousandths(weight)),
            ("netWeight", &thousandths(weight * 9 / 10)),
        ]));
        let lines = of("InventoryList", self.line("gname", goods, true));
        group("Inventory", vec![of("InventoryHead", head), lines])
    }

    /// One line of goods, as the order or the declaration has it.
    fn line(&self, name: &'static str, goods: i64, declared: bool) -> Vec<Field> {
        let Order { import, hs_code, quantity, country, shows, .. } = self.order;
        let other = declared && shows.goods;
        let title = format!("样例商品{}", hs_code.get(..6).unwrap_or(hs_code));
        let mut line = fields([("gnum", "1")]);
        if !import || declared {
            line.extend(fields([("itemNo", &format!("SKU{hs_code}"))]));
        }
        if declared {
            line.extend(fields([("itemRecordNo", &format!("REC{hs_code}")), ("gcode", hs_code)]));
        }
        line.extend(fields([
            (name, &if other { format!("{title}配件") } else { title }),
            ("qty", &quantity.to_string()),
            ("price", &per_piece(goods, *quantity)),
            ("totalPrice", &yuan(goods)),
            ("currency", CNY),
            ("unit", "011"),
        ]));
        if *import || declared {
            line.extend(fields([("gmodel", "1件"), ("country", country)]));
        }
        if declared {
            line.extend(fields([("qty1", &quantity.to_string()), ("unit1", "011")]));
            line.extend(fields([("barCode", &bar_code(self.order.product))]));
        }
        line
    }

    /// What customs said: a finding on its day, and the latest status.
    fn statuses(&self, shipped_at: Seconds) -> Vec<Element> {
        let latest = self.order.status.map(|status| {
            let at = if HELD.contains(&status) { shipped_at + 7_200 } else { shipped_at + DAY };
            self.status(status, at.min(self.shop.end))
        });
        let held = self.order.held_at.map(|at| self.status(501, at));
        held.into_iter().chain(latest).collect()
    }

    fn status(&self, status: i64, at: Seconds) -> Element {
        let kind = if self.order.import { "622" } else { "604" };
        let part = status.rem_euclid(0xFFFF);
        let mut head = fields([("guid", &self.guid(kind, part))]);
        if self.order.import {
            head.extend(fields([("customsCode", "7900")]));
        }
        head.push(self.agent()[0].clone());
        head.extend(fields([
            ("copNo", &self.cop_no()),
            ("invtNo", &self.declaration_no()),
            ("returnStatus", &status.to_string()),
            ("returnTime", &format!("{}000", stamp(at))),
            ("returnInfo", "示例回执"),
        ]));
        of("InventoryReturn", head)
    }

    fn signed_for(&self, at: Seconds) -> Element {
        let mut head = self.common("513", at, 0);
        head.extend(self.carrier());
        head.extend(fields([
            ("logisticsNo", &self.waybill_no()),
            ("logisticsStatus", "S"),
            ("logisticsTime", &stamp(at)),
        ]));
        of("LogisticsStatus", head)
    }

    fn departure(&self, at: Seconds) -> Element {
        let mut head = self.common("509", at, 0);
        head.extend(fields([("customsCode", "7900"), ("copNo", &self.cop_no())]));
        head.extend(self.carrier());
        head.extend(fields([("trafMode", "5"), ("leaveTime", &stamp(at))]));
        let line = fields([("gnum", "1"), ("logisticsNo", &self.waybill_no())]);
        group("Departure", vec![of("DepartureHead", head), of("DepartureList", line)])
    }

    /// What cancellation and return of an import have in common.
    fn of_declaration(&self, kind: &str, at: Seconds, reason: &str) -> Vec<Field> {
        let mut head = self.common(kind, at, 0);
        head.extend(fields([("customsCode", "7900"), ("orderNo", &self.number())]));
        head.extend(self.platform());
        head.extend(self.merchant());
        head.extend(fields([("logisticsNo", &self.waybill_no())]));
        head.extend(self.carrier());
        head.extend(fields([
            ("copNo", &self.cop_no()),
            ("invtNo", &self.declaration_no()),
            ("buyerIdType", "1"),
            ("buyerIdNumber", &self.buyer_id(self.order.sold.buyer)),
            ("buyerName", &self.buyer_name()),
            ("buyerTelephone", &self.telephone()),
        ]));
        head.extend(self.agent());
        head.extend(fields([("reason", reason)]));
        head
    }

    fn cancelled(&self, at: Seconds) -> Element {
        of("InvtCancel", self.of_declaration("623", at, "订购人取消"))
    }

    fn returned(&self, at: Seconds) -> Element {
        let head = self.of_declaration("625", at, "订购人退货");
        let Order { hs_code, quantity, .. } = self.order;
        let line = fields([
            ("gnum", "1"),
            ("gcode", hs_code),
            ("gname", &format!("样例商品{}", hs_code.get(..6).unwrap_or(hs_code))),
            ("qty", &quantity.to_string()),
            ("unit", "011"),
        ]);
        group("InvtRefund", vec![of("InvtRefundHead", head), of("InvtRefundList", line)])
    }

    fn export_cancelled(&self, at: Seconds) -> Element {
        let mut head = self.common("605", at, 0);
        head.extend(fields([
            ("customsCode", "7900"),
            ("copNo", &self.cop_no()),
            ("invtNo", &self.declaration_no()),
            ("reason", "买方取消"),
        ]));
        head.extend(self.agent());
        head.extend(self.merchant());
        of("InvtCancel", head)
    }
}

fn fields<const N: usize>(all: [(&'static str, &str); N]) -> Vec<Field> {
    all.into_iter().map(|(name, text)| (name, text.to_owned())).collect()
}

fn of(name: &str, fields: Vec<Field>) -> Element {
    let leaf = |(name, text): Field| Element { name: name.to_owned(), line: 0, text, children: Vec::new() };
    group(name, fields.into_iter().map(leaf).collect())
}

fn group(name: &str, children: Vec<Element>) -> Element {
    Element { name: name.to_owned(), line: 0, text: String::new(), children }
}

fn text_or(code: Option<Uscc>, other: &str) -> String {
    code.map_or_else(|| other.to_owned(), |code| code.to_string())
}

/// `yyyyMMddHHmmss` of a local time.
fn stamp(at: Seconds) -> String {
    let second = at.rem_euclid(DAY);
    format!("{}{:02}{:02}{:02}", day(at), second / 3_600, second / 60 % 60, second % 60)
}

fn day(at: Seconds) -> String {
    date_of(at).format("%Y%m%d").to_string()
}

/// 分 as 元.
fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn thousandths(grams: i64) -> String {
    format!("{}.{:03}", grams / 1_000, grams % 1_000)
}

/// A piece's price in 元 with five decimals, rounded.
fn per_piece(fen: i64, quantity: i64) -> String {
    let quantity = quantity.max(1);
    let price = (fen * 1_000 + quantity / 2) / quantity;
    format!("{}.{:05}", price / 100_000, price % 100_000)
}
