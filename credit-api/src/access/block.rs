//! What is disclosed or withheld together: the rows of the disclosure matrix (`domain.md` 7.5).

use credit_core::grade::Grade;
use credit_core::records::Lang;

/// A row of the matrix, and what belongs to the running of the service. Who may act on a block is decided as who may
/// read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// Name, USCC, type, zone filing, status, legal representative.
    Identity,
    /// Telephone and papers of persons.
    Contact,
    Permits,
    /// Published penalties inside their publicity, not repaired.
    Penalties,
    /// Repaired, revoked or expired penalties.
    PastPenalties,
    CustomsClass,
    SafeClass,
    /// Class A of the tax authority.
    TaxClassA,
    /// Any other class of the tax authority.
    TaxClass,
    /// The grade, when it is AAA or AA.
    GradeTop,
    /// Any other grade, and N.
    Grade,
    /// Score, sub-scores, indicator values, reasons.
    Score,
    /// Earlier ratings.
    History,
    /// The whole signed statement, opened.
    Receipt,
    /// Rows of orders.
    Orders,
    BuyerIdentity,
    /// Mirror of statutory lists.
    Lists,
    /// Received files, their rejected rows, jobs.
    Operations,
    /// Signing a move of two or more grades.
    SignOff,
}

impl Block {
    pub const ALL: [Block; 19] = [
        Block::Identity,
        Block::Contact,
        Block::Permits,
        Block::Penalties,
        Block::PastPenalties,
        Block::CustomsClass,
        Block::SafeClass,
        Block::TaxClassA,
        Block::TaxClass,
        Block::GradeTop,
        Block::Grade,
        Block::Score,
        Block::History,
        Block::Receipt,
        Block::Orders,
        Block::BuyerIdentity,
        Block::Lists,
        Block::Operations,
        Block::SignOff,
    ];

    /// The public column.
    #[must_use]
    pub fn is_public(self) -> bool {
        matches!(
            self,
            Block::Identity
                | Block::Permits
                | Block::Penalties
                | Block::CustomsClass
                | Block::TaxClassA
                | Block::GradeTop
                | Block::Lists
        )
    }

    /// What is read to run the service and says nothing of an enterprise's credit.
    #[must_use]
    pub fn is_operations(self) -> bool {
        self == Block::Operations
    }

    /// The name in `withheld`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Block::Identity => "identity",
            Block::Contact => "contact",
            Block::Permits => "permits",
            Block::Penalties => "penalties",
            Block::PastPenalties => "past_penalties",
            Block::CustomsClass => "customs_class",
            Block::SafeClass => "safe_class",
            Block::TaxClassA => "tax_class_a",
            Block::TaxClass => "tax_class",
            Block::GradeTop => "grade_top",
            Block::Grade => "grade",
            Block::Score => "score",
            Block::History => "history",
            Block::Receipt => "receipt",
            Block::Orders => "orders",
            Block::BuyerIdentity => "buyer_identity",
            Block::Lists => "lists",
            Block::Operations => "operations",
            Block::SignOff => "sign_off",
        }
    }

    /// What the block holds, in a reader's words.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Block::Identity => ("登记信息", "registration"),
            Block::Contact => ("联系人信息", "contact details of persons"),
            Block::Permits => ("行政许可", "permits"),
            Block::Penalties => ("公示期内的行政处罚", "published penalties"),
            Block::PastPenalties => {
                ("已修复、撤销或期满的行政处罚", "repaired, revoked or expired penalties")
            }
            Block::CustomsClass => ("海关信用等级", "customs class"),
            Block::SafeClass => ("外汇分类", "SAFE class"),
            Block::TaxClassA => ("纳税信用A级", "tax class A"),
            Block::TaxClass => ("纳税缴费信用", "tax class"),
            Block::GradeTop => ("信用等级（AAA、AA）", "grade AAA or AA"),
            Block::Grade => ("信用等级", "grade"),
            Block::Score => ("分数、分项、指标值与原因", "score, sub-scores, indicator values and reasons"),
            Block::History => ("评级历史", "rating history"),
            Block::Receipt => ("可验证凭证", "verifiable receipt"),
            Block::Orders => ("订单明细", "orders"),
            Block::BuyerIdentity => ("消费者身份", "identity of buyers"),
            Block::Lists => ("法定名单", "statutory lists"),
            Block::Operations => ("数据接收与任务", "received files and jobs"),
            Block::SignOff => ("等级大幅变动的签署", "signing a move of two or more grades"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// The row of the matrix that a grade belongs to.
#[must_use]
pub fn grade_block(grade: Grade) -> Block {
    match grade {
        Grade::AAA | Grade::AA => Block::GradeTop,
        _ => Block::Grade,
    }
}
