//! Who somebody is in a case, and which cases somebody sees.

use credit_core::cases::{Actor, Role};

use super::store::CaseRow;
use crate::access::{Audience, Principal};

/// In what capacity somebody acts in a case; nobody who is no party to it.
#[must_use]
pub fn role_in(who: &Principal, uscc: &str, asked: Option<&str>) -> Option<Role> {
    match who.audience {
        Audience::Enterprise => who.speaks_for(uscc).then_some(Role::Enterprise),
        Audience::Commerce => Some(Role::Officer),
        Audience::Reviewer => Some(Role::Reviewer),
        Audience::Operator => Some(Role::Operator),
        audience if audience.is_department() => (asked == Some(audience.code())).then_some(Role::Source),
        _ => None,
    }
}

/// Somebody as the actor of a step.
#[must_use]
pub fn actor(who: &Principal, role: Role) -> Actor {
    Actor { id: who.id.to_string(), role }
}

/// The service itself.
#[must_use]
pub fn system() -> Actor {
    Actor { id: "system".to_owned(), role: Role::System }
}

/// Whether somebody sees a case.
#[must_use]
pub fn sees(who: &Principal, case: &CaseRow) -> bool {
    who.audience == Audience::Auditor || role_in(who, &case.uscc, case.asked.as_deref()).is_some()
}

/// Whose cases a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    All,
    /// Of these enterprises.
    Enterprises(Vec<String>),
    /// In which this audience was asked.
    Asked(Audience),
    Nobody,
}

impl Of {
    /// The cases that somebody is a party to.
    #[must_use]
    pub fn visible_to(who: &Principal) -> Self {
        match who.audience {
            Audience::Commerce | Audience::Reviewer | Audience::Operator | Audience::Auditor => Of::All,
            Audience::Enterprise => Of::Enterprises(who.enterprises.to_vec()),
            audience if audience.is_department() => Of::Asked(audience),
            _ => Of::Nobody,
        }
    }
}
