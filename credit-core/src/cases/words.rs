//! The closed lists: kinds, roles, states, verbs, outcomes, subjects, clocks. A code, once given out, stays.

use serde::{Deserialize, Serialize};

/// An enum whose items have a stable code and a title in Chinese and English.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($item:ident = $code:literal, $zh:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = $en] #[serde(rename = $code)] $item,)*
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The code in the API, in the store and in the hash of a step.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$item => $code,)* }
            }

            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$item => $zh,)* }
            }

            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$item => $en,)* }
            }

            /// The item of a code.
            #[must_use]
            pub fn of(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|item| item.code() == code)
            }
        }
    };
}

words! {
    /// What a case is about.
    Kind {
        Objection = "objection", "数据异议", "objection to a record";
        Appeal = "appeal", "评级申诉", "appeal of a rating";
        Repair = "repair", "信用修复", "credit repair";
        ListEntry = "list_entry", "重点关注名单列入", "watch-list entry";
        Alert = "alert", "风险预警", "risk alert";
        Dispute = "dispute", "消费争议", "consumer dispute";
    }
}

words! {
    /// In what capacity somebody acts.
    Role {
        Enterprise = "enterprise", "企业", "enterprise";
        Consumer = "consumer", "消费者", "consumer";
        Officer = "officer", "经办人", "officer";
        Reviewer = "reviewer", "复核人", "reviewer";
        Operator = "operator", "平台运维", "operator";
        Source = "source", "信息来源单位", "source of the record";
        System = "system", "系统", "system";
    }
}

words! {
    /// Where a case stands.
    State {
        Draft = "draft", "草稿", "draft";
        Submitted = "submitted", "已提交", "submitted";
        Received = "received", "已签收", "received";
        Returned = "returned", "已退回", "returned";
        Accepted = "accepted", "已受理", "accepted";
        SourceCheck = "source_check", "来源核查中", "with the source";
        Checked = "checked", "已核查", "checked";
        Proposed = "proposed", "已拟定意见", "proposed";
        Upheld = "upheld", "异议成立，待更正", "upheld, to be corrected";
        Undetermined = "undetermined", "无法核实，待附注", "undetermined, to be annotated";
        Recomputed = "recomputed", "已重算", "recomputed";
        Panel = "panel", "人工评议中", "with the panel";
        Decided = "decided", "已决定", "decided";
        Notified = "notified", "已告知", "notified";
        Eligible = "eligible", "可申请修复", "eligible for repair";
        Guided = "guided", "修复指引中", "guided";
        Filed = "filed", "已向信用中国提交", "filed with Credit China";
        Forwarded = "forwarded", "已转认定单位", "forwarded to the authority";
        TakenUp = "taken_up", "认定单位已受理", "accepted by the authority";
        Granted = "granted", "准予修复", "repair granted";
        Synced = "synced", "修复结果已同步", "result synchronised";
        Rescored = "rescored", "已重新评分", "rescored";
        Lifted = "lifted", "措施已解除", "measures lifted";
        Verified = "verified", "已核实", "verified";
        Heard = "heard", "已听取陈述申辩", "heard";
        NotEntered = "not_entered", "不予列入", "not entered";
        Served = "served", "决定已发出", "decision posted";
        Effective = "effective", "已生效", "in effect";
        RenewalProposed = "renewal_proposed", "已拟延长", "renewal proposed";
        ReleaseProposed = "release_proposed", "已拟移出", "release proposed";
        Released = "released", "已移出", "released";
        Expired = "expired", "已届满", "expired";
        Raised = "raised", "已预警", "raised";
        Triaged = "triaged", "已研判", "triaged";
        Assigned = "assigned", "已派办", "assigned";
        Handled = "handled", "已处置", "handled";
        Watching = "watching", "存疑观察中", "under observation";
        Mediation = "mediation", "调解中", "in mediation";
        Agreed = "agreed", "已达成一致", "agreed";
        Performed = "performed", "已履行", "performed";
        Closed = "closed", "已办结", "closed";
        Withdrawn = "withdrawn", "已撤回", "withdrawn";
        Archived = "archived", "已归档", "archived";
    }
}

words! {
    /// What somebody does; the last word of the address of a transition.
    Verb {
        Submit = "submit", "提交", "submit";
        Receive = "receive", "签收", "acknowledge receipt";
        Accept = "accept", "受理", "accept";
        Return = "return", "退回", "return";
        AskSource = "ask_source", "转来源核查", "ask the source";
        Answer = "answer", "答复", "answer";
        NoteSilence = "note_silence", "记录逾期未答复", "note that no answer came";
        Extend = "extend", "延期", "extend the term";
        Propose = "propose", "拟定意见", "propose";
        Confirm = "confirm", "复核确认", "confirm";
        SendBack = "send_back", "退回重拟", "send back";
        Correct = "correct", "更正", "correct";
        Annotate = "annotate", "附注双方意见", "annotate";
        Reopen = "reopen", "重新提出", "reopen";
        Archive = "archive", "归档", "archive";
        Withdraw = "withdraw", "撤回", "withdraw";
        Lapse = "lapse", "逾期终止", "let lapse";
        Recompute = "recompute", "重算", "recompute";
        Contest = "contest", "仍有争议", "contest";
        Notify = "notify", "告知", "notify";
        Read = "read", "签阅", "read the notice";
        Close = "close", "办结", "close";
        FindEligible = "find_eligible", "提示可修复", "find eligible";
        Guide = "guide", "指引", "guide";
        ReportFiled = "report_filed", "登记已提交", "report the filing";
        NoteForwarded = "note_forwarded", "登记已转办", "note the forwarding";
        NoteTakenUp = "note_taken_up", "登记认定单位受理", "note the authority's acceptance";
        RecordDecision = "record_decision", "登记认定单位决定", "record the authority's decision";
        Sync = "sync", "同步", "synchronise";
        Rescore = "rescore", "重新评分", "rescore";
        Lift = "lift", "解除措施", "lift the measures";
        CheckElsewhere = "check_elsewhere", "核查第三方网站", "check third-party sites";
        Verify = "verify", "核实", "verify";
        State = "state", "陈述申辩", "state one's case";
        Waive = "waive", "放弃陈述申辩", "waive the hearing";
        EndHearing = "end_hearing", "陈述期满", "end the hearing";
        Decide = "decide", "决定", "decide";
        Drop = "drop", "撤销拟办", "drop";
        Serve = "serve", "送达", "serve";
        DeemServed = "deem_served", "视为送达", "deem served";
        ProposeRenewal = "propose_renewal", "拟延长", "propose renewal";
        ProposeRelease = "propose_release", "拟移出", "propose release";
        Expire = "expire", "届满移出", "expire";
        Raise = "raise", "预警", "raise";
        Triage = "triage", "研判", "triage";
        Assign = "assign", "派办", "assign";
        Handle = "handle", "处置", "handle";
        Recheck = "recheck", "复查", "re-check";
        Settle = "settle", "调解结果", "record the mediation";
        Perform = "perform", "履行", "perform";
    }
}

