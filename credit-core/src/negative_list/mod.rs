//! 负面清单 as rules: which entries there are, whether they mirror an authority's list or are the zone's own watch
//! list, who may see them, how they end, on what basis.
//!
//! A zone sets no blacklist: N1–N7 repeat what the competent authority holds and go when it takes them away. W1–W5
//! are the zone's internal 重点关注名单; they change nothing but the zone's own attention, and expire by
//! themselves. The rules are dated data (`data/negative-list-2026.1.toml`).

mod kind;
mod rules;
#[cfg(test)]
mod tests;

pub use kind::{Kind, kind_of_class, kind_of_list};
pub use rules::{EntryType, Exit, NegativeListRules, Rule, watch_ends_on};
