//! What is disclosed or withheld together: the rows of the disclosure matrix (`domain.md` 7.5).

use std::collections::BTreeSet;

use credit_core::grade::Grade;
use credit_core::records::Lang;

/// A row of the matrix, and what belongs to the running of the service. Who may act on a block is decided as who may
/// read it. Rows with data of their own kinds are several blocks: permits and penalties; score and indicator values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// Name, USCC, type, zone filing, status, and what the register publishes with them.
    Identity,
    LegalRepresentative,
    /// Telephone and papers of persons.
    Contact,
    Permits,
    /// Published penalties inside their publicity, not repaired.
    Penalties,
    /// Repaired, revoked or expired penalties.
    PastPenalties,
    /// Minor penalties, which are not published.
    MinorDishonesty,
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
    /// Score, sub-scores, reasons, vetoes and caps.
    Score,
    /// The indicators, each with its value and points.
    Indicators,
    /// Earlier ratings.
    History,
    /// The whole signed statement, opened.
    Receipt,
    /// Totals of orders by mode and month.
    Transactions,
    /// Rows of orders.
    Orders,
    /// Who bought. Nothing of it is stored: only keyed tokens are.
    BuyerIdentity,
    Reviews,
    Complaints,
    /// Mirror of statutory lists.
    Lists,
    /// The zone's own watch list, and alerts: entries and the cases that lead to them.
    WatchList,
    /// Objections, appeals, repairs and disputes, as far as the reader is a party to them.
    Cases,
    /// Measures of graded supervision.
    Measures,
    /// Plans of inspection, their draws and tasks.
    Inspections,
    /// Who looked at an enterprise, when and what for.
    AccessLog,
    /// Where two sources disagree on a fact.
    Reconciliation,
    /// All received files, their rejected rows, jobs.
    Operations,
    /// Sending files, and what became of one of them.
    Delivery,
    /// Signing a move of two or more grades.
    SignOff,
}

impl Block {
    pub const ALL: [Block; 32] = [
        Block::Identity,
        Block::LegalRepresentative,
        Block::Contact,
        Block::Permits,
        Block::Penalties,
        Block::PastPenalties,
        Block::MinorDishonesty,
        Block::CustomsClass,
        Block::SafeClass,
        Block::TaxClassA,
        Block::TaxClass,
        Block::GradeTop,
        Block::Grade,
        Block::Score,
        Block::Indicators,
        Block::History,
        Block::Receipt,
        Block::Transactions,
        Block::Orders,
        Block::BuyerIdentity,
        Block::Reviews,
        Block::Complaints,
        Block::Lists,
        Block::WatchList,
        Block::Cases,
        Block::Measures,
        Block::Inspections,
        Block::AccessLog,
        Block::Reconciliation,
        Block::Operations,
        Block::Delivery,
        Block::SignOff,
    ];

    /// Whether these are some of those, each once.
    #[must_use]
    pub fn each_once_of(blocks: &[Block], of: &[Block]) -> bool {
        let once: BTreeSet<&Block> = blocks.iter().collect();
        once.len() == blocks.len() && once.into_iter().all(|block| of.contains(block))
    }

    /// What is read or done to run the service and says nothing of an enterprise's credit.
    #[must_use]
    pub fn is_operations(self) -> bool {
        matches!(self, Block::Operations | Block::Delivery)
    }

    /// The name in `withheld`, in policies and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Block::Identity => "identity",
            Block::LegalRepresentative => "legal_representative",
            Block::Contact => "contact",
            Block::Permits => "permits",
            Block::Penalties => "penalties",
            Block::PastPenalties => "past_penalties",
            Block::MinorDishonesty => "minor_dishonesty",
            Block::CustomsClass => "customs_class",
            Block::SafeClass => "safe_class",
            Block::TaxClassA => "tax_class_a",
            Block::TaxClass => "tax_class",
            Block::GradeTop => "grade_top",
            Block::Grade => "grade",
            Block::Score => "score",
            Block::Indicators => "indicators",
            Block::History => "history",
            Block::Receipt => "receipt",
            Block::Transactions => "transactions",
            Block::Orders => "orders",
            Block::BuyerIdentity => "buyer_identity",
            Block::Reviews => "reviews",
            Block::Complaints => "complaints",
            Block::Lists => "lists",
            Block::WatchList => "watch_list",
            Block::Cases => "cases",
            Block::Measures => "measures",
            Block::Inspections => "inspections",
            Block::AccessLog => "access_log",
            Block::Reconciliation => "reconciliation",
            Block::Operations => "operations",
            Block::Delivery => "delivery",
            Block::SignOff => "sign_off",
        }
    }

    /// The block of this [`Block::code`].
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|block| block.code() == code)
    }

    /// What the block holds, in a reader's words.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Block::Identity => ("登记信息", "registration"),
            Block::LegalRepresentative => ("法定代表人", "legal representative"),
            Block::Contact => ("联系人信息", "contact details of persons"),
            Block::Permits => ("行政许可", "permits"),
            Block::Penalties => ("公示期内的行政处罚", "published penalties"),
            Block::PastPenalties => {
                ("已修复、撤销或期满的行政处罚", "repaired, revoked or expired penalties")
            }
            Block::MinorDishonesty => ("轻微失信", "minor dishonesty"),
            Block::CustomsClass => ("海关信用等级", "customs class"),
            Block::SafeClass => ("外汇分类", "SAFE class"),
            Block::TaxClassA => ("纳税信用A级", "tax class A"),
            Block::TaxClass => ("纳税缴费信用", "tax class"),
            Block::GradeTop => ("信用等级（AAA、AA）", "grade AAA or AA"),
            Block::Grade => ("信用等级", "grade"),
            Block::Score => ("分数、分项与原因", "score, sub-scores and reasons"),
            Block::Indicators => ("指标值", "indicator values"),
            Block::History => ("评级历史", "rating history"),
            Block::Receipt => ("可验证凭证", "verifiable receipt"),
            Block::Transactions => ("交易额汇总（按模式、月份）", "transaction totals by mode and month"),
            Block::Orders => ("订单明细（三单）", "orders"),
            Block::BuyerIdentity => ("消费者身份", "identity of buyers"),
            Block::Reviews => ("消费者评价（评分、数量）", "reviews: rating and count"),
            Block::Complaints => ("投诉统计", "complaint statistics"),
            Block::Lists => ("法定名单", "statutory lists"),
            Block::WatchList => ("重点关注名单与预警", "watch list and alerts"),
            Block::Cases => ("异议、申诉、修复与争议案件", "objections, appeals, repairs and disputes"),
            Block::Measures => ("监管措施", "measures of supervision"),
            Block::Inspections => ("抽查计划与任务", "inspection plans and tasks"),
            Block::AccessLog => ("查询记录", "query log"),
            Block::Reconciliation => ("数据比对差异", "where two sources disagree"),
            Block::Operations => ("数据接收与任务", "received files and jobs"),
            Block::Delivery => ("报送数据", "delivering files"),
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
