//! Who asks: the columns of the disclosure matrix (`domain.md` 7.5), and the roles that run the service.

use std::sync::Arc;

use credit_core::records::Lang;

/// A column of the matrix, or a role beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Anybody.
    Public,
    /// An enterprise's authorised agent: "self" for its own enterprises, the public for others.
    Enterprise,
    /// 综试办, 商务.
    Commerce,
    Customs,
    /// State Administration of Foreign Exchange.
    Safe,
    Tax,
    /// 市场监管.
    MarketRegulation,
    /// 发改信用.
    PublicCredit,
    /// 人民银行.
    CentralBank,
    Police,
    /// A bank or insurer; sees what an enterprise's consent names.
    Financier,
    /// Runs the zone's service.
    Operator,
    /// Decides cases and signs moves of ratings.
    Reviewer,
    /// Reads every log.
    Auditor,
    /// A machine that delivers source files.
    Source,
}

impl Audience {
    pub const ALL: [Audience; 15] = [
        Audience::Public,
        Audience::Enterprise,
        Audience::Commerce,
        Audience::Customs,
        Audience::Safe,
        Audience::Tax,
        Audience::MarketRegulation,
        Audience::PublicCredit,
        Audience::CentralBank,
        Audience::Police,
        Audience::Financier,
        Audience::Operator,
        Audience::Reviewer,
        Audience::Auditor,
        Audience::Source,
    ];

    /// The name in policies, tables and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Audience::Public => "public",
            Audience::Enterprise => "enterprise",
            Audience::Commerce => "commerce",
            Audience::Customs => "customs",
            Audience::Safe => "safe",
            Audience::Tax => "tax",
            Audience::MarketRegulation => "market_regulation",
            Audience::PublicCredit => "public_credit",
            Audience::CentralBank => "central_bank",
            Audience::Police => "police",
            Audience::Financier => "financier",
            Audience::Operator => "operator",
            Audience::Reviewer => "reviewer",
            Audience::Auditor => "auditor",
            Audience::Source => "source",
        }
    }

    /// The audience of this [`Audience::code`].
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.code() == code)
    }

    /// Whether its officers speak for a department of the state.
    #[must_use]
    pub fn is_department(self) -> bool {
        matches!(
            self,
            Audience::Commerce
                | Audience::Customs
                | Audience::Safe
                | Audience::Tax
                | Audience::MarketRegulation
                | Audience::PublicCredit
                | Audience::CentralBank
                | Audience::Police
        )
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Audience::Public => ("社会公众", "the public"),
            Audience::Enterprise => ("企业", "enterprise"),
            Audience::Commerce => ("综试办、商务部门", "zone office and commerce"),
            Audience::Customs => ("海关", "customs"),
            Audience::Safe => ("外汇管理部门", "foreign exchange"),
            Audience::Tax => ("税务部门", "tax"),
            Audience::MarketRegulation => ("市场监管部门", "market regulation"),
            Audience::PublicCredit => ("信用主管部门", "public credit"),
            Audience::CentralBank => ("人民银行", "central bank"),
            Audience::Police => ("公安机关", "police"),
            Audience::Financier => ("金融机构", "financier"),
            Audience::Operator => ("平台运营", "zone operator"),
            Audience::Reviewer => ("复核人员", "reviewer"),
            Audience::Auditor => ("审计人员", "auditor"),
            Audience::Source => ("数据源", "data source"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// Who asks. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The name under which limits, idempotency keys and the access log are kept: `anonymous`, `administrator`,
    /// `user:ID`, `key:ID`.
    pub id: Arc<str>,
    pub audience: Audience,
    /// Code of the department, or USCC of the institution.
    pub organisation: Option<Arc<str>>,
    /// USCCs of the enterprises that an agent speaks for.
    pub enterprises: Arc<[String]>,
}

impl Principal {
    /// Anybody.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::of("anonymous", Audience::Public)
    }

    /// Whoever has the token of the first start.
    #[must_use]
    pub fn administrator() -> Self {
        Self::of("administrator", Audience::Operator)
    }

    /// Somebody who speaks for nobody but an audience.
    #[must_use]
    pub fn of(id: &str, audience: Audience) -> Self {
        Self { id: id.into(), audience, organisation: None, enterprises: Arc::new([]) }
    }

    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.audience == Audience::Public
    }

    /// Whether this is an agent of that enterprise.
    #[must_use]
    pub fn speaks_for(&self, uscc: &str) -> bool {
        self.audience == Audience::Enterprise && self.enterprises.iter().any(|own| own == uscc)
    }
}
