//! Why somebody reads what is not public (ruling A14).

use std::str::FromStr;

use credit_core::records::Lang;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A purpose code, as in the header `X-Purpose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Supervision,
    Statistics,
    Audit,
    #[serde(rename = "self")]
    Own,
    CreditApproval,
    PostLoan,
    Insurance,
    Appeal,
    EvaluationCheck,
}

impl Purpose {
    pub const ALL: [Purpose; 9] = [
        Purpose::Supervision,
        Purpose::Statistics,
        Purpose::Audit,
        Purpose::Own,
        Purpose::CreditApproval,
        Purpose::PostLoan,
        Purpose::Insurance,
        Purpose::Appeal,
        Purpose::EvaluationCheck,
    ];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Supervision => "supervision",
            Purpose::Statistics => "statistics",
            Purpose::Audit => "audit",
            Purpose::Own => "self",
            Purpose::CreditApproval => "credit_approval",
            Purpose::PostLoan => "post_loan",
            Purpose::Insurance => "insurance",
            Purpose::Appeal => "appeal",
            Purpose::EvaluationCheck => "evaluation_check",
        }
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Purpose::Supervision => ("监管", "supervision"),
            Purpose::Statistics => ("统计", "statistics"),
            Purpose::Audit => ("审计", "audit"),
            Purpose::Own => ("查询本企业", "one's own record"),
            Purpose::CreditApproval => ("授信审批", "approval of credit"),
            Purpose::PostLoan => ("贷后管理", "management of a loan"),
            Purpose::Insurance => ("保险", "insurance"),
            Purpose::Appeal => ("异议与申诉", "objection or appeal"),
            Purpose::EvaluationCheck => ("评价核查", "check of an evaluation"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A text that is no purpose code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no purpose of this name")]
pub struct UnknownPurpose;

impl FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == text).ok_or(UnknownPurpose)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_name_in_json() {
        for purpose in Purpose::ALL {
            assert_eq!(serde_json::to_value(purpose).unwrap(), purpose.code());
            assert_eq!(purpose.code().parse::<Purpose>().unwrap(), purpose);
        }
        assert!("curiosity".parse::<Purpose>().is_err());
    }
}
