//! Who somebody is in a case, and which cases somebody sees.

use credit_core::cases::{Actor, Kind, Role, SubjectKind, machine};

use super::store::CaseRow;
use crate::access::{Audience, Principal};
use crate::identity::{Means, SignedIn};

/// Somebody who reads cases or acts in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub principal: Principal,
    /// Who it is, by whatever key or session: two steps of one person are one person's.
    pub person: String,
    /// A key of no person decides nothing.
    pub is_person: bool,
}

impl Party {
    /// Whoever was recognised.
    #[must_use]
    pub fn of(known: &SignedIn) -> Self {
        Self {
            principal: known.principal.clone(),
            person: known.actor().person,
            is_person: known.user.is_some() || matches!(known.means, Means::Token),
        }
    }
}

/// In what capacity somebody acts in a case; nobody who is no party to it. A department that was asked may answer by
/// a program of its own.
#[must_use]
pub fn role_in(who: &Party, uscc: &str, asked: Option<&str>) -> Option<Role> {
    let role = match who.principal.audience {
        Audience::Enterprise => who.principal.speaks_for(uscc).then_some(Role::Enterprise),
        Audience::Commerce => Some(Role::Officer),
        Audience::Reviewer => Some(Role::Reviewer),
        Audience::Operator => Some(Role::Operator),
        audience if audience.is_department() => (asked == Some(audience.code())).then_some(Role::Source),
        _ => None,
    };
    role.filter(|role| who.is_person || *role == Role::Source)
}

/// In what capacity somebody may begin a case of a kind, by its table: as in one, and a department as the source of
/// what it tells.
#[must_use]
pub fn role_to_open(who: &Party, kind: Kind, uscc: &str) -> Option<Role> {
    let asked = Some(who.principal.audience).filter(|audience| audience.is_department());
    let role = role_in(who, uscc, asked.map(Audience::code));
    role.filter(|role| SubjectKind::ALL.iter().any(|about| machine(kind).opening(*role, *about).is_some()))
}

/// In what capacity somebody acts in this case; nobody who does not see it.
#[must_use]
pub fn role_of(who: &Party, case: &CaseRow) -> Option<Role> {
    let role = role_in(who, &case.uscc, case.asked.as_deref());
    role.filter(|role| *role != Role::Enterprise || case.told != 0)
}

/// Somebody as the actor of a step.
#[must_use]
pub fn actor(who: &Party, role: Role) -> Actor {
    Actor { id: who.person.clone(), role }
}

/// The service itself.
#[must_use]
pub fn system() -> Actor {
    Actor { id: "system".to_owned(), role: Role::System }
}

/// Whether somebody sees a case.
#[must_use]
pub fn sees(who: &Party, case: &CaseRow) -> bool {
    who.principal.audience == Audience::Auditor || role_of(who, case).is_some()
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
    pub fn visible_to(who: &Party) -> Self {
        match who.principal.audience {
            Audience::Auditor => Of::All,
            Audience::Commerce | Audience::Reviewer | Audience::Operator if who.is_person => Of::All,
            Audience::Enterprise if who.is_person => Of::Enterprises(who.principal.enterprises.to_vec()),
            audience if audience.is_department() && audience != Audience::Commerce => Of::Asked(audience),
            _ => Of::Nobody,
        }
    }
}
