//! The orders of a merchant: both directions, all modes, with what its conduct makes of them.

use chrono::{Datelike, Days};
use credit_core::dates::day_number;
use credit_core::uscc::Uscc;

use super::SampleError;
use super::archetypes::{Archetype, Conduct};
use super::enterprise::{Enterprise, Partners, Period, Service, Size, nth};
use super::files::Files;
use super::messages;
use super::patterns::{Pattern, Shows};
use super::rng::{Rng, Topic, mix};
use super::sheet::{DAY, Line, Seconds, date_of};
use super::words;

/// Orders of each calendar month in 1/100 of an ordinary one: quiet after the Spring Festival, busy in the
/// sales seasons of June and November.
const SEASON: [i64; 12] = [98, 88, 96, 98, 100, 108, 97, 97, 102, 104, 114, 108];

/// Buyers of a merchant for each monthly order: most buy a few times a year.
const BUYERS_PER_ORDER: i64 = 5;

/// What reviews and complaints need to know of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sold {
    pub number: u32,
    pub delivered_at: Option<Seconds>,
    pub amount: i64,
    pub buyer: u64,
    pub platform: Option<Uscc>,
    pub carrier: Option<Uscc>,
    pub carrier_weak: bool,
    pub service: Option<Uscc>,
    pub ordered_at: Seconds,
}

/// The number of a merchant's order as the files write it.
pub(super) fn order_no(merchant: u32, order: u32) -> String {
    format!("XD{merchant:06}{order:06}")
}

/// A token as the zone's key would make it: 16 hexadecimal digits.
pub(super) fn token(kind: char, merchant: u32, number: u64) -> String {
    let place = (u64::from(merchant) << 32) ^ number ^ (u64::from(u32::from(kind)) << 56);
    format!("{kind}{:016x}", mix(place.wrapping_add(0x5EED)))
}

