//! `reviews`: consumer reviews as platforms export them.

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_ID};
use super::value;
use super::{Review, SourceId};

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Reviews,
    name: "reviews",
    title_zh: "消费者评价",
    title_en: "consumer reviews",
    natural_key: "platform_uscc, review_id",
    marks: &[],
    fields: &[
        FieldSpec::required("review_id", Kind::Text, "评价编号", "review number").max(MAX_ID),
        FieldSpec::required("platform_uscc", Kind::Uscc, "平台企业代码", "the platform's code"),
        FieldSpec::required("uscc", Kind::Uscc, "被评价企业代码", "the reviewed enterprise's code"),
        FieldSpec::optional("order_no", Kind::Text, "订单编号", "order number").max(MAX_ID),
        FieldSpec::required("rating", Kind::Whole { min: 1, max: 5 }, "星级", "stars"),
        FieldSpec::required("created_at", Kind::Moment, "评价时间", "time of the review"),
        FieldSpec::required("verified_purchase", Kind::Bool, "是否实际购买", "verified purchase"),
        FieldSpec::required("buyer_token", Kind::Text, "评价人令牌", "reviewer token"),
        FieldSpec::optional("counterparty_token", Kind::Text, "交易对手令牌", "counterparty token"),
        FieldSpec::optional("text_hash", Kind::Text, "评价文本摘要", "hash of the text"),
        FieldSpec::optional("simhash", Kind::Hex16, "文本相似哈希", "similarity hash of the text"),
        FieldSpec::optional("deleted", Kind::Bool, "是否已删除，空为否", "deleted; empty = no"),
        FieldSpec::optional("incentive", Kind::Bool, "是否有偿，空为否", "rewarded; empty = no"),
        FieldSpec::optional("merchant_replied_at", Kind::Moment, "商家回复时间", "time the merchant replied"),
        EVENT_ID,
    ],
};

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Review, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let review_id = f.text("review_id");
    let platform_uscc = f.get("platform_uscc", value::uscc);
    let uscc = f.get("uscc", value::uscc);
    let order_no = f.text("order_no");
    let rating = f.whole("rating").and_then(|n| u8::try_from(n).ok());
    let created_at = f.get("created_at", value::moment);
    let verified_purchase = f.get("verified_purchase", value::boolean);
    let buyer_token = f.text("buyer_token");
    let counterparty_token = f.text("counterparty_token");
    let text_hash = f.text("text_hash");
    let simhash = f.get("simhash", value::hex16);
    let deleted = f.get("deleted", value::boolean).unwrap_or(false);
    let incentive = f.get("incentive", value::boolean).unwrap_or(false);
    let merchant_replied_at = f.get("merchant_replied_at", value::moment);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Review {
            review_id: review_id?,
            platform_uscc: platform_uscc?,
            uscc: uscc?,
            order_no,
            rating: rating?,
            created_at: created_at?,
            verified_purchase: verified_purchase?,
            buyer_token: buyer_token?,
            counterparty_token,
            text_hash,
            simhash,
            deleted,
            incentive,
            merchant_replied_at,
            event_id,
        })
    })
}
