//! One's account, and API keys.

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine {
    pub id: String,
    pub opened: String,
    pub seen: String,
    pub address: Option<String>,
    /// Whether it is the one that reads the page.
    pub current: bool,
}

/// A letter of authorisation of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterLine {
    pub uscc: String,
    pub from: String,
    pub to: String,
    pub state: String,
}

/// The reader's second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondFactorView {
    Off,
    /// A secret was made now and waits for a code; it is shown once.
    Begun {
        secret: String,
        address: String,
    },
    On,
}

/// One's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    pub login: String,
    pub name: String,
    pub role: String,
    pub organisation: Option<String>,
    /// Whether there is a password here to change.
    pub is_local: bool,
    pub second_factor: SecondFactorView,
    pub letters: Vec<LetterLine>,
    pub sessions: Vec<SessionLine>,
    /// What was done just now.
    pub done: Option<&'static str>,
    /// What was wrong just now.
    pub message: Option<String>,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub id: String,
    pub name: String,
    pub prefix: String,
    /// Whose it is.
    pub owner: String,
    pub scopes: String,
    pub state: String,
    pub expires: String,
    pub used: Option<String>,
    /// Whether it can be rotated, and revoked.
    pub is_active: bool,
    pub is_live: bool,
}

/// Something to choose in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceOf {
    pub code: &'static str,
    pub words: String,
}

/// API keys, and the form for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysView {
    pub keys: Vec<KeyLine>,
    /// What a key may be for.
    pub scopes: Vec<ChoiceOf>,
    /// Of whom the reader may make keys, beside the own ones.
    pub owners: Vec<ChoiceOf>,
    /// Whether the reader may have keys of the own.
    pub own: bool,
    /// The whole key that was made now; shown once.
    pub secret: Option<String>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