/// With whom and how a merchant trades.
pub(super) struct Shop<'a> {
    pub merchant: &'a Enterprise,
    conduct: Conduct,
    pub end: Seconds,
    /// Share of imports in 1/10 000.
    imports: u32,
    platforms: [Option<&'a Enterprise>; 2],
    carriers: [Option<&'a Enterprise>; 2],
    pub payment: Option<Uscc>,
    pub broker: Option<Uscc>,
    pub warehouse: Option<Uscc>,
    buyers: i64,
    goods: [usize; 4],
    /// Whether it exports what others make.
    others_goods: bool,
}

impl<'a> Shop<'a> {
    fn open(merchant: &'a Enterprise, period: &Period, partners: &'a Partners, rng: &mut Rng) -> Self {
        let mut twice = |service| {
            let first = partners.choose(merchant, service, rng);
            [first, partners.choose(merchant, service, rng)]
        };
        let platforms = twice(Service::Platform);
        let carriers = twice(Service::Carrier);
        let mut uscc = |service| partners.choose(merchant, service, rng).map(|other| other.uscc);
        let (payment, broker, warehouse) =
            (uscc(Service::Payment), uscc(Service::Broker), uscc(Service::Warehouse));
        let imports = match merchant.archetype {
            Archetype::InventedOrders => 9000,
            Archetype::FxClassB => 1500,
            _ => rng.pick(&[9500, 8000, 5000, 1500, 0, 10_000]),
        };
        let planted = merchant.plot.pattern;
        let imports = planted.and_then(Pattern::imports).unwrap_or(imports);
        let others_goods = planted == Some(Pattern::Owner)
            || Rng::stream(period.seed, merchant.number, Topic::Messages).chance(2_000);
        Self {
            merchant,
            conduct: merchant.conduct(),
            end: period.end(),
            imports,
            platforms,
            carriers,
            payment,
            broker,
            warehouse,
            buyers: merchant.size.orders_a_month() * BUYERS_PER_ORDER + 6,
            goods: [0, 0, 0, 0].map(|_| usize::try_from(rng.below(10)).unwrap_or(0)),
            others_goods,
        }
    }
}

/// Writes a merchant's orders, and the messages of the newest of those whose merchant has any, and returns what was
/// sold for the reviews and complaints.
pub(super) fn write(
    merchant: &Enterprise,
    period: &Period,
    partners: &Partners,
    files: &mut Files,
) -> Result<Vec<Sold>, SampleError> {
    let mut rng = merchant.rng(period, Topic::Trade);
    let shop = Shop::open(merchant, period, partners, &mut rng);
    let mut shown = merchant.rng(period, Topic::Messages);
    let (mut sold, mut told) = (Vec::new(), Vec::new());
    let mut bursts = Bursts::default();
    for (start, length, orders) in months(merchant, period, &mut rng) {
        for _ in 0..orders {
            let day = i64::from(start) + rng.between(0, length - 1);
            let number = u32::try_from(sold.len()).unwrap_or(u32::MAX) + 1;
            let order = Order::draw(&shop, day, number, &mut bursts, &mut rng, &mut shown);
            files.transactions.row(|line| order.fill(&shop, line))?;
            sold.push(order.sold);
            if merchant.plot.messages && order.ordered_at > shop.end - messages::DAYS * DAY {
                told.push(order);
            }
        }
    }
    messages::write(&shop, &told, &mut files.messages)?;
    Ok(sold)
}

/// First day, days and orders of each month in which the merchant trades.
fn months(merchant: &Enterprise, period: &Period, rng: &mut Rng) -> Vec<(i32, i64, i64)> {
    let opened = merchant.established_on.checked_add_days(Days::new(12)).unwrap_or(period.until);
    let closed = match merchant.archetype {
        Archetype::LicenceRevoked => merchant.ago(period, 2),
        _ => period.until,
    };
    let level = rng.between(85, 118);
    let mut found = Vec::new();
    for month in (0..period.months).rev() {
        let first = credit_core::dates::add_months(period.until, -month - 1);
        let start = day_number(first.max(opened)) + 1;
        let last = day_number(credit_core::dates::add_months(period.until, -month).min(closed));
        let days = i64::from(last - start) + 1;
        if days <= 0 {
            continue;
        }
        let season = nth(&SEASON, u64::from(credit_core::dates::from_day_number(last).month0()));
        let noise = rng.between(92, 108);
        let base = merchant.size.orders_a_month();
        let orders = match merchant.size {
            // One or two orders in some months, none in others.
            Size::Thin => rng.between(0, 2),
            _ => (base * level * season * noise * days.min(30) / 30 + 500_000) / 1_000_000,
        };
        found.push((start, days, orders));
    }
    found
}

/// The invented buyers of a merchant: a few names behind one address until the group is used up.
#[derive(Debug, Default)]
struct Bursts {
    orders: u64,
}

/// A full thousand, in 分.
const ROUND: i64 = 100_000;
/// Orders of one group of invented buyers.
const BURST_ORDERS: u64 = 18;

impl Bursts {
    /// The buyer and the address of the next invented order.
    fn next(&mut self) -> (u64, u64) {
        let group = self.orders / BURST_ORDERS;
        let buyer = group * 6 + self.orders % 6;
        self.orders += 1;
        // Far from the numbers of the real buyers.
        (1_000_000 + buyer, 1_000_000 + group)
    }
}

/// One order.
pub(super) struct Order {
    pub sold: Sold,
    pub shows: Shows,
    pub import: bool,
    pub mode: &'static str,
    pub ordered_at: Seconds,
    pub paid_at: Option<Seconds>,
    pub shipped_at: Option<Seconds>,
    pub paid: Option<i64>,
    pub payer_matches: Option<bool>,
    pub consignee_matches: Option<bool>,
    pub waybill: u64,
    /// What it is declared as, and what it is.
    pub hs_code: &'static str,
    pub product: &'static str,
    pub quantity: i64,
    pub country: &'static str,
    pub address: u64,
    pub status: Option<i64>,
    pub held_at: Option<Seconds>,
    pub returned_at: Option<Seconds>,
    promised_after: i64,
    pub amended: bool,
    pub cancelled_at: Option<Seconds>,
    refund_at: Option<Seconds>,
    refund_closed_at: Option<Seconds>,
}

impl Order {
    /// `shown` is the stream of what only messages tell, so that it moves nothing else.
    fn draw(
        shop: &Shop<'_>,
        day: i64,
        number: u32,
        bursts: &mut Bursts,
        rng: &mut Rng,
        shown: &mut Rng,
    ) -> Self {
        let conduct = shop.conduct;
        let past = |time: Seconds| (time <= shop.end).then_some(time);
        let import = rng.chance(shop.imports);
        let shows = Shows::draw(shop.merchant.plot, import, shop.others_goods, shown);
        let mode = mode(import, shop.warehouse.is_some(), rng);
        let ordered_at = day * DAY + rng.between(7 * 3600, 23 * 3600);
        let invented = import && rng.chance(conduct.clustered);
        let (buyer, address) = if invented {
            bursts.next()
        } else {
            let buyer = u64::try_from(rng.between(0, shop.buyers)).unwrap_or(0);
            (buyer, buyer)
        };
        let (product, country, quantity, amount) = goods(shop, import, mode, rng);
        let hs_code = if shows.misplaced { misplaced(product) } else { product };
        let amount = amount.min(if import { 490_000 } else { i64::MAX });

        let second = rng.chance(1500);
        let [home, other] = shop.carriers;
        let carrier = if second { other } else { home };
        let weak = carrier.is_some_and(|carrier| carrier.archetype == Archetype::WeakCarrier);
        let platform = shop.platforms.get(usize::from(rng.chance(2500))).copied().flatten();

        let paying = if import { rng.between(20, 900) } else { rng.between(3, 40) * DAY };
        let paying = if shows.late_payment { 30 * 3600 + paying * 97 } else { paying };
        let before = rng.chance(conduct.out_of_sequence);
        let paid_time = if before { ordered_at - rng.between(60, 7200) } else { ordered_at + paying };
        let packing = rng.between(3, 40) * 3600;
        let shipped_time = if import { paid_time.max(ordered_at) + packing } else { ordered_at + packing };
        let slow = rng.chance(if weak { conduct.late.max(1700) } else { conduct.late });
        let lost = slow && rng.chance(4500);
        let transit = if slow { rng.between(46, 70) } else { rng.between(2, 11) };
        let delivered_time = shipped_time + transit * DAY + rng.between(0, 30_000);
        let delivered_at = if lost || shows.not_departed { None } else { past(delivered_time) };

        let status = status(conduct, shipped_time, shop.end, rng);
        let held = rng.chance(conduct.held);
        let returned = rng.chance(conduct.returned);
        let back = delivered_time + rng.between(3, 12) * DAY;
        let returned_at = if returned && delivered_at.is_some() { past(back) } else { None };
        let refund_at = returned_at.map(|time| time - rng.between(1, 3) * DAY);
        let refund_days = if rng.chance(if conduct.complaints > 50 { 3500 } else { 200 }) { 24 } else { 5 };
        let refund_closed_at = refund_at.and_then(|time| past(time + refund_days * DAY));
        let cancelled = rng.chance(conduct.amended / 3);
        let gap = if rng.chance(conduct.underpaid) { rng.between(8, 45) } else { 0 };
        let gap = if shows.money { 22 } else { gap };
        let due = amount - amount * gap / 100;
        let received = if shows.round_amount { (due + ROUND - 1) / ROUND * ROUND } else { due };
        let paid_at = past(paid_time);
        let reused = rng.chance(if weak { 260 } else { conduct.waybill_reused }) && number > 4;
        let own = u64::from(number);
        let sold = Sold {
            number,
            delivered_at,
            amount,
            buyer,
            platform: platform.map(|platform| platform.uscc),
            carrier: carrier.map(|carrier| carrier.uscc),
            carrier_weak: weak,
            service: shop.broker.or(shop.payment),
            ordered_at,
        };
        Self {
            sold,
            shows,
            import,
            mode,
            ordered_at,
            paid_at,
            shipped_at: past(shipped_time),
            paid: paid_at.map(|_| received),
            payer_matches: import.then(|| !rng.chance(conduct.payer_differs) && !shows.another_pays()),
            consignee_matches: import.then(|| !rng.chance(conduct.consignee_differs)),
            waybill: if reused { own - rng.below(3) - 1 } else { own },
            hs_code,
            product,
            quantity,
            country,
            address,
            status,
            held_at: if held { past(shipped_time + 7200) } else { None },
            returned_at,
            promised_after: rng.between(8, 12),
            amended: rng.chance(conduct.amended),
            cancelled_at: if cancelled { past(ordered_at + 1800) } else { None },
            refund_at,
            refund_closed_at,
        }
    }

    fn fill(&self, shop: &Shop<'_>, line: &mut Line) {
        let merchant = shop.merchant.number;
        let uscc = |code: Option<Uscc>| code.map(|code| code.to_string()).unwrap_or_default();
        let goods_shipped = self.shipped_at.is_some();
        line.text(shop.merchant.uscc.as_str())
            .text(&order_no(merchant, self.sold.number))
            .text(self.mode)
            .text(if self.import { "import" } else { "export" })
            .time(Some(self.ordered_at))
            .time(self.paid_at)
            .time(self.shipped_at)
            .time(self.sold.delivered_at)
            .money(self.sold.amount)
            .maybe_money(self.paid)
            .text("CNY")
            .flag(self.payer_matches)
            .flag(self.consignee_matches);
        if goods_shipped {
            line.text(&format!("YD{merchant:06}{:07}", self.waybill)).text(&uscc(self.sold.carrier));
        } else {
            line.empty().empty();
        }
        let retail = self.mode != "9710";
        line.text(&uscc(self.sold.platform))
            .text(&uscc(shop.payment.filter(|_| self.paid.is_some())))
            .text(self.hs_code)
            .number(self.quantity)
            .text(self.country);
        if self.import || retail {
            line.text(&token('b', merchant, self.sold.buyer))
                .text(&token('a', merchant, self.address))
                .text(&token('p', merchant, self.sold.buyer));
        } else {
            line.empty().empty().empty();
        }
        line.maybe_number(self.status.filter(|_| goods_shipped))
            .time(self.held_at)
            .time(self.returned_at)
            .date(date_of(self.ordered_at + self.promised_after * DAY))
            .flag(Some(self.amended))
            .time(self.cancelled_at)
            .time(self.refund_at)
            .time(self.refund_closed_at)
            .text(&uscc(shop.broker.filter(|_| self.mode == "9710" || self.sold.number.is_multiple_of(3))))
            .text(&uscc(shop.warehouse.filter(|_| self.mode == "1210" || self.mode == "9810")));
    }
}

fn mode(import: bool, bonded: bool, rng: &mut Rng) -> &'static str {
    match (import, rng.below(10)) {
        (true, 0..5) if bonded => "1210",
        (true, _) => "9610",
        (false, 0..6) => "9610",
        (false, 6..8) => "9710",
        (false, _) => "9810",
    }
}

