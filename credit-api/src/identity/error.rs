//! What an identity cannot be or do, in both languages.

use credit_core::records::Lang;

use crate::store::StoreError;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Which of them is wrong is not told.
    #[error("login, password or code is wrong")]
    Refused,
    #[error("too many wrong attempts; try again in {seconds} seconds")]
    Blocked { seconds: i64 },
    #[error("the password was given by an administrator; choose a new one")]
    NewPasswordNeeded,
    #[error("{en}")]
    WeakPassword { zh: String, en: String },
    #[error("the login is taken")]
    LoginTaken,
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A value that cannot be used; `field` is its name in a body.
    #[error("{field}: {en}")]
    Field { field: &'static str, zh: String, en: String },
    #[error("proposed and decided by the same person")]
    SamePerson,
    /// Not possible in the state it has.
    #[error("{en}")]
    State { zh: &'static str, en: &'static str },
    #[error("this is for {0} alone")]
    NotAllowed(&'static str),
    /// The provider does not answer, or what it publishes cannot be used.
    #[error(
        "Signing in at your organisation does not work now. Try again later, or sign in with a login and password of this site."
    )]
    ProviderDown,
    /// What came back is not what was sent, or does not verify; why is in the log.
    #[error(
        "The sign-in at your organisation was not completed, took longer than ten minutes, or was used already. Begin again."
    )]
    NotVouched,
    /// The operator's rules have no audience for somebody.
    #[error("Your organisation knows you, but no role is assigned to you here. Ask the zone operator.")]
    NoRule,
    #[error("no randomness: {0}")]
    Randomness(String),
    #[error("argon2: {0}")]
    Hash(String),
    #[error("key of the second factors: {0}")]
    Key(String),
    #[error("evidence: {0}")]
    Evidence(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for IdentityError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

impl IdentityError {
    /// A value that cannot be used.
    pub fn field(field: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Field { field, zh: zh.into(), en: en.into() }
    }

    /// What is wrong and what to do.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::Refused => "登录名、口令或验证码不对。".to_owned(),
            Self::Blocked { seconds } => format!("尝试次数过多，请 {seconds} 秒后再试。"),
            Self::NewPasswordNeeded => "口令由管理员设定，请先改为自己的口令。".to_owned(),
            Self::WeakPassword { zh, .. } => zh.clone(),
            Self::LoginTaken => "登录名已被使用。".to_owned(),
            Self::NotFound(what) => format!("没有此{}。", name_zh(what)),
            Self::Field { field, zh, .. } => format!("{field}：{zh}"),
            Self::SamePerson => "提出与批准须由两人分别作出。".to_owned(),
            Self::State { zh, .. } => (*zh).to_owned(),
            Self::NotAllowed(who) => format!("仅限{}。", name_zh(who)),
            Self::ProviderDown => {
                "统一身份认证暂时不能使用，请稍后再试，或用本网站的登录名和口令登录。".to_owned()
            }
            Self::NotVouched => "统一身份认证没有完成、超过十分钟或已经用过，请重新开始。".to_owned(),
            Self::NoRule => "统一身份认证认得您，但这里没有给您分配角色，请联系平台运营人员。".to_owned(),
            Self::Randomness(_) | Self::Hash(_) | Self::Key(_) | Self::Evidence(_) | Self::Store(_) => {
                self.to_string()
            }
        }
    }

    /// Whether the service failed, and not who asked.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Randomness(_) | Self::Hash(_) | Self::Key(_) | Self::Evidence(_) | Self::Store(_)
        )
    }
}

fn name_zh(name: &str) -> &str {
    match name {
        "user" => "用户",
        "key" => "密钥",
        "session" => "会话",
        "letter of authorisation" => "授权书",
        "the zone operator" => "平台运营人员",
        "the zone operator or a reviewer" => "平台运营或复核人员",
        "a user who signed in" => "已登录的用户",
        other => other,
    }
}
