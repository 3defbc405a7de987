//! Enterprises of a new zone that are worth opening first, and why.

use credit_core::uscc::Uscc;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{BLOCK, Enterprise, Period};

/// How many are shown.
const SHOWN: usize = 5;

/// An enterprise worth looking at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showcase {
    pub uscc: Uscc,
    pub name: String,
    pub archetype: Archetype,
    pub why_zh: &'static str,
    pub why_en: &'static str,
}

/// In the order of interest; a small zone lacks some of them.
const STORIES: [(Archetype, &str, &str); 9] = [
    (
        Archetype::MatureAeo,
        "海关高级认证企业，各项指标几近满分",
        "customs advanced certified; nearly full points throughout",
    ),
    (
        Archetype::InventedOrders,
        "疑似刷单：少数地址聚集大量订购人，尚无部门处理",
        "orders that look invented: many buyers behind few addresses, no authority has acted yet",
    ),
    (
        Archetype::OrdinaryPenalty,
        "五个月前受一般处罚，上月完成修复，评分随之回升",
        "an ordinary penalty five months ago, repaired last month; the score follows",
    ),
    (
        Archetype::JudgmentDefaulter,
        "两个月前列入失信被执行人，一票否决为 D",
        "on the courts' list of defaulters for two months: a veto, grade D",
    ),
    (
        Archetype::GoodProvider,
        "优质平台企业，由其商户的订单与评价评分",
        "a good platform, scored by the orders and reviews of its merchants",
    ),
    (
        Archetype::FxClassB,
        "外汇分类由 A 降为 B，分数设有上限",
        "SAFE class fell from A to B: the score is capped",
    ),
    (
        Archetype::StartUp,
        "成立不满六个月，暂不评级（N），不是负面评价",
        "younger than six months: unrated (N), which is not a negative mark",
    ),
    (Archetype::ManyComplaints, "投诉集中，处置缓慢", "many complaints, slowly handled"),
    (Archetype::Clean, "经营规范的中小企业", "a small enterprise in good order"),
];

/// Up to five enterprises of the zone's first block.
pub(super) fn choose(period: &Period, enterprises: u32) -> Result<Vec<Showcase>, SampleError> {
    let mut first: Vec<Enterprise> = Vec::new();
    for number in 0..enterprises.min(BLOCK) {
        first.push(Enterprise::at(period, number)?);
    }
    let found = STORIES.iter().filter_map(|(archetype, why_zh, why_en)| {
        let shown = first.iter().find(|enterprise| enterprise.archetype == *archetype)?;
        Some(Showcase { uscc: shown.uscc, name: shown.name.clone(), archetype: *archetype, why_zh, why_en })
    });
    Ok(found.take(SHOWN).collect())
}
