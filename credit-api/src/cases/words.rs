//! Why a step is not taken, in Chinese; in English it is the error's own text.

use super::acts::CaseError;

impl CaseError {
    /// For whoever took the step.
    #[must_use]
    pub fn zh(&self) -> String {
        let words = match self {
            Self::NotFound => "没有这样的案件，或者与您无关",
            Self::NotOpener => "此类案件由其他身份提出",
            Self::NoEnterprise => "没有这家企业",
            Self::NoSuchThing => "此类案件不涉及该事项，该企业没有该事项，或本案所涉的是另一项",
            Self::AskWhom => "请写明向哪个部门核查",
            Self::NoSuchFile { .. } => "附件须由提交人先行上传",
            Self::NotSuperseded => "自受理以来该记录尚未被更正；应由来源单位报送正确的记录。",
            Self::NotRepaired => "来源单位尚未报送该记录的修复结果；收到其文件后即可同步。",
            Self::NotEvaluated => "该企业尚待按已收到的信息重新评价。",
            Self::Computed { outcome } => return format!("结论由重算得出：{}。", outcome.zh()),
            Self::NoRating => "没有可重算的评级。",
            Self::OtherScorecard { .. } => "该评级所用的评分卡版本不在手头，无法按同一版本重算。",
            Self::Refused(refusal) => return refusal.zh(),
            Self::Store(error) => return error.to_string(),
        };
        words.to_owned()
    }
}
