//! The codes of the negative list, and which of them a source's row falls under.

use serde::{Deserialize, Serialize};

use crate::records::{ClassAuthority, ListCode};

/// A code of the negative list; the codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    N1,
    N2,
    N3,
    N4,
    N5,
    N6,
    N7,
    W1,
    W2,
    W3,
    W4,
    W5,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::N1,
        Self::N2,
        Self::N3,
        Self::N4,
        Self::N5,
        Self::N6,
        Self::N7,
        Self::W1,
        Self::W2,
        Self::W3,
        Self::W4,
        Self::W5,
    ];

    /// The code in the API, in the store and in the rule pack.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::N1 => "N1",
            Self::N2 => "N2",
            Self::N3 => "N3",
            Self::N4 => "N4",
            Self::N5 => "N5",
            Self::N6 => "N6",
            Self::N7 => "N7",
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W3 => "W3",
            Self::W4 => "W4",
            Self::W5 => "W5",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the entry repeats a list that an authority holds; the others are the zone's own watch list.
    #[must_use]
    pub const fn is_mirror(self) -> bool {
        matches!(self, Self::N1 | Self::N2 | Self::N3 | Self::N4 | Self::N5 | Self::N6 | Self::N7)
    }
}

/// The code under which a row of `lists` is mirrored. None for 经营异常名录: it is a reminder of a duty, no list of
/// the dishonest.
#[must_use]
pub const fn kind_of_list(list: ListCode) -> Option<Kind> {
    match list {
        ListCode::AbnormalOperation => None,
        ListCode::CustomsSeriouslyDishonest => Some(Kind::N1),
        ListCode::CustomsDishonest => Some(Kind::N2),
        ListCode::JudgmentDefaulter => Some(Kind::N3),
        ListCode::SeriousDishonesty => Some(Kind::N4),
        ListCode::TaxSerious => Some(Kind::N5),
        ListCode::WageArrears | ListCode::StatisticsSerious | ListCode::IpSerious => Some(Kind::N6),
    }
}

/// The code under which a row of `classes` is mirrored: customs tiers SDIS and DIS, SAFE class C.
#[must_use]
pub fn kind_of_class(authority: ClassAuthority, class: &str) -> Option<Kind> {
    match (authority, class) {
        (ClassAuthority::Customs, "SDIS") => Some(Kind::N1),
        (ClassAuthority::Customs, "DIS") => Some(Kind::N2),
        (ClassAuthority::Safe, "C") => Some(Kind::N7),
        _ => None,
    }
}
