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
