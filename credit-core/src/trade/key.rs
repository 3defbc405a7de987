//! What a counter is counted under: the enterprises of a row, its day, and the little else that a reader
//! must tell apart.

use serde::{Deserialize, Serialize};

use crate::indicator::SubjectKind;
use crate::records::{Direction, Mode, Order};
use crate::trade::view::{day_of, filled};
use crate::uscc::Uscc;

/// The enterprises that stand in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Parties {
    pub merchant: Uscc,
    pub platform: Option<Uscc>,
    pub logistics: Option<Uscc>,
    pub payment: Option<Uscc>,
    pub agent: Option<Uscc>,
    pub warehouse: Option<Uscc>,
}

impl Parties {
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self {
            merchant: order.uscc,
            platform: order.platform_uscc,
            logistics: order.logistics_uscc,
            payment: order.payment_uscc,
            agent: order.agent_uscc,
            warehouse: order.warehouse_uscc,
        }
    }

    /// Whether the row is one of `uscc`'s population as `kind` (rulings A6 and G).
    #[must_use]
    pub fn in_population(&self, uscc: Uscc, kind: SubjectKind) -> bool {
        match kind {
            SubjectKind::E1 => self.merchant == uscc,
            SubjectKind::E2 => self.platform == Some(uscc),
            SubjectKind::E3 => self.logistics == Some(uscc),
            SubjectKind::E4 => self.service().any(|party| party == uscc),
        }
    }

    /// Every population the row is counted in, each once.
    pub fn populations(&self) -> impl Iterator<Item = (Uscc, SubjectKind)> + '_ {
        let service = self
            .service()
            .enumerate()
            .filter(|(at, party)| !self.service().take(*at).any(|earlier| earlier == *party))
            .map(|(_, party)| (party, SubjectKind::E4));
        std::iter::once((self.merchant, SubjectKind::E1))
            .chain(self.platform.map(|party| (party, SubjectKind::E2)))
            .chain(self.logistics.map(|party| (party, SubjectKind::E3)))
            .chain(service)
    }

    /// Whether `uscc` takes part in the row in any way (rule F1).
    #[must_use]
    pub fn involves(&self, uscc: Uscc) -> bool {
        self.platform == Some(uscc)
            || self.logistics == Some(uscc)
            || self.service().any(|party| party == uscc)
    }

    /// Rule M9 (B2): platform, logistics and payment are each empty or a registered enterprise having that
    /// role. `has_role` answers for D: registered means `established_on <= D`.
    pub fn roles_hold(&self, has_role: &impl Fn(&Uscc, SubjectKind) -> bool) -> bool {
        [(self.platform, SubjectKind::E2), (self.logistics, SubjectKind::E3), (self.payment, SubjectKind::E4)]
            .iter()
            .all(|(party, kind)| party.is_none_or(|uscc| has_role(&uscc, *kind)))
    }

    /// Those through whom a service enterprise's population is found: payment, merchant, agent, warehouse.
    fn service(&self) -> impl Iterator<Item = Uscc> + '_ {
        [self.payment, Some(self.merchant), self.agent, self.warehouse].into_iter().flatten()
    }
}

/// The first two digits of an HS code, the chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hs2([u8; 2]);

impl Hs2 {
    /// The chapter of a code; `None` when it does not begin with two digits.
    #[must_use]
    pub fn of(hs_code: &str) -> Option<Self> {
        let mut bytes = hs_code.bytes();
        let (first, second) = (bytes.next()?, bytes.next()?);
        (first.is_ascii_digit() && second.is_ascii_digit()).then_some(Self([first, second]))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for Hs2 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Hs2 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| serde::de::Error::custom("an HS chapter is two digits"))
    }
}

/// A peer cell of T09 (B7): chapter and mode.
pub type Cell = (Hs2, Mode);

/// What one day's [`DayCounters`](crate::trade::DayCounters) are counted under; the day is that of `ordered_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DayKey {
    pub parties: Parties,
    /// Days since 1970-01-01, Shanghai.
    pub day: i32,
    pub direction: Direction,
    pub mode: Mode,
    pub hs2: Option<Hs2>,
}

impl DayKey {
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self {
            parties: Parties::of(order),
            day: day_of(order.ordered_at),
            direction: order.direction,
            mode: order.mode,
            hs2: filled(order.hs_code.as_ref()).and_then(Hs2::of),
        }
    }

    /// The peer cell, when the row has an HS code.
    #[must_use]
    pub fn cell(&self) -> Option<Cell> {
        self.hs2.map(|hs2| (hs2, self.mode))
    }
}

/// What [`ShipmentCounters`](crate::trade::ShipmentCounters) are counted under; the day is that of `shipped_at`
/// for T07 and `promised_on` for T08.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShipmentKey {
    pub parties: Parties,
    /// Days since 1970-01-01, Shanghai.
    pub day: i32,
}
