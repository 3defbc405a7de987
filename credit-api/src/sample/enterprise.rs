//! Who is in the zone: enterprise `k` is the same whatever the size of the zone.
//!
//! Enterprises stand in blocks of [`BLOCK`]; each has its platforms, carriers and service firms at fixed places,
//! and its merchants trade with those that stand before them, so that a smaller zone lacks nobody it refers to.

use chrono::{Days, NaiveDate};
use credit_core::dates::{add_months, day_number};
use credit_core::indicator::SubjectKind;
use credit_core::uscc::{ALPHABET, Uscc};

use super::archetypes::{Archetype, Conduct, draw};
use super::patterns::{Plot, is_left_behind, people_of, plot};
use super::rng::{Rng, Topic, mix};
use super::sheet::{DAY, Seconds};
use super::{Plan, SampleError, words};

/// Enterprises of a block.
pub(super) const BLOCK: u32 = 50;

/// Multiplier that spreads neighbouring numbers over 31^6 codes; not divisible by 31, so no two meet.
const SPREAD: u64 = 614_889_781;

/// The period that a zone's data covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub seed: u64,
    pub months: i32,
    pub until: NaiveDate,
}

impl Period {
    pub fn of(plan: &Plan) -> Self {
        let months = i32::try_from(plan.months).unwrap_or(i32::MAX);
        Self { seed: plan.seed, months, until: plan.until }
    }

    /// The date, unless it is still to come.
    pub fn past(&self, date: NaiveDate) -> Option<NaiveDate> {
        (date <= self.until).then_some(date)
    }

    /// The last second of the period.
    pub fn end(&self) -> Seconds {
        (i64::from(day_number(self.until)) + 1) * DAY - 1
    }
}

/// How much an enterprise trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Large,
    Middle,
    Small,
    Thin,
}

impl Size {
    /// Orders of an ordinary month.
    pub fn orders_a_month(self) -> i64 {
        match self {
            Size::Large => 46,
            Size::Middle => 18,
            Size::Small => 11,
            Size::Thin => 1,
        }
    }
}

/// One enterprise.
#[derive(Debug, Clone)]
pub(super) struct Enterprise {
    pub number: u32,
    pub kind: SubjectKind,
    pub archetype: Archetype,
    pub plot: Plot,
    pub size: Size,
    pub uscc: Uscc,
    pub name: String,
    /// Place in [`words::PLACES`]: county, code.
    pub county: &'static str,
    pub region_code: &'static str,
    pub industry_code: &'static str,
    pub legal_representative: String,
    /// Whose address and telephone it uses; its own, but for one related enterprise.
    pub premises: u32,
    pub established_on: NaiveDate,
}

impl Enterprise {
    /// # Errors
    /// [`SampleError::Code`] cannot happen while the tables hold digits of the alphabet.
    pub fn at(period: &Period, number: u32) -> Result<Self, SampleError> {
        let place = number % BLOCK;
        let kind = kind_at(place);
        let archetype = archetype_at(period, number, kind);
        let mut rng = Rng::stream(period.seed, number, Topic::Identity);
        let mut rng_of_premises = Rng::stream(period.seed, premises_of(number), Topic::Identity);
        let (county, region_code, word) = place_of(&mut rng_of_premises);
        place_of(&mut rng);
        let (business, industry_code) = match kind {
            // A service firm's business follows its place, so that each block has all three.
            SubjectKind::E4 => nth(words::businesses(kind), service_at(place)),
            _ => rng.pick(words::businesses(kind)),
        };
        let person_like = kind == SubjectKind::E1
            && matches!(archetype, Archetype::ThinTrade | Archetype::StartUp)
            && rng.chance(2500);
        let uscc = uscc_of(period.seed, number, region_code, person_like)?;
        let ending = if person_like { "商行" } else { "有限公司" };
        let name = format!("{word}{}{business}{ending}", trade_name(period.seed, number));
        let plot = plot(period, number, kind, archetype);
        let size = match size_of(kind, archetype, &mut rng) {
            // Few sales prove nothing.
            Size::Small if plot.pattern.is_some() => Size::Middle,
            size => size,
        };
        Ok(Self {
            number,
            kind,
            archetype,
            plot,
            size,
            uscc,
            name,
            county,
            region_code,
            industry_code,
            legal_representative: person(period.seed, representative_of(number)),
            premises: premises_of(number),
            established_on: established_on(period, archetype, &mut rng),
        })
    }

    pub fn rng(&self, period: &Period, topic: Topic) -> Rng {
        Rng::stream(period.seed, self.number, topic)
    }

