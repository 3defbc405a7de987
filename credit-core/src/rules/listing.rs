//! When a statutory list row holds, and what it is called (ruling A12).

use chrono::NaiveDate;

use crate::records::{ListCode, Listing};

/// In force: effective, not removed (`removed_on` is the first day out), not expired (`expires_on` is the
/// last day in) — rulings A7, A12.
#[must_use]
pub fn list_in_force(listing: &Listing, as_of: NaiveDate) -> bool {
    listing.effective_on <= as_of
        && listing.removed_on.is_none_or(|day| day > as_of)
        && listing.expires_on.is_none_or(|day| day >= as_of)
}

/// The list's name in a reader's words.
#[must_use]
pub fn list_name(list: ListCode) -> &'static str {
    match list {
        ListCode::AbnormalOperation => "经营异常名录",
        ListCode::SeriousDishonesty => "严重违法失信名单",
        ListCode::JudgmentDefaulter => "失信被执行人名单",
        ListCode::TaxSerious => "重大税收违法失信主体名单",
        ListCode::WageArrears => "拖欠农民工工资失信联合惩戒对象名单",
        ListCode::CustomsDishonest => "海关失信企业名单",
        ListCode::CustomsSeriouslyDishonest => "海关严重失信主体名单",
        ListCode::StatisticsSerious => "统计严重失信企业名单",
        ListCode::IpSerious => "知识产权严重违法失信名单",
    }
}

/// The same in English.
#[must_use]
pub fn list_name_en(list: ListCode) -> &'static str {
    match list {
        ListCode::AbnormalOperation => "List of abnormal operation",
        ListCode::SeriousDishonesty => "List of seriously dishonest entities",
        ListCode::JudgmentDefaulter => "List of judgment defaulters",
        ListCode::TaxSerious => "List of major tax violations",
        ListCode::WageArrears => "List of wage arrears to migrant workers",
        ListCode::CustomsDishonest => "Customs list of dishonest enterprises",
        ListCode::CustomsSeriouslyDishonest => "Customs list of seriously dishonest entities",
        ListCode::StatisticsSerious => "List of serious dishonesty in statistics",
        ListCode::IpSerious => "List of serious violations of intellectual property",
    }
}
