//! The rules of a dated file, checked as they are read.

use std::ops::Deref;
use std::sync::LazyLock;

use cel::Program;
use serde::Deserialize;
use toml::Spanned;

use super::figures::{Figure, is_known};
use super::run::{self, Values};
use crate::rules::dated::{self, Faults, PackError};

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
pub const PROGRAM_RULES: &str = include_str!("../../data/alerts-2026.4.toml");

static EMBEDDED: LazyLock<AlertRules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    AlertRules::parse("alerts-2026.4.toml", PROGRAM_RULES).expect("the rules of this release are well-formed")
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

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub when: String,
    #[serde(default)]
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
}

/// A rule that can be run.
#[derive(Debug)]
pub struct Rule {
    written: Written,
    program: Program,
    /// What the expression names.
    names: Vec<String>,
}

impl Deref for Rule {
    type Target = Written;

    fn deref(&self) -> &Written {
        &self.written
    }
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
    rule: Vec<Spanned<Written>>,
}

/// A program and what it names, or what is wrong with the expression.
type Compiled = Result<(Program, Vec<String>), String>;

/// What a file holds, each expression read or with what is wrong with it.
struct Content {
    version: String,
    valid_from: chrono::NaiveDate,
    rules: Vec<(Spanned<Written>, Compiled)>,
}

impl From<File> for Content {
    fn from(file: File) -> Self {
        let compiled = |rule: Spanned<Written>| {
            let program = compile(&rule.get_ref().when, rule.get_ref().each != Each::Enterprise);
            (rule, program)
        };
        let rules = file.rule.into_iter().map(compiled).collect();
        Self { version: file.version, valid_from: file.valid_from, rules }
    }
}

impl AlertRules {
    /// The rules of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads and validates a file of rules; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`]: too large, not TOML of this form, or not valid.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let Content { version, valid_from, rules } = dated::read::<File, Content>(file, text, check)?;
        let rule = |(written, program): (Spanned<Written>, Compiled)| {
            let (program, names) = program.ok()?;
            Some(Rule { written: written.into_inner(), program, names })
        };
        Ok(Self { version, valid_from, rules: rules.into_iter().filter_map(rule).collect() })
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

fn check(content: &Content, faults: &mut Faults<'_>) {
    if !(1..=MAX_RULES).contains(&content.rules.len()) {
        faults.add(1, "rule", format!("a file has 1 to {MAX_RULES} rules, this has {}", content.rules.len()));
    }
    let is_sign = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    let mut codes: Vec<&str> = Vec::new();
    for (spanned, program) in &content.rules {
        let (line, rule) = (faults.line_of(spanned), spanned.get_ref());
        let mut add = |field, what: &str| faults.add(line, field, format!("{}: {what}", rule.code));
        if !(1..=MAX_CODE_CHARS).contains(&rule.code.len()) || !rule.code.bytes().all(is_sign) {
            add("code", &format!("is not 1 to {MAX_CODE_CHARS} capital letters, digits and hyphens"));
        }
        if codes.contains(&rule.code.as_str()) {
            add("code", "appears twice");
        }
        codes.push(&rule.code);
        let texts =
            [("zh", &rule.zh), ("en", &rule.en), ("basis_zh", &rule.basis_zh), ("basis_en", &rule.basis_en)];
        for (field, _) in texts.into_iter().filter(|(_, text)| text.trim().is_empty()) {
            add(field, "is empty");
        }
        if !(1..=MAX_WINDOW_DAYS).contains(&rule.window_days) {
            add("window_days", &format!("cannot be {}", rule.window_days));
        }
        if !ASSIGNEES.contains(&rule.assign.as_str()) {
            add("assign", &format!("cannot be {:?}", rule.assign));
        }
        if let Some(ground) = rule.proposes.as_deref().filter(|ground| !PROPOSALS.contains(ground)) {
            add("proposes", &format!("cannot be {ground:?}"));
        }
        if let Err(what) = program {
            add("when", what);
        }
    }
}

/// Reads an expression, and runs it, so that it is known to give a yes or no.
fn compile(when: &str, of_record: bool) -> Compiled {
    let unusable =
        |name: &str| format!("{name:?} cannot be used; whole numbers are compared, added and multiplied");
    if when.chars().count() > MAX_EXPRESSION_CHARS {
        return Err(format!("is longer than {MAX_EXPRESSION_CHARS} characters"));
    }
    if when.contains('.') {
        return Err(unusable("."));
    }
    let program = Program::compile(when).map_err(|error| format!("cannot be read: {error}"))?;
    let references = program.references();
    let mut names: Vec<String> = references.variables().into_iter().map(str::to_owned).collect();
    names.sort_unstable();
    if let Some(name) = names.iter().find(|name| !is_known(name, of_record)) {
        return Err(format!("{name:?} is none of the known figures"));
    }
    if names.is_empty() {
        return Err("names nothing".to_owned());
    }
    let functions: Vec<&str> = references.functions();
    if let Some(name) = functions.iter().find(|name| !OPERATORS.contains(name)) {
        return Err(unusable(name));
    }
    for number in [0, 1_000_000] {
        let values: Values = names.iter().map(|name| (name.clone(), sample(name, number))).collect();
        run::execute(&program, &values).map_err(|why| format!("gives no yes or no: {why}"))?;
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
