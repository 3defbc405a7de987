//! The rules over one enterprise.

use std::cell::RefCell;

use cel::{Context, Program, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::figures::{Figure, of_enterprise};
use super::record::{self, Looked};
use super::rules::{AlertRules, Each, Rule};
use crate::evaluate::IndicatorResult;
use crate::facts::Facts;
use crate::grade::Grade;
use crate::indicator::IndicatorId;
use crate::observe::evidence;
use crate::reviews::ReviewPeers;
use crate::signals::{Compared, Payers, Peers, Tally};

/// Most records that a hit refers to.
const MAX_RECORDS: usize = 20;
/// Hexadecimal digits of a digest that names a record in a key.
const DIGEST_DIGITS: usize = 24;

thread_local! {
    /// The operators; setting them up costs more than a rule.
    static OPERATORS: RefCell<Context<'static, 'static>> = RefCell::new(Context::default());
}

/// What is known of an enterprise when it was assessed.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    pub facts: &'a Facts,
    pub indicators: &'a [IndicatorResult],
    pub grade: Grade,
    /// The grade in force before this assessment.
    pub previous: Option<Grade>,
    /// What its sales by customs messages show; nothing without such sales.
    pub sales: Option<&'a Tally>,
    /// What is usual in the zone.
    pub peers: &'a Peers,
    /// Its sales that were paid by persons who pay for many.
    pub payers: Payers,
    /// Its newest sales whose goods could be compared with what others declare.
    pub goods: Compared,
    /// What the reviews of others look like.
    pub reviews: &'a ReviewPeers,
    pub group: Group,
}

/// The enterprises that are tied to one another by person, or by address and telephone (R09), over as many steps as it
/// takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Group {
    /// Enterprises, this one among them.
    pub size: u64,
    /// Of the others, those that are revoked or on a list.
    pub bad: u64,
}

/// Values by name.
pub(super) type Values = Vec<(String, Figure)>;

/// A rule that holds.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    pub rule: &'a Rule,
    /// What makes two hits of an enterprise the same: the rule, and the record it looked at.
    pub key: String,
    pub evidence: Evidence,
}

/// What a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    pub as_of: chrono::NaiveDate,
    pub when: String,
    /// Each name of the expression with its value; indicators in ten-thousandths, rounded down.
    pub values: Vec<(String, String)>,
    pub records: Vec<Reference>,
}

/// A record, as objections name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    pub source: String,
    pub key: Vec<String>,
}

/// What came of all rules.
#[derive(Debug, Clone, Default)]
pub struct Found<'a> {
    pub hits: Vec<Hit<'a>>,
    /// Rules that could not be computed, with why.
    pub failed: Vec<(&'a str, String)>,
}

impl AlertRules {
    /// The rules that hold of an enterprise, in the order of the file. A rule that names a figure which is not observed
    /// is not asked.
    #[must_use]
    pub fn run(&self, situation: &Situation<'_>) -> Found<'_> {
        let mut found = Found::default();
        for rule in self.all() {
            if rule.each == Each::Enterprise {
                found.ask(rule, situation, None);
            } else {
                for looked in record::all(situation.facts, rule.each) {
                    found.ask(rule, situation, Some(looked));
                }
            }
        }
        found
    }
}

impl<'a> Found<'a> {
    fn ask(&mut self, rule: &'a Rule, situation: &Situation<'_>, looked: Option<Looked<'_>>) {
        let day = situation.facts.as_of;
        let value = |name: &String| {
            let own = looked.and_then(|one| one.figure(name, day));
            Some((name.clone(), own.or_else(|| of_enterprise(situation, name))?))
        };
        let Some(values) = rule.names().iter().map(value).collect::<Option<Values>>() else { return };
        match rule.holds(&values) {
            Ok(false) => {}
            Ok(true) => self.hits.push(hit(rule, situation, looked, &values)),
            Err(why) => self.failed.push((&rule.code, why)),
        }
    }
}

fn hit<'a>(
    rule: &'a Rule,
    situation: &Situation<'_>,
    looked: Option<Looked<'_>>,
    values: &Values,
) -> Hit<'a> {
    let reference = |source: &str, key: &str| Reference {
        source: source.to_owned(),
        key: key.split('\u{1f}').map(str::to_owned).collect(),
    };
    let (mut key, mut records) = (rule.code.clone(), Vec::new());
    if let Some(looked) = looked {
        let (source, natural) = looked.reference();
        let digest = hex::encode(Sha256::digest(natural.as_bytes()));
        key = format!("{key}:{}", digest.get(..DIGEST_DIGITS).unwrap_or(&digest));
        records.push(reference(source, &natural));
    } else {
        let named = rule.names().iter().filter_map(|name| name.parse::<IndicatorId>().ok());
        for one in named.flat_map(|id| evidence(situation.facts, id)) {
            let one = reference(one.source.as_str(), &one.key);
            if records.len() < MAX_RECORDS && !records.contains(&one) {
                records.push(one);
            }
        }
    }
    let text = |figure: &Figure| match figure {
        Figure::Number(number) => number.to_string(),
        Figure::Word(word) => (*word).to_owned(),
    };
    let values = values.iter().map(|(name, figure)| (name.clone(), text(figure))).collect();
    let evidence = Evidence { as_of: situation.facts.as_of, when: rule.when.clone(), values, records };
    Hit { rule, key, evidence }
}

/// Whether an expression holds of these values.
pub(super) fn execute(program: &Program, values: &Values) -> Result<bool, String> {
    OPERATORS.with_borrow(|operators| {
        let mut context = operators.new_inner_scope();
        for (name, figure) in values {
            let value = match figure {
                Figure::Number(number) => Value::Int(*number),
                Figure::Word(word) => Value::from(*word),
            };
            context.add_variable_from_value(name.as_str(), value);
        }
        match program.execute(&context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error.to_string()),
        }
    })
}