    /// A date so many months ago in a year's data, in proportion in longer or shorter data. The day is the
    /// enterprise's own, so that a zone's events do not all fall on one.
    pub fn ago(&self, period: &Period, months_of_year: i32) -> NaiveDate {
        let month = add_months(period.until, -(period.months * months_of_year / 12));
        month.checked_sub_days(Days::new(u64::from(self.number * 7 % 20))).unwrap_or(month)
    }

    pub fn conduct(&self) -> Conduct {
        self.archetype.conduct()
    }

    /// The address in its park.
    pub fn address(&self) -> String {
        let number = u64::from(self.premises);
        let park = nth(&words::PARKS, number % 8);
        format!("{}{park}{}栋{}号", self.county, number / 8 % 40 + 1, 101 + number / 320)
    }

    /// A number that is not connected.
    pub fn phone(&self) -> String {
        format!("0831-0{:07}", self.premises)
    }

    /// 海关注册编码: made up, of the right shape.
    pub fn customs_code(&self) -> String {
        let mut left = self.number;
        let mut serial = [b'0'; 4];
        for symbol in serial.iter_mut().rev() {
            *symbol = nth(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", u64::from(left % 36));
            left /= 36;
        }
        let serial: String = serial.into_iter().map(char::from).collect();
        format!("511596{serial}")
    }
}

/// Two enterprises of good conduct are led by the person who leads a listed one (R09).
fn representative_of(number: u32) -> u32 {
    match number {
        26 => 10,
        27 => 17,
        own => people_of(own),
    }
}

/// One of the two also shares the address, which makes the tie a strong one.
fn premises_of(number: u32) -> u32 {
    if number == 27 { 17 } else { people_of(number) }
}

/// The kind at a place of a block: 35 merchants, 4 platforms, 5 carriers, 6 service firms.
fn kind_at(place: u32) -> SubjectKind {
    match place {
        0 | 8 | 20 | 33 => SubjectKind::E2,
        1 | 6 | 13 | 25 | 40 => SubjectKind::E3,
        2 | 5 | 9 | 12 | 22 | 35 => SubjectKind::E4,
        _ => SubjectKind::E1,
    }
}

/// The line of business of a service firm: payment, customs broker, warehouse.
fn service_at(place: u32) -> u64 {
    match place {
        2 | 12 => 0,
        5 | 22 => 1,
        _ => 2,
    }
}

/// The first block holds every archetype at a fixed place; the others are drawn.
fn archetype_at(period: &Period, number: u32, kind: SubjectKind) -> Archetype {
    match number {
        0..=2 => Archetype::GoodProvider,
        3 => Archetype::MatureAeo,
        4 => Archetype::OrdinaryPenalty,
        5..=9 => Archetype::Clean,
        10 => Archetype::JudgmentDefaulter,
        11 => Archetype::StartUp,
        13 => Archetype::WeakCarrier,
        14 => Archetype::FxClassB,
        15 => Archetype::SeriousPenalty,
        16 => Archetype::AbnormalOperation,
        17 => Archetype::CustomsDishonest,
        18 => Archetype::LicenceRevoked,
        19 => Archetype::ThinTrade,
        21 => Archetype::MismatchedSources,
        23 => Archetype::ManyComplaints,
        24 => Archetype::FakeReviews,
        26 | 27 => Archetype::Clean,
        28 => Archetype::InventedOrders,
        left if is_left_behind(left) => Archetype::LicenceRevoked,
        _ => draw(kind, &mut Rng::stream(period.seed, number, Topic::Archetype)),
    }
}

fn size_of(kind: SubjectKind, archetype: Archetype, rng: &mut Rng) -> Size {
    let drawn = match rng.below(100) {
        0..12 => Size::Large,
        12..50 => Size::Middle,
        _ => Size::Small,
    };
    match archetype {
        _ if kind != SubjectKind::E1 => Size::Middle,
        Archetype::MatureAeo if rng.chance(5000) => Size::Large,
        Archetype::MatureAeo => Size::Middle,
        Archetype::ThinTrade => Size::Thin,
        Archetype::InventedOrders | Archetype::ManyComplaints | Archetype::FakeReviews => Size::Large,
        _ => drawn,
    }
}

fn established_on(period: &Period, archetype: Archetype, rng: &mut Rng) -> NaiveDate {
    let (low, high) = match archetype {
        Archetype::MatureAeo | Archetype::GoodProvider => (84, 200),
        Archetype::StartUp => (2, 4),
        Archetype::ThinTrade => (14, 40),
        Archetype::InventedOrders | Archetype::FakeReviews => (15, 40),
        _ => (26, 120),
    };
    let months = i32::try_from(rng.between(low, high)).unwrap_or(24);
    let day = i32::try_from(rng.between(0, 27)).unwrap_or(0);
    credit_core::dates::from_day_number(day_number(add_months(period.until, -months)) - day)
}

fn place_of(rng: &mut Rng) -> (&'static str, &'static str, &'static str) {
    let mut left = rng.below(words::PLACES.iter().map(|place| place.3).sum());
    for (county, code, word, weight) in words::PLACES {
        match left.checked_sub(weight) {
            Some(rest) => left = rest,
            None => return (county, code, word),
        }
    }
    ("宜宾市翠屏区", "511502", "宜宾")
}

pub(super) fn nth<T: Copy + Default>(items: &[T], at: u64) -> T {
    usize::try_from(at).ok().and_then(|at| items.get(at)).copied().unwrap_or_default()
}

/// A trade name of three syllables; no two of the first 5 280 enterprises share one.
fn trade_name(seed: u64, number: u32) -> String {
    let all = 24 * 20 * 11;
    let at = (u64::from(number) * 2_971 + mix(seed) % all) % all;
    let (first, second, third) = (at % 24, at / 24 % 20, at / 480);
    [nth(&words::NAME_FIRST, first), nth(&words::NAME_SECOND, second), nth(&words::NAME_THIRD, third)]
        .concat()
}

/// A person for a number; no two of the first 67 240 share a name, or they would count as related (R09).
pub(super) fn person(seed: u64, number: u32) -> String {
    let all = 40 * 41 * 41;
    let at = (u64::from(number) * 30_011 + mix(seed) % all) % all;
    let (surname, first, second) = (at % 40, at / 40 % 41, at / 1640);
    let surname = nth(&words::SURNAMES, surname);
    format!("{surname}样{}{}", nth(&words::GIVEN, first), nth(&words::GIVEN, second))
}

/// A code of the registry's `MA` series: both check digits hold, the body is made up.
fn uscc_of(seed: u64, number: u32, region: &str, person_like: bool) -> Result<Uscc, SampleError> {
    /// 31^6: the space of the six free characters.
    const SPACE: u64 = 887_503_681;
    let mut at = (u64::from(number) * SPREAD + mix(seed) % SPACE) % SPACE;
    let mut stem = format!("{}{region}MA", if person_like { "92" } else { "91" });
    for _ in 0..6 {
        let symbol = usize::try_from(at % 31).ok().and_then(|at| ALPHABET.as_bytes().get(at)).copied();
        stem.push(char::from(symbol.unwrap_or(b'0')));
        at /= 31;
    }
    Uscc::from_stem(&stem).map_err(SampleError::Code)
}

/// The platforms, carriers and service firms of a block.
#[derive(Debug, Default)]
pub(super) struct Partners {
    block: Option<u32>,
    members: Vec<Enterprise>,
}

/// What a service firm does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Platform,
    Carrier,
    Payment,
    Broker,
    Warehouse,
}

