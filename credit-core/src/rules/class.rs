//! Standing with a department (ruling C9).

use chrono::NaiveDate;

use crate::records::{Class, ClassAuthority};

/// The class in force at `as_of`: `valid_from <= D <= valid_to` (empty = open); of several the latest
/// `valid_from` (ruling C9; on equal dates the later row, since a later row supersedes).
#[must_use]
pub fn class_in_force(classes: &[Class], authority: ClassAuthority, as_of: NaiveDate) -> Option<&Class> {
    classes
        .iter()
        .filter(|class| class.authority == authority)
        .filter(|class| class.valid_from <= as_of && class.valid_to.is_none_or(|day| day >= as_of))
        .max_by_key(|class| class.valid_from)
}

/// The department's name in a reader's words.
#[must_use]
pub fn authority_name(authority: ClassAuthority) -> &'static str {
    match authority {
        ClassAuthority::Customs => "海关信用等级",
        ClassAuthority::Safe => "外汇分类",
        ClassAuthority::Tax => "纳税缴费信用",
        ClassAuthority::PublicCredit => "公共信用综合评价",
    }
}
