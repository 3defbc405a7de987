//! Of whose sales a search may tell: the rule of a sale, asked of each merchant.

use super::index::By;
use crate::access::{Ask, Audience, Block, Principal, Purpose, Rules, Subject};

/// How far a search goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// To these merchants, each of whom is asked about before.
    These(Vec<String>),
    /// To what one parcel is found to be of: each merchant is asked about, and the sales of others are not told.
    OneByOne,
    /// To all, by a rule that opens the sales of many.
    All,
    /// To nobody.
    Nowhere,
}

impl Reach {
    /// An enterprise searches its own sales. Somebody else names a merchant, unless it looks for one parcel.
    #[must_use]
    pub fn of(
        (principal, purpose, rules): (&Principal, Option<Purpose>, &Rules),
        by: By,
        uscc: Option<&str>,
    ) -> Self {
        if let Some(uscc) = uscc {
            return Reach::These(vec![uscc.to_owned()]);
        }
        if principal.audience == Audience::Enterprise {
            return Reach::These(principal.enterprises.to_vec());
        }
        if allows((principal, purpose, rules), Subject::Many, Block::Orders) {
            Reach::All
        } else if by == By::LogisticsNo && is_for((principal, purpose, rules)) {
            Reach::OneByOne
        } else {
            Reach::Nowhere
        }
    }
}

/// Whether somebody may see sales at all, be the merchant which it may.
#[must_use]
pub fn is_for(who: (&Principal, Option<Purpose>, &Rules)) -> bool {
    who.0.audience == Audience::Enterprise
        || allows(who, Subject::One(""), Block::Orders)
        || allows(who, Subject::Zone, Block::Operations)
}

fn allows(
    (principal, purpose, rules): (&Principal, Option<Purpose>, &Rules),
    subject: Subject<'_>,
    block: Block,
) -> bool {
    rules.decide(&Ask::new(principal, block, purpose, subject)).is_allowed()
}