impl Partners {
    /// Looks up the block of an enterprise; the last one is kept.
    pub fn of(&mut self, period: &Period, number: u32) -> Result<(), SampleError> {
        let block = number / BLOCK;
        if self.block != Some(block) {
            self.members.clear();
            for member in (block * BLOCK)..((block + 1) * BLOCK) {
                if kind_at(member % BLOCK) != SubjectKind::E1 {
                    self.members.push(Enterprise::at(period, member)?);
                }
            }
            self.block = Some(block);
        }
        Ok(())
    }

    /// A partner that stands before the merchant: like chooses like where there is a choice, so that a good
    /// provider's record is not made by bad merchants.
    pub fn choose(&self, merchant: &Enterprise, service: Service, rng: &mut Rng) -> Option<&Enterprise> {
        let avoided =
            if merchant.archetype.is_careful() { Archetype::WeakCarrier } else { Archetype::GoodProvider };
        let offers = |other: &&Enterprise| other.number < merchant.number && offers(other, service);
        let mut choice: Vec<&Enterprise> = self.members.iter().filter(offers).collect();
        if choice.iter().any(|other| other.archetype != avoided) {
            choice.retain(|other| other.archetype != avoided);
        }
        let at = usize::try_from(rng.below(u64::try_from(choice.len()).unwrap_or(0))).unwrap_or(0);
        choice.get(at).copied()
    }
}

fn offers(enterprise: &Enterprise, service: Service) -> bool {
    match service {
        Service::Platform => enterprise.kind == SubjectKind::E2,
        Service::Carrier => enterprise.kind == SubjectKind::E3,
        Service::Payment => enterprise.industry_code == "J6930",
        Service::Broker => enterprise.kind == SubjectKind::E4 && enterprise.industry_code == "G5821",
        Service::Warehouse => enterprise.industry_code == "G5990",
    }
}