words! {
    /// How a step came out.
    Outcome {
        Upheld = "upheld", "异议成立", "upheld";
        Rejected = "rejected", "异议不成立", "rejected";
        Undetermined = "undetermined", "无法核实", "undetermined";
        Maintained = "maintained", "维持", "maintained";
        Changed = "changed", "变更", "changed";
        Granted = "granted", "准予", "granted";
        Refused = "refused", "不予", "refused";
        True = "true", "属实", "true";
        False = "false", "不属实", "false";
        Unclear = "unclear", "存疑", "unclear";
        Enter = "enter", "列入", "enter";
        NotEnter = "not_enter", "不予列入", "do not enter";
        Measures = "measures", "采取措施", "measures taken";
        NoMeasures = "no_measures", "不采取措施", "no measures";
        Clean = "clean", "复查正常", "clean";
        Recurring = "recurring", "再次发生", "recurring";
        Stale = "stale", "第三方仍未更新", "still shown elsewhere";
        Agreed = "agreed", "同意", "agreed";
        Settled = "settled", "调解成功", "settled";
        NotSettled = "not_settled", "调解不成", "not settled";
    }
}

words! {
    /// What a step names as its subject.
    SubjectKind {
        Record = "record", "记录", "record";
        Indicator = "indicator", "指标", "indicator";
        Rating = "rating", "评级", "rating";
        Entry = "entry", "名单条目", "list entry";
        Enterprise = "enterprise", "企业", "enterprise";
        Order = "order", "订单", "order";
    }
}

words! {
    /// A term that a step starts; how long it is stands in the rule pack.
    Clock {
        ObjectionReceipt = "objection_receipt", "异议签收", "receipt of an objection";
        ObjectionAccept = "objection_accept", "异议受理或退回", "acceptance or return of an objection";
        ObjectionMend = "objection_mend", "异议补正", "mending a returned objection";
        ObjectionPlatform = "objection_platform", "平台自查", "the platform's own check";
        ObjectionSource = "objection_source", "来源单位答复", "the source's answer";
        ObjectionOuter = "objection_outer", "异议答复总期限", "outer bound of an objection";
        ObjectionLive = "objection_live", "更正生效", "correction visible";
        ObjectionReopen = "objection_reopen", "重新提出异议", "reopening an objection";
        AppealAccept = "appeal_accept", "申诉受理或退回", "acceptance or return of an appeal";
        AppealMend = "appeal_mend", "申诉补正", "mending a returned appeal";
        AppealDecide = "appeal_decide", "申诉决定", "decision of an appeal";
        Reconsideration = "reconsideration", "行政复议申请期", "term for administrative reconsideration";
        NoticePost = "notice_post", "发出告知", "posting a notice";
        ServiceDeemed = "service_deemed", "视为送达", "deemed service";
        RepairAnswer = "repair_answer", "信用中国答复", "answer of Credit China";
        RepairAgency = "repair_agency", "认定单位受理", "acceptance by the authority";
        RepairSync = "repair_sync", "修复结果同步", "synchronisation of a repair";
        RepairRescore = "repair_rescore", "修复后重新评分", "rescoring after a repair";
        RepairLift = "repair_lift", "解除措施", "lifting of measures";
        RepairElsewhere = "repair_elsewhere", "第三方网站核查", "check of third-party sites";
        RepairZone = "repair_zone", "区内条目修复", "repair of the zone's own entry";
        ListHearing = "list_hearing", "陈述申辩", "hearing before an entry";
        ListDecide = "list_decide", "列入决定", "decision of an entry";
        WatchExpiry = "watch_expiry", "重点关注期", "life of a watch entry";
        AlertTriage = "alert_triage", "预警研判", "triage of an alert";
        AlertVerify = "alert_verify", "预警核实", "verification of an alert";
        AlertHandle = "alert_handle", "预警处置", "handling of an alert";
        AlertRecheck = "alert_recheck", "预警复查", "re-check of an alert";
        DisputeAccept = "dispute_accept", "投诉受理", "acceptance of a complaint";
        DisputeAnswer = "dispute_answer", "经营者答复", "the trader's answer";
        DisputeMediate = "dispute_mediate", "投诉调解", "mediation of a complaint";
        DisputePerform = "dispute_perform", "履行约定", "performance of what was agreed";
        DisputeConfirm = "dispute_confirm", "消费者确认", "the consumer's confirmation";
    }
}
