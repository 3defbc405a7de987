//! The rollups give what the rows give: on random zones taken in by the real intake, in any parts and order.

mod roads;
mod zone;
