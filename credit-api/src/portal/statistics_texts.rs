//! The fixed words of the page of statistics.

use super::lang::Lang;
use super::texts::texts;

texts! {
    /// The fixed texts of the page of statistics.
    StatisticsTexts:
    title: "统计月报", "Statistics";
    lead: "综试区每月的交易与信用等级分布，由平台数据汇总而成，任何人可查，所见相同。", "Trade and credit grades of the zone by month, added up from the records of this platform; the same for everybody.";
    month: "月份", "Month";
    show: "查看", "Show";
    bad_month: "没有这个月份的统计，显示的是最近一个月。", "There are no figures of that month; the last one is shown.";
    none: "还没有已结束月份的统计。有数据后，上月的统计在数分钟内列出。", "There are no figures of a finished month yet. They appear minutes after data of one have come in.";
    not_public: "本平台现行披露规则不公布汇总统计。", "The rules of this installation do not publish figures of the zone.";
    made: "计算于", "Made at";
    is_stale: "此后该月数据有更正，正在重新计算", "records of the month were corrected since, and it is being made anew";
    orders: "订单", "Orders";
    amount: "金额（元）", "Amount, CNY";
    share: "占比", "Share";
    delivered: "妥投", "Delivered";
    returned: "退货", "Returned";
    withheld: "不公布", "withheld";
    withheld_short: "＊", "*";
    withheld_note: "＊ 不公布：少于 5 家企业，或一家企业占 75 % 以上；为防止由合计推算，另有数格一并不公布。占比各自四舍五入。", "* withheld: fewer than 5 enterprises, or one of them has more than 75 %; some others are withheld with them, so that totals do not give them away. Each share is rounded by itself.";
    trend: "每月交易", "Trade by month";
    by_mode: "按监管方式", "By customs mode";
    by_direction: "按进出口", "By direction";
    by_country: "按国别（地区）", "By country or region";
    by_hs_chapter: "按商品章（HS 前两位）", "By HS chapter";
    by_grade: "按商户月末等级", "By the merchant's grade at the end of the month";
    import: "进口", "import";
    export: "出口", "export";
    other: "其他", "others";
    unknown: "未评级", "not rated";
    enterprises: "企业：月末等级与类型", "Enterprises by kind and grade at the end of the month";
    kind: "类型", "Kind";
    all: "合计", "All";
    moves: "等级变动：上月末（行）至本月末（列）", "Moves between grades: from the month before (rows) to this one (columns)";
    moves_none: "本月没有可公布的等级变动：首月没有可比的上月，或变动太少而无法保护单个企业。", "There are no moves to publish: the first month has none before it, or they are too few to protect single enterprises.";
    directions: "等级升降：上月末至本月末", "Up and down since the month before";
    directions_note: "等级之间的变动太少，无法逐格公布；仅公布升降。", "Moves from grade to grade are too few to publish each; only where they went is.";
    up: "上升", "up";
    same: "不变", "the same";
    down: "下降", "down";
    unrated: "转入或转出暂不评级", "to or from unrated";
    direction: "变动", "Move";
    enterprises_count: "企业数", "Enterprises";
    matching: "三单比对结果", "Sales by what comparing their documents found";
    matching_note: "按订单报文发送月份，仅含已登记商户；同时缺单证和不一致的，计入不一致。", "By the month in which the order's message was sent, of registered merchants; a sale that lacks a document and differs counts as different.";
    outcome: "结果", "Outcome";
    agrees: "一致", "agree";
    differs: "不一致", "differ";
    waiting: "待比对", "waiting";
    missing: "缺单证", "incomplete";
    mode_unknown: "方式未知", "mode unknown";
    download_matching: "三单比对", "Matching";
    from: "上月末", "Before";
    new: "新评", "new";
    download: "下载近 12 个月", "The last twelve months as a file";
    download_trade: "交易", "Trade";
    download_enterprises: "企业", "Enterprises";
    download_moves: "等级变动", "Moves between grades";
    chart_of: "图：", "Chart: ";
    beside: "数据见旁表。", "The numbers are in the table beside it.";
}
