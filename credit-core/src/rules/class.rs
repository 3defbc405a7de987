//! Standing with a department (ruling C9).

use chrono::NaiveDate;

use crate::records::{Class, ClassAuthority};
use crate::scorecard::Text;

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

/// The same in English.
#[must_use]
pub fn authority_name_en(authority: ClassAuthority) -> &'static str {
    match authority {
        ClassAuthority::Customs => "Customs class",
        ClassAuthority::Safe => "Foreign exchange class",
        ClassAuthority::Tax => "Tax credit",
        ClassAuthority::PublicCredit => "Public credit appraisal",
    }
}

/// What a class is called; a class that is not in the table stays as received.
#[must_use]
pub fn class_name(authority: ClassAuthority, class: &str) -> Text {
    let class = class.trim();
    let (zh, en) = match (authority, class) {
        (ClassAuthority::Customs, "ADV") => ("高级认证企业", "advanced certified"),
        (ClassAuthority::Customs, "CERT") => ("认证企业", "certified"),
        (ClassAuthority::Customs, "REG") => ("常规企业", "regular"),
        (ClassAuthority::Customs, "DIS") => ("失信企业", "dishonest"),
        (ClassAuthority::Customs, "SDIS") => ("严重失信企业", "seriously dishonest"),
        (ClassAuthority::Safe, "GUIDANCE") => ("辅导期", "under guidance"),
        (ClassAuthority::Safe, "EXEMPT") => ("豁免", "exempt"),
        (ClassAuthority::PublicCredit, "优") => ("优", "excellent"),
        (ClassAuthority::PublicCredit, "良") => ("良", "good"),
        (ClassAuthority::PublicCredit, "中") => ("中", "fair"),
        (ClassAuthority::PublicCredit, "差") => ("差", "poor"),
        (ClassAuthority::Safe, letter) => return text(format!("{letter} 类"), format!("class {letter}")),
        (ClassAuthority::Tax, letter) => return text(format!("{letter} 级"), format!("class {letter}")),
        (_, other) => (other, other),
    };
    text(zh.to_owned(), en.to_owned())
}

fn text(zh: String, en: String) -> Text {
    Text { zh, en }
}
