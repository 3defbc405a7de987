//! Titles of the rules and the reasons of their outcomes, in one place.

use super::Rule;
use crate::records::Lang;

/// Why a rule came out as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    Agrees,
    Differs,
    /// Documents that are not there yet.
    Awaits(&'static str),
    /// Only for imports, or only for exports.
    OtherDirection,
    /// In another currency than that it is held against.
    OtherCurrency,
    /// Nothing to compare: the field is empty, or its tokens share no key.
    NothingToCompare,
    /// A code that no registration knows.
    Unregistered,
    RoleMissing,
    OverLimit,
    NoReturn,
    NotLookedUp,
}

impl Why {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Why::Agrees => "agrees",
            Why::Differs => "differs",
            Why::Awaits(_) => "awaits_document",
            Why::OtherDirection => "other_direction",
            Why::OtherCurrency => "other_currency",
            Why::NothingToCompare => "nothing_to_compare",
            Why::Unregistered => "unregistered",
            Why::RoleMissing => "role_missing",
            Why::OverLimit => "over_limit",
            Why::NoReturn => "no_return",
            Why::NotLookedUp => "not_looked_up",
        }
    }

    #[must_use]
    pub fn text(self, lang: Lang) -> String {
        let (zh, en) = match self {
            Why::Agrees => ("一致", "they agree"),
            Why::Differs => ("不一致", "they differ"),
            Why::Awaits(document) => {
                let (zh, en) = document_words(document);
                return match lang {
                    Lang::Zh => format!("尚未收到{zh}"),
                    Lang::En => format!("waits for the {en}"),
                };
            }
            Why::OtherDirection => ("不适用于该进出口方向", "not for this direction"),
            Why::OtherCurrency => ("币种不同，不作比较", "in different currencies, so not compared"),
            Why::NothingToCompare => ("无可比较的内容", "nothing to compare"),
            Why::Unregistered => ("编码未在本区登记", "a code that is not registered here"),
            Why::RoleMissing => ("登记的企业类型不符", "registered, and not in this role"),
            Why::OverLimit => ("超过限值", "beyond the limit"),
            Why::NoReturn => ("没有退货", "nothing was returned"),
            Why::NotLookedUp => ("未查询", "not looked up"),
        };
        match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        }
    }
}

/// What people call a document.
#[must_use]
pub fn document_words(document: &str) -> (&'static str, &'static str) {
    match document {
        "order" => ("订单", "order"),
        "payment" => ("支付单", "payment"),
        "receipt" => ("收款单", "receipt of money"),
        "waybill" => ("运单", "waybill"),
        "declaration" => ("清单", "declaration"),
        "departure" => ("离境单", "departure"),
        "status" => ("清单回执", "receipt of the declaration"),
        "registration" => ("登记", "registration"),
        _ => ("规则", "rule"),
    }
}

impl Rule {
    /// The rule in a few words.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Rule::M1 => ("三单齐全", "order, payment and waybill are there"),
            Rule::M2 => ("实际支付金额勾稽", "paid = goods + freight + tax − discount"),
            Rule::M3 => ("支付金额一致", "the payment is what the order says"),
            Rule::M4 => ("支付人与订购人一致", "payer and buyer are one person"),
            Rule::M5 => ("收货信息一致", "consignee, telephone and address agree"),
            Rule::M6 => ("商品金额勾稽", "lines add up to the goods' value"),
            Rule::M7 => ("清单与订单商品一致", "declared goods are the ordered ones"),
            Rule::M8 => ("清单编号合规", "the declaration's number is well-formed"),
            Rule::M9 => ("参与企业已登记", "everyone named is registered in the role"),
            Rule::M10 => ("交易限值", "within the buyer's limits"),
            Rule::M11 => ("时间先后合理", "order, payment and parcel follow in time"),
            Rule::M12 => ("运单未重复使用", "the waybill is used once, for one parcel"),
            Rule::ExportReceipts => ("收汇与货值相符", "receipts match the exported value"),
            Rule::Departure => ("已离境", "the parcel left the country"),
            Rule::ReturnQuantity => ("退货数量不超原数量", "no more returned than was sent"),
            Rule::ReturnWindow => ("退货未超期", "returned in time"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