/// A code of another chapter than that of the goods: the first of the shelf that has one.
fn misplaced(product: &str) -> &'static str {
    let chapter = product.get(..2);
    let other = words::GOODS.iter().find(|(code, ..)| code.get(..2) != chapter);
    other.map_or("", |(code, ..)| code)
}

/// Goods, country, quantity and amount in 分.
fn goods(shop: &Shop<'_>, import: bool, mode: &str, rng: &mut Rng) -> (&'static str, &'static str, i64, i64) {
    let shelf = rng.pick(&shop.goods) + if import { 0 } else { 10 };
    let (hs_code, base, country, _) = words::GOODS.get(shelf).copied().unwrap_or_default();
    let quantity = match mode {
        "9710" => rng.between(40, 400),
        "9810" => rng.between(20, 120),
        _ => rng.pick(&[1, 1, 1, 2, 2, 3]),
    };
    // More than three times the median price of the zone is what the price indicator looks for.
    let off = if rng.chance(shop.conduct.price_off) { rng.pick(&[22, 420]) } else { 100 };
    let price = base * rng.between(78, 124) / 100 * off / 100;
    (hs_code, country, quantity, price * quantity)
}

/// The latest receipt of customs: released or closed, rarely refused; the newest are still on their way.
fn status(conduct: Conduct, shipped_at: Seconds, end: Seconds, rng: &mut Rng) -> Option<i64> {
    if shipped_at + 2 * DAY > end {
        return Some(rng.pick(&[2, 3, 120, 300]));
    }
    if rng.chance(conduct.rejected) {
        return Some(rng.pick(&[100, 100, 100, -303_001]));
    }
    if rng.chance(conduct.held / 3) {
        return Some(rng.pick(&[501, 503, 599, 700]));
    }
    Some(rng.pick(&[800, 800, 800, 899]))
}
