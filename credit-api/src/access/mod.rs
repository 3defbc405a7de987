//! Who may read what, and for which purpose: the one rule, asked by every handler and page.
//!
//! Rows are those of the disclosure matrix (`domain.md` 7.5). Two principals exist until users, roles and consents
//! do: anybody, who sees the public column, and the administrator, who sees everything but has to say what for.

pub mod block;
pub mod looks;
pub mod principal;
pub mod purpose;
pub mod token;

pub use block::{Block, grade_block};
pub use looks::{Look, Looks};
pub use principal::{Audience, Principal};
pub use purpose::Purpose;

/// What the rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// The caller has to sign in.
    SignInNeeded,
    /// The caller may, once it says for which purpose.
    PurposeNeeded,
    /// Nobody may, by this way.
    Refused,
}

impl Decision {
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Decision::Allowed
    }

    /// The code of the reason in `withheld`; `None` when nothing is withheld.
    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        match self {
            Decision::Allowed => None,
            Decision::SignInNeeded => Some("sign_in_required"),
            Decision::PurposeNeeded => Some("purpose_required"),
            Decision::Refused => Some("not_disclosed"),
        }
    }
}

/// The purposes this caller may name; none for whoever has not signed in.
#[must_use]
pub fn purposes_of(principal: &Principal) -> &'static [Purpose] {
    if principal.is_anonymous() { &[] } else { &Purpose::ALL }
}

/// Whether `principal` may read `block` for `purpose`. Denied unless a line here allows it.
#[must_use]
pub fn decide(principal: &Principal, block: Block, purpose: Option<Purpose>) -> Decision {
    if block.is_public() {
        return Decision::Allowed;
    }
    if principal.is_anonymous() {
        return Decision::SignInNeeded;
    }
    // Departments, enterprises and financiers see the public column until the policies say more.
    if principal.audience != Audience::Operator {
        return Decision::Refused;
    }
    match (block, purpose) {
        _ if block.is_operations() => Decision::Allowed,
        // Nobody reads who bought what: only keyed tokens are stored, and they stay inside.
        (Block::BuyerIdentity, _) => Decision::Refused,
        (_, Some(_)) => Decision::Allowed,
        (_, None) => Decision::PurposeNeeded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use credit_core::grade::Grade;

    #[test]
    fn anybody_sees_the_public_column_and_nothing_else() {
        for block in Block::ALL {
            let expected = if block.is_public() { Decision::Allowed } else { Decision::SignInNeeded };
            assert_eq!(decide(&Principal::anonymous(), block, Some(Purpose::Audit)), expected, "{block:?}");
        }
    }

    #[test]
    fn the_administrator_names_a_purpose_for_what_is_not_public() {
        for block in Block::ALL {
            let without = decide(&Principal::administrator(), block, None);
            let with = decide(&Principal::administrator(), block, Some(Purpose::Supervision));
            if block == Block::BuyerIdentity {
                assert_eq!((without, with), (Decision::Refused, Decision::Refused));
            } else {
                let free = block.is_public() || block.is_operations();
                assert_eq!(without.is_allowed(), free, "{block:?}");
                assert_eq!(with, Decision::Allowed, "{block:?}");
            }
        }
    }

    #[test]
    fn only_the_two_best_grades_are_public() {
        let public: Vec<Grade> =
            Grade::ALL.into_iter().filter(|grade| grade_block(*grade).is_public()).collect();
        assert_eq!(public, [Grade::AAA, Grade::AA]);
    }
}
