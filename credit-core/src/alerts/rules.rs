//! The rules of a dated file, checked as they are read.

use std::sync::LazyLock;

use cel::Program;
use serde::Deserialize;

use super::figures::{Figure, is_known};
use super::run::{self, Values};

/// Longest expression, characters.
pub const MAX_EXPRESSION_CHARS: usize = 400;
/// Most rules of a file.
pub const MAX_RULES: usize = 200;
/// Longest window, days.
pub const MAX_WINDOW_DAYS: i32 = 3_660;
/// Most days that a rule can count from or to the day of a record.
const MAX_DAYS: u64 = 36_600;
/// Longest code, as an alert case takes it.
const MAX_CODE_CHARS: usize = 32;

/// The functions behind the operators that a rule may use. There is no division: a quotient of whole numbers is cut
/// off.
const OPERATORS: [&str; 14] =
    ["_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_", "-_", "@in"];

/// Who may be suggested to look after an alert.
const ASSIGNEES: [&str; 5] = ["commerce", "customs", "safe", "tax", "market_regulation"];

/// Grounds of the watch list that a finding may be put forward for.
const PROPOSALS: [&str; 5] = ["W1", "W2", "W3", "W4", "W5"];

/// The file of this release, as an operator's own begins.
pub const PROGRAM_RULES: &str = include_str!("../../data/alerts-2026.2.toml");

static EMBEDDED: LazyLock<AlertRules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    AlertRules::from_toml(PROGRAM_RULES).expect("the rules of this release are well-formed")
});

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Low,
    Medium,
    High,
}

/// What a rule looks at: the enterprise as a whole, or each record of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    #[default]
    Enterprise,
    Penalties,
    Permits,
    Classes,
    Lists,
    Inspections,
    Commitments,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    pub code: String,
    pub zh: String,
    pub en: String,
    /// As written.
    pub when: String,
    pub each: Each,
    pub severity: Severity,
    /// Days in which the same finding is one finding.
    pub window_days: i32,
    /// The department whose officer is suggested.
    pub assign: String,
    pub basis_zh: String,
    pub basis_en: String,
    /// The ground of the watch list that an officer may propose it for.
    pub proposes: Option<String>,
    program: Program,
    /// What the expression names.
    names: Vec<String>,
}

/// The rules of one version of the file.
#[derive(Debug)]
pub struct AlertRules {
    pub version: String,
    pub valid_from: chrono::NaiveDate,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    valid_from: chrono::NaiveDate,
    rule: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: String,
    zh: String,
    en: String,
    when: String,
    #[serde(default)]
    each: Each,
    severity: Severity,
    window_days: i32,
    assign: String,
    basis_zh: String,
    basis_en: String,
    proposes: Option<String>,
}

