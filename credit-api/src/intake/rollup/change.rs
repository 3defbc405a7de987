//! An order that came, beside the one it replaces.

use credit_core::records::Order;
use credit_core::trade::Marks;

use crate::store::groups::Groups;

/// A new current version of an order.
#[derive(Debug)]
pub struct Change {
    order: Order,
    groups: Groups,
    replaced: Option<Replaced>,
}

/// The version that was current until now.
#[derive(Debug)]
pub(super) struct Replaced {
    pub order: Order,
    pub marks: Marks,
    pub groups: Groups,
}

impl Change {
    #[must_use]
    pub fn new(order: Order, replaced: Option<(Order, Marks)>) -> Self {
        let groups = Groups::of(&order);
        let replaced = replaced.map(|(order, marks)| Replaced { groups: Groups::of(&order), order, marks });
        Self { order, groups, replaced }
    }

    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(super) fn replaced(&self) -> Option<&Replaced> {
        self.replaced.as_ref()
    }
}
