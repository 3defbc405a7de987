//! The rule pack's data: words, thresholds, day limits. Each item names its source.

use crate::records::{JudgmentKind, ListCode};

/// Kinds of penalty that make it 严重 (ruling A8; 行政处罚法 2021 art. 9; NDRC Order 36).
pub const SERIOUS_KINDS: [&str; 8] =
    ["暂扣", "吊销", "降低资质", "限制开展", "责令停产", "责令关闭", "限制从业", "行政拘留"];

/// Fine and confiscation together from which a penalty is 严重: 50 万元, in 分 (ruling A8).
pub const SERIOUS_MONEY_FEN: i128 = 50_000_000;

/// Kinds which alone and without money make a penalty 轻微 (ruling A8).
pub const MINOR_KINDS: [&str; 2] = ["警告", "通报批评"];

/// The kind which alone and up to [`MINOR_FINE_FEN`] makes a penalty 轻微 (ruling A8).
pub const FINE_KIND: &str = "罚款";

/// Largest 轻微 fine: 0.3 万元, in 分 (ruling A8; 行政处罚法 art. 51, simplified procedure).
pub const MINOR_FINE_FEN: i128 = 300_000;

/// Months of effect of a penalty without CF_GSJZQ: 轻微, 一般, 严重 (ruling A8).
pub const EFFECT_MONTHS_MINOR: i32 = 3;
pub const EFFECT_MONTHS_GENERAL: i32 = 12;
pub const EFFECT_MONTHS_SERIOUS: i32 = 36;

/// No penalty counts longer than this many months after CF_JDRQ (ruling A8).
pub const PENALTY_WINDOW_MONTHS: i32 = 36;

/// Weights of P01: 轻微, 一般, 严重 (catalogue).
pub const LOAD_MINOR: i128 = 1;
pub const LOAD_GENERAL: i128 = 3;
pub const LOAD_SERIOUS: i128 = 8;

/// 0.5^(m/12) in millionths, m = 0…11 (ruling A13).
pub const HALF_LIFE_E6: [i128; 12] = [
    1_000_000, 943_874, 890_899, 840_896, 793_701, 749_154, 707_107, 667_420, 629_961, 594_604, 561_231,
    529_732,
];

/// Lists of veto V1 (rulings A12, E6).
pub const V1_LISTS: [ListCode; 5] = [
    ListCode::SeriousDishonesty,
    ListCode::TaxSerious,
    ListCode::WageArrears,
    ListCode::StatisticsSerious,
    ListCode::IpSerious,
];

/// Judgments of veto V4 (ruling G): final ones of the last [`V4_MONTHS`] months.
pub const V4_JUDGMENTS: [JudgmentKind; 5] = [
    JudgmentKind::Smuggling,
    JudgmentKind::TaxFraud,
    JudgmentKind::FalseInvoice,
    JudgmentKind::IllegalFx,
    JudgmentKind::MoneyLaundering,
];
pub const V4_MONTHS: i32 = 36;

/// V5 (ruling A12): a kind that closes the enterprise, or the revocation of its business licence.
pub const V5_CLOSURE: &str = "责令关闭";
pub const V5_REVOCATION: &str = "吊销";
pub const V5_LICENCE: &str = "营业执照";

/// V6 (ruling A12): words of CF_WFXW that confirm forged documents or identity theft.
pub const V6_WORDS: [&str; 3] = ["虚假三单", "伪造三单", "冒用身份"];

/// Items of the change register that count for R05, without a trailing [`CHANGE_SUFFIX`] (ruling C4).
pub const CHANGE_ITEMS: [&str; 4] = ["名称", "法定代表人", "住所", "控股股东"];
pub const CHANGE_SUFFIX: &str = "变更";

/// Beginning of industry_code (GB/T 4754) → word the permit must contain (ruling C7).
pub const REQUIRED_PERMITS: [(&str, &str); 4] =
    [("G60", "快递"), ("I64", "增值电信"), ("J69", "支付业务"), ("F522", "食品经营")];

/// XK_ZT of a valid permit, besides the empty cell (ruling C7).
pub const VALID_PERMIT_STATUS: [&str; 2] = ["0", "正常"];

/// 45 working days of a complaint's handling, as calendar days (ruling D2).
pub const COMPLAINT_DAYS: i64 = 60;

/// At most this many complaints of one complainant count in 365 days (ruling D2).
pub const COMPLAINTS_PER_TOKEN: usize = 3;

/// Up to this many days an unpaid debt is only late (P09).
pub const ARREARS_GRACE_DAYS: i64 = 30;

/// P06: a removed listing is remembered for this many months (ruling C9).
pub const ABNORMAL_MEMORY_MONTHS: i32 = 6;

/// R06: a premises check older than this many months is none (ruling C5).
pub const PREMISES_MONTHS: i32 = 12;

/// Fewer months since `established_on` than this: unrated (ruling A11).
pub const YOUNG_MONTHS: i32 = 6;
