//! The fixed words of the pages of cases.

use super::lang::Lang;
use super::texts::texts;

texts! {
    /// The fixed texts of the pages of cases.
    CaseTexts:
    title: "办件", "Cases";
    lead_enterprise: "本企业的异议、申诉、修复及其期限。对一条记录有异议，请在企业页面打开该记录，选择“提出异议”。", "Objections, appeals and repairs of your enterprise, with their terms. To contest a record, open it on the page of the enterprise.";
    lead_desk: "按期限排列，最急的在前。期限按工作日和当年节假日安排计算。", "By deadline, the most urgent first. Terms are counted in working days by the holidays of the year.";
    lead_asked: "转本部门核查的办件。", "Cases in which your department was asked.";
    lead_all: "全部办件，按期限排列。", "All cases, by deadline.";
    lead_nobody: "办件只向当事各方显示，这里没有与您有关的办件。", "Cases are shown to their parties; none of them is yours.";
    kind: "种类", "Kind";
    all_kinds: "全部种类", "All kinds";
    which: "范围", "Which";
    which_open: "未办结", "Open";
    which_all: "全部，新的在前", "All, the newest first";
    show: "显示", "Show";
    none: "没有办件。", "No cases.";
    case: "办件", "Case";
    enterprise: "企业", "Enterprise";
    about: "所涉内容", "About";
    state: "状态", "State";
    due: "期限", "Due";
    no_term: "无期限", "no term";
    opened: "提交时间", "Opened";
    number: "编号", "Number";
    asked: "核查部门", "Department asked";
    open_lead: "提出异议或申诉，请从本企业页面上的记录或评级开始：", "To object or appeal, begin at the record or rating on the page of your enterprise:";
    disputed: "该记录已标注“异议中”。", "The record is marked as disputed.";
    stays: "申诉期间，降级带来的后果暂不执行。", "While the appeal is pending, what the downgrade entails waits.";
    free: "官方信用修复不收取任何费用。请勿相信收费“代办”。", "Official credit repair is free of charge. Do not trust anyone who offers it for money.";
    source_corrects: "异议成立后，由来源单位报送正确的记录；记录更正当日重新评分。", "When an objection is upheld, the source sends the right record; the enterprise is rated anew the same day.";
    reconsider: "评级构成行政行为依据的，可自知道之日起 60 日内申请行政复议。", "Where a rating grounds an administrative act, administrative reconsideration may be asked for within 60 days.";
    clocks: "期限", "Terms";
    no_clock: "现在没有期限在走。", "No term is running.";
    past_clocks: "已结束的期限", "Terms that are over";
    runs_from: "起算日", "runs from";
    ends_on: "届满日", "ends on";
    provisional: "（暂定）", "(provisional)";
    next: "下一步", "What comes next";
    at_an_end: "本案已结束。", "This case is at an end.";
    binds: "此决定对企业有约束力，须由拟办人以外的人作出。", "This decides on somebody: another person than the one who proposed it has to act.";
    outcome: "结果", "Outcome";
    reason: "理由", "Reason";
    basis: "依据", "Basis";
    files: "附件（PDF、PNG 或 JPEG，每个不超过 10 MiB，最多 5 个）", "Files (PDF, PNG or JPEG, at most 10 MiB each, five at most)";
    files_note: "附件按内容指纹保存，只向本案各方提供下载。", "Files are kept under the digest of their content and can be downloaded by the parties of the case only.";
    steps: "经过", "What happened";
    chained: "指纹（写入账本）", "Digest (on the ledger)";
    taken: "已办理，凭据写入账本。", "Done; a commitment goes to the ledger.";
    submitted: "已提交，凭据写入账本。", "Submitted; a commitment goes to the ledger.";
    supposed: "如果您的主张成立", "If you are right";
    supposed_note: "按现行评分卡试算，没有这条记录时的结果；不作保存，也不构成承诺。", "Computed by the scorecard in force without this record; nothing is stored and nothing promised.";
    grade: "等级", "Grade";
    score: "分数", "Score";
    now: "现在", "Now";
    then: "没有这条记录", "Without the record";
    reason_open: "请说明哪里有误、正确的应当是什么", "Say what is wrong, and what would be right";
    send: "提交", "Submit";
    lead_objection: "对记录本身有异议时提出。受理前须在 3 个工作日内答复，来源单位一般在 5 个工作日内核查。", "For a record that is wrong. It is accepted or returned within 3 working days; the source answers within 5 as a rule.";
    lead_appeal: "对评级或某项指标不服时提出。10 个工作日内决定，可延长一次；期间降级后果暂不执行。", "Against a rating or one indicator. Decided within 10 working days, extended once at most; meanwhile what a downgrade entails waits.";
    lead_repair: "对区内重点关注条目申请移出，或跟踪在信用中国办理的修复。", "To be released from the zone's own watch list, or to follow a repair at Credit China.";
    no_such: "没有这样的办件，或与您无关。", "There is no such case, or it is not yours.";
    not_opener: "您的身份不能提交此类办件。", "Cases of this kind are opened by others.";
    entry: "重点关注条目", "watch-list entry";
    order: "订单", "order";
    wrong_about: "该企业没有这条记录、评级或指标。", "The enterprise has no such record, rating or indicator.";
    ask_whom: "请选择核查部门。", "Choose the department that is asked.";
    no_file: "附件应为 PDF、PNG 或 JPEG 文件：", "Files are PDF, PNG or JPEG: ";
    too_large: "附件或文字超过限制：每个文件不超过 10 MiB，最多 5 个。", "A file or text is over its limit: at most five files of 10 MiB each.";
    not_superseded: "自受理以来该记录尚未被更正；应由来源单位报送正确的记录。", "The record has not been superseded since the objection was accepted; its source sends the right one.";
    today: "今天到期", "due today";
    rating_no: "评级第", "rating No. ";
    indicator: "指标", "indicator";
}
