//! What gave an alarm: the rule, what it asked, and the values that it saw.

/// A value that a rule saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureLine {
    /// As the expression names it.
    pub code: String,
    /// What it counts.
    pub words: String,
    /// With its unit.
    pub value: String,
    /// Where it comes from.
    pub source: String,
}

/// A record that a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    pub source: String,
    /// The parts of its natural key.
    pub key: String,
}

/// A sale behind an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindLine {
    pub order_no: String,
    /// The merchant, where the alert is about another enterprise.
    pub merchant: Option<String>,
    /// When it was ordered, Shanghai.
    pub at: String,
    /// What it shows, and which indicators counted it.
    pub why: String,
    /// The sale's page; nothing of an order of which no customs message came.
    pub href: Option<String>,
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertView {
    pub code: String,
    pub severity: &'static str,
    pub is_high: bool,
    /// A word on the rule: that there is none of this code, or that it has changed since.
    pub note: Option<&'static str>,
    /// The expression that was asked.
    pub when: Option<String>,
    /// Version of the rules.
    pub rules: Option<String>,
    pub as_of: Option<String>,
    pub basis: Option<String>,
    /// The department whose officer is suggested.
    pub assign: Option<String>,
    pub figures: Vec<FigureLine>,
    pub sales: Vec<BehindLine>,
    pub records: Vec<RecordLine>,
    /// What an officer may propose, and where.
    pub proposal: Option<String>,
    pub propose_href: Option<String>,
    /// What else came with it, as JSON.
    pub told: Option<String>,
}
