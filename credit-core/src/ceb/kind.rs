//! The kinds of message (GACC 2018-113, E-port XSD "2018-05").

use serde::{Deserialize, Serialize};

/// A kind of customs message. 3xx orders, 4xx payments, 5xx waybills, 6xx declaration lists; the even ones are
/// receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MessageKind {
    Ceb303,
    Ceb304,
    Ceb311,
    Ceb312,
    Ceb403,
    Ceb404,
    Ceb411,
    Ceb412,
    Ceb505,
    Ceb506,
    Ceb507,
    Ceb508,
    Ceb509,
    Ceb510,
    Ceb511,
    Ceb512,
    Ceb513,
    Ceb514,
    Ceb603,
    Ceb604,
    Ceb605,
    Ceb606,
    Ceb621,
    Ceb622,
    Ceb623,
    Ceb624,
    Ceb625,
    Ceb626,
    Ceb900,
}

impl MessageKind {
    pub const ALL: [Self; 29] = [
        Self::Ceb303,
        Self::Ceb304,
        Self::Ceb311,
        Self::Ceb312,
        Self::Ceb403,
        Self::Ceb404,
        Self::Ceb411,
        Self::Ceb412,
        Self::Ceb505,
        Self::Ceb506,
        Self::Ceb507,
        Self::Ceb508,
        Self::Ceb509,
        Self::Ceb510,
        Self::Ceb511,
        Self::Ceb512,
        Self::Ceb513,
        Self::Ceb514,
        Self::Ceb603,
        Self::Ceb604,
        Self::Ceb605,
        Self::Ceb606,
        Self::Ceb621,
        Self::Ceb622,
        Self::Ceb623,
        Self::Ceb624,
        Self::Ceb625,
        Self::Ceb626,
        Self::Ceb900,
    ];

    /// The kind of a root element's local name, such as `CEB311Message`.
    #[must_use]
    pub fn of_root(root: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.root() == root)
    }

    /// The root element.
    #[must_use]
    pub fn root(self) -> &'static str {
        match self {
            Self::Ceb303 => "CEB303Message",
            Self::Ceb304 => "CEB304Message",
            Self::Ceb311 => "CEB311Message",
            Self::Ceb312 => "CEB312Message",
            Self::Ceb403 => "CEB403Message",
            Self::Ceb404 => "CEB404Message",
            Self::Ceb411 => "CEB411Message",
            Self::Ceb412 => "CEB412Message",
            Self::Ceb505 => "CEB505Message",
            Self::Ceb506 => "CEB506Message",
            Self::Ceb507 => "CEB507Message",
            Self::Ceb508 => "CEB508Message",
            Self::Ceb509 => "CEB509Message",
            Self::Ceb510 => "CEB510Message",
            Self::Ceb511 => "CEB511Message",
            Self::Ceb512 => "CEB512Message",
            Self::Ceb513 => "CEB513Message",
            Self::Ceb514 => "CEB514Message",
            Self::Ceb603 => "CEB603Message",
            Self::Ceb604 => "CEB604Message",
            Self::Ceb605 => "CEB605Message",
            Self::Ceb606 => "CEB606Message",
            Self::Ceb621 => "CEB621Message",
            Self::Ceb622 => "CEB622Message",
            Self::Ceb623 => "CEB623Message",
            Self::Ceb624 => "CEB624Message",
            Self::Ceb625 => "CEB625Message",
            Self::Ceb626 => "CEB626Message",
            Self::Ceb900 => "CEB900Message",
        }
    }

    /// Such as `CEB311`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.root().strip_suffix("Message").unwrap_or_default()
    }

    /// What it is a receipt of; of CEB900 nobody knows.
    #[must_use]
    pub fn receipt_of(self) -> Option<Self> {
        match self {
            Self::Ceb304 => Some(Self::Ceb303),
            Self::Ceb312 => Some(Self::Ceb311),
            Self::Ceb404 => Some(Self::Ceb403),
            Self::Ceb412 => Some(Self::Ceb411),
            Self::Ceb506 => Some(Self::Ceb505),
            Self::Ceb508 => Some(Self::Ceb507),
            Self::Ceb510 => Some(Self::Ceb509),
            Self::Ceb512 => Some(Self::Ceb511),
            Self::Ceb514 => Some(Self::Ceb513),
            Self::Ceb604 => Some(Self::Ceb603),
            Self::Ceb606 => Some(Self::Ceb605),
            Self::Ceb622 => Some(Self::Ceb621),
            Self::Ceb624 => Some(Self::Ceb623),
            Self::Ceb626 => Some(Self::Ceb625),
            _ => None,
        }
    }

    /// Whether customs, or the port, sent it.
    #[must_use]
    pub fn is_receipt(self) -> bool {
        self == Self::Ceb900 || self.receipt_of().is_some()
    }
}
