//! The kinds of conduct in the zone: the calibration cases of the scorecard (`domain.md` 7.3) and a few more.

use credit_core::indicator::SubjectKind;

use super::rng::Rng;

/// How an enterprise behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Archetype {
    /// Years in business, customs advanced certification, nothing against it.
    MatureAeo,
    /// A platform, carrier or service firm that does everything well.
    GoodProvider,
    /// In good order.
    Clean,
    /// One ordinary penalty, half of them repaired since.
    OrdinaryPenalty,
    /// SAFE class B.
    FxClassB,
    /// A serious penalty and tax class C.
    SeriousPenalty,
    /// Three months old.
    StartUp,
    /// Invented orders that no authority has noticed yet.
    InventedOrders,
    /// A carrier that delivers late and uses waybill numbers twice.
    WeakCarrier,
    /// On the courts' list of defaulters.
    JudgmentDefaulter,
    /// On the list of abnormal operations, or just removed from it.
    AbnormalOperation,
    /// Customs class DIS.
    CustomsDishonest,
    /// Business licence revoked.
    LicenceRevoked,
    /// Filed, but hardly trades.
    ThinTrade,
    /// Departments disagree on who it is.
    MismatchedSources,
    /// Many complaints.
    ManyComplaints,
    /// Reviews that nobody wrote after buying.
    FakeReviews,
}

/// Archetypes of merchants outside the first block, with their weights.
const MERCHANTS: [(Archetype, u64); 15] = [
    (Archetype::Clean, 420),
    (Archetype::MatureAeo, 120),
    (Archetype::OrdinaryPenalty, 80),
    (Archetype::StartUp, 70),
    (Archetype::ThinTrade, 70),
    (Archetype::ManyComplaints, 40),
    (Archetype::InventedOrders, 35),
    (Archetype::FakeReviews, 35),
    (Archetype::AbnormalOperation, 30),
    (Archetype::MismatchedSources, 30),
    (Archetype::FxClassB, 25),
    (Archetype::SeriousPenalty, 20),
    (Archetype::JudgmentDefaulter, 10),
    (Archetype::CustomsDishonest, 10),
    (Archetype::LicenceRevoked, 5),
];

const CARRIERS: [(Archetype, u64); 4] = [
    (Archetype::Clean, 50),
    (Archetype::GoodProvider, 25),
    (Archetype::WeakCarrier, 20),
    (Archetype::OrdinaryPenalty, 5),
];

const PROVIDERS: [(Archetype, u64); 5] = [
    (Archetype::Clean, 60),
    (Archetype::GoodProvider, 25),
    (Archetype::OrdinaryPenalty, 6),
    (Archetype::MismatchedSources, 5),
    (Archetype::AbnormalOperation, 4),
];

/// The archetype of an enterprise outside the first block.
pub(super) fn draw(kind: SubjectKind, rng: &mut Rng) -> Archetype {
    let table: &[(Archetype, u64)] = match kind {
        SubjectKind::E1 => &MERCHANTS,
        SubjectKind::E3 => &CARRIERS,
        SubjectKind::E2 | SubjectKind::E4 => &PROVIDERS,
    };
    let mut left = rng.below(table.iter().map(|(_, weight)| weight).sum());
    for (archetype, weight) in table {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return *archetype,
        }
    }
    Archetype::Clean
}

/// How often things go wrong in a merchant's orders, in 1/10 000 of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conduct {
    pub rejected: u32,
    pub held: u32,
    pub payer_differs: u32,
    pub consignee_differs: u32,
    pub late: u32,
    pub returned: u32,
    pub amended: u32,
    pub waybill_reused: u32,
    /// Orders of a few buyers behind one address, in bursts.
    pub clustered: u32,
    pub out_of_sequence: u32,
    pub price_off: u32,
    /// Amount received differs from the goods' value.
    pub underpaid: u32,
    pub complaints: u32,
    /// Reviews of one or two stars.
    pub bad_reviews: u32,
    pub fake_reviews: u32,
}