/// Why a file of rules is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlertsError {
    #[error("not a file of alert rules: {0}")]
    Syntax(String),
    #[error("a file has 1 to {MAX_RULES} rules, this has {0}")]
    Count(usize),
    #[error("{0:?}: a code has 1 to {MAX_CODE_CHARS} capital letters, digits and hyphens, and appears once")]
    Code(String),
    #[error("{code}: {field} is empty")]
    Empty { code: String, field: &'static str },
    #[error("{code}: the expression is longer than {MAX_EXPRESSION_CHARS} characters")]
    TooLong { code: String },
    #[error("{code}: the expression cannot be read: {why}")]
    Expression { code: String, why: String },
    #[error("{code}: {name:?} is none of the known figures")]
    UnknownName { code: String, name: String },
    #[error("{code}: {name:?} cannot be used; whole numbers are compared, added and multiplied")]
    Operator { code: String, name: String },
    #[error("{code}: the expression names nothing")]
    Constant { code: String },
    #[error("{code}: the expression gives no yes or no: {why}")]
    NotBoolean { code: String, why: String },
    #[error("{code}: {field} cannot be {value:?}")]
    Value { code: String, field: &'static str, value: String },
}

impl AlertRules {
    /// The rules of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a file of rules.
    ///
    /// # Errors
    /// [`AlertsError`] names the first thing wrong.
    pub fn from_toml(text: &str) -> Result<Self, AlertsError> {
        let file: File = toml::from_str(text).map_err(|error| AlertsError::Syntax(error.to_string()))?;
        if file.rule.is_empty() || file.rule.len() > MAX_RULES {
            return Err(AlertsError::Count(file.rule.len()));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for written in file.rule {
            if rules.iter().any(|rule| rule.code == written.code) {
                return Err(AlertsError::Code(written.code));
            }
            rules.push(Rule::of(written)?);
        }
        Ok(Self { version: file.version, valid_from: file.valid_from, rules })
    }

    /// In the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }
}

impl Rule {
    fn of(written: Written) -> Result<Self, AlertsError> {
        let code = written.code.clone();
        let is_sign = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=MAX_CODE_CHARS).contains(&code.len()) || !code.bytes().all(is_sign) {
            return Err(AlertsError::Code(code));
        }
        let texts = [
            ("zh", &written.zh),
            ("en", &written.en),
            ("basis_zh", &written.basis_zh),
            ("basis_en", &written.basis_en),
        ];
        if let Some((field, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(AlertsError::Empty { code, field });
        }
        let value =
            |field, value: &str| AlertsError::Value { code: code.clone(), field, value: value.to_owned() };
        if !(1..=MAX_WINDOW_DAYS).contains(&written.window_days) {
            return Err(value("window_days", &written.window_days.to_string()));
        }
        if !ASSIGNEES.contains(&written.assign.as_str()) {
            return Err(value("assign", &written.assign));
        }
        if let Some(proposes) = written.proposes.as_deref().filter(|ground| !PROPOSALS.contains(ground)) {
            return Err(value("proposes", proposes));
        }
        let (program, names) = compile(&code, &written.when, written.each != Each::Enterprise)?;
        Ok(Self {
            code,
            zh: written.zh,
            en: written.en,
            when: written.when,
            each: written.each,
            severity: written.severity,
            window_days: written.window_days,
            assign: written.assign,
            basis_zh: written.basis_zh,
            basis_en: written.basis_en,
            proposes: written.proposes,
            program,
            names,
        })
    }

    /// The whole numbers of the expression: the days at which a comparison may change, when it counts days.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        let words = self.when.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.filter_map(|word| word.parse().ok()).filter(|number| *number <= MAX_DAYS)
    }

    /// What the expression names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the expression holds of these values.
    pub(super) fn holds(&self, values: &Values) -> Result<bool, String> {
        run::execute(&self.program, values)
    }
}

/// Reads an expression, and runs it once, so that it is known to give a yes or no.
fn compile(code: &str, when: &str, of_record: bool) -> Result<(Program, Vec<String>), AlertsError> {
    let owned = || code.to_owned();
    if when.chars().count() > MAX_EXPRESSION_CHARS {
        return Err(AlertsError::TooLong { code: owned() });
    }
    if when.contains('.') {
        return Err(AlertsError::Operator { code: owned(), name: ".".to_owned() });
    }
    let program = Program::compile(when)
        .map_err(|error| AlertsError::Expression { code: owned(), why: error.to_string() })?;
    let references = program.references();
    let mut names: Vec<String> = references.variables().into_iter().map(str::to_owned).collect();
    names.sort_unstable();
    if let Some(name) = names.iter().find(|name| !is_known(name, of_record)) {
        return Err(AlertsError::UnknownName { code: owned(), name: name.clone() });
    }
    if names.is_empty() {
        return Err(AlertsError::Constant { code: owned() });
    }
    let functions: Vec<&str> = references.functions();
    if let Some(name) = functions.iter().find(|name| !OPERATORS.contains(name)) {
        return Err(AlertsError::Operator { code: owned(), name: (*name).to_owned() });
    }
    for number in [0, 1_000_000] {
        let values: Values = names.iter().map(|name| (name.clone(), sample(name, number))).collect();
        run::execute(&program, &values).map_err(|why| AlertsError::NotBoolean { code: owned(), why })?;
    }
    Ok((program, names))
}

/// A value of the kind that a name has.
fn sample(name: &str, number: i64) -> Figure {
    match name {
        "record_authority" | "record_class" | "record_list" => Figure::Word("x"),
        _ => Figure::Number(number),
    }
}