const CLEAN: Conduct = Conduct {
    rejected: 55,
    held: 0,
    payer_differs: 25,
    consignee_differs: 5,
    late: 220,
    returned: 200,
    amended: 90,
    waybill_reused: 0,
    clustered: 0,
    out_of_sequence: 5,
    price_off: 20,
    underpaid: 60,
    complaints: 14,
    bad_reviews: 330,
    fake_reviews: 40,
};

const GOOD: Conduct = Conduct {
    rejected: 15,
    payer_differs: 5,
    consignee_differs: 0,
    late: 60,
    returned: 120,
    amended: 30,
    out_of_sequence: 0,
    price_off: 5,
    underpaid: 10,
    complaints: 2,
    bad_reviews: 90,
    fake_reviews: 10,
    ..CLEAN
};

impl Archetype {
    /// A word for file names and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Archetype::MatureAeo => "mature_aeo",
            Archetype::GoodProvider => "good_provider",
            Archetype::Clean => "clean",
            Archetype::OrdinaryPenalty => "ordinary_penalty",
            Archetype::FxClassB => "fx_class_b",
            Archetype::SeriousPenalty => "serious_penalty",
            Archetype::StartUp => "start_up",
            Archetype::InventedOrders => "invented_orders",
            Archetype::WeakCarrier => "weak_carrier",
            Archetype::JudgmentDefaulter => "judgment_defaulter",
            Archetype::AbnormalOperation => "abnormal_operation",
            Archetype::CustomsDishonest => "customs_dishonest",
            Archetype::LicenceRevoked => "licence_revoked",
            Archetype::ThinTrade => "thin_trade",
            Archetype::MismatchedSources => "mismatched_sources",
            Archetype::ManyComplaints => "many_complaints",
            Archetype::FakeReviews => "fake_reviews",
        }
    }

    pub(super) fn conduct(self) -> Conduct {
        match self {
            Archetype::MatureAeo | Archetype::GoodProvider => GOOD,
            Archetype::Clean
            | Archetype::OrdinaryPenalty
            | Archetype::MismatchedSources
            | Archetype::StartUp
            | Archetype::ThinTrade => CLEAN,
            Archetype::FxClassB => Conduct { underpaid: 3000, rejected: 80, ..CLEAN },
            Archetype::SeriousPenalty => {
                Conduct { rejected: 150, price_off: 150, complaints: 40, bad_reviews: 700, ..CLEAN }
            }
            Archetype::InventedOrders => Conduct {
                rejected: 90,
                payer_differs: 350,
                returned: 500,
                waybill_reused: 120,
                clustered: 1400,
                out_of_sequence: 350,
                price_off: 400,
                underpaid: 900,
                fake_reviews: 1300,
                bad_reviews: 100,
                ..CLEAN
            },
            Archetype::WeakCarrier => CLEAN,
            Archetype::JudgmentDefaulter => Conduct {
                late: 1200,
                returned: 500,
                complaints: 90,
                bad_reviews: 900,
                underpaid: 900,
                ..CLEAN
            },
            Archetype::AbnormalOperation => Conduct { late: 600, complaints: 30, bad_reviews: 500, ..CLEAN },
            Archetype::CustomsDishonest => Conduct {
                rejected: 420,
                held: 180,
                payer_differs: 700,
                consignee_differs: 300,
                amended: 500,
                price_off: 600,
                ..CLEAN
            },
            Archetype::LicenceRevoked => {
                Conduct { late: 1500, returned: 700, complaints: 200, bad_reviews: 1500, ..CLEAN }
            }
            Archetype::ManyComplaints => {
                Conduct { late: 900, returned: 900, complaints: 750, bad_reviews: 1800, ..CLEAN }
            }
            Archetype::FakeReviews => {
                Conduct { complaints: 120, bad_reviews: 500, fake_reviews: 2600, ..CLEAN }
            }
        }
    }

    /// Whether an enterprise of this kind would choose its partners with care.
    pub(super) fn is_careful(self) -> bool {
        matches!(
            self,
            Archetype::MatureAeo | Archetype::GoodProvider | Archetype::Clean | Archetype::OrdinaryPenalty
        )
    }
}
