//! What the rules found, in the transaction of the evaluation.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::alerts::{AlertRules, Group, Hit, Severity, Situation, W2_ALERTS, W2_DAYS};
use credit_core::dates::day_number;
use credit_core::facts::Facts;
use credit_core::grade::Grade;
use credit_core::reviews::ReviewPeers;
use credit_core::signals::{Compared, Payers, Peers, Tally};
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Text};
use rayon::prelude::*;
use serde_json::json;

use crate::cases::subject::EVIDENCE_BYTES_MAX;
use crate::evaluation::assess::Assessed;
use crate::evaluation::gather::Ground;
use crate::signals::evidence::{self, Behind};
use crate::signals::{goods, groups, payers, reviews, tallies};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Enterprises asked about in one query.
const CODES_AT_ONCE: usize = 500;

#[derive(QueryableByName)]
struct Before {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    hit_key: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Integer)]
    severity: i32,
}

/// As stored.
#[must_use]
pub fn severity_number(severity: Severity) -> i32 {
    match severity {
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
    }
}

/// Asks the rules of these enterprises, as they were assessed on this ground, and writes what was not found within the
/// window before. `previous` has the grade in force before, of those whose rating changed. Returns how many rows were
/// written.
///
/// # Errors
/// The database's.
pub fn record(
    connection: &mut DbConnection,
    rules: &AlertRules,
    (facts, assessed, ground): (&[Facts], &[Assessed], Ground<'_>),
    previous: &HashMap<Uscc, Grade>,
    now_ms: i64,
) -> Result<usize, StoreError> {
    let around = Around::read(connection, facts, (ground.as_of, now_ms))?;
    let found: Vec<(&Facts, Vec<Hit<'_>>)> = facts
        .par_iter()
        .zip(assessed)
        .map(|(facts, assessed)| {
            let previous = previous.get(&facts.uscc).copied();
            (facts, ask(rules, &around.of(facts, assessed, previous)))
        })
        .filter(|(_, hits)| !hits.is_empty())
        .collect();
    let codes: BTreeSet<&str> = found.iter().map(|(facts, _)| facts.uscc.as_str()).collect();
    let mut before = before(connection, &codes)?;
    let today = day_number(ground.as_of);
    let mut rows = Vec::new();
    for (facts, hits) in &found {
        let known = before.entry(facts.uscc.to_string()).or_default();
        let new = new_ones(hits, known, today);
        let names: Vec<&[String]> = new.iter().map(|(hit, _)| hit.rule.names()).collect();
        let sales = evidence::behind(connection, ground, facts, &names)?;
        for ((hit, high), sales) in new.into_iter().zip(sales) {
            let evidence = evidence_of(rules, hit, sales, high);
            rows.push(vec![
                facts.uscc.to_string().into(),
                hit.key.clone().into(),
                today.into(),
                hit.rule.code.clone().into(),
                severity_number(hit.rule.severity).into(),
                evidence.to_string().into(),
                now_ms.into(),
            ]);
        }
    }
    let count = rows.len();
    bulk::execute_rows(
        connection,
        "INSERT INTO alert_hits (uscc, hit_key, day, rule, severity, evidence, found_at)",
        7,
        rows,
        "ON CONFLICT (uscc, hit_key, day) DO NOTHING",
    )?;
    Ok(count)
}

/// Those of the findings of one enterprise that were not found within their window before, each with the number of high
/// ones up to it. They are known from now on.
fn new_ones<'a, 'b>(hits: &'a [Hit<'b>], known: &mut Vec<Before>, today: i32) -> Vec<(&'a Hit<'b>, usize)> {
    let mut new = Vec::new();
    for hit in hits {
        let is_same = |one: &Before| one.hit_key == hit.key && today - one.day < hit.rule.window_days;
        if known.iter().any(is_same) {
            continue;
        }
        let severity = severity_number(hit.rule.severity);
        known.push(Before { uscc: String::new(), hit_key: hit.key.clone(), day: today, severity });
        let high = known
            .iter()
            .filter(|one| one.severity == severity_number(Severity::High) && today - one.day < W2_DAYS)
            .count();
        new.push((hit, high));
    }
    new
}

/// What is known of these enterprises beside their facts.
struct Around {
    sales: HashMap<String, Tally>,
    peers: Peers,
    payers: HashMap<String, Payers>,
    goods: HashMap<String, Compared>,
    reviews: ReviewPeers,
    groups: HashMap<Uscc, Group>,
}

impl Around {
    fn read(
        connection: &mut DbConnection,
        facts: &[Facts],
        (day, now_ms): (NaiveDate, i64),
    ) -> Result<Self, StoreError> {
        let codes: BTreeSet<&str> = facts.iter().map(|one| one.uscc.as_str()).collect();
        let sales = tallies::of(connection, &codes, day)?;
        // A zone without customs messages has no medians of them.
        let peers =
            if sales.is_empty() { Peers::default() } else { tallies::peers(connection, day, now_ms)? };
        let selling: BTreeSet<&str> = sales.keys().map(String::as_str).collect();
        let payers = payers::tallies(connection, &selling, day)?;
        let goods = goods::tallies(connection, &selling, day)?;
        reviews::keep(connection, facts, day)?;
        let reviews = reviews::peers(connection, day, now_ms)?;
        Ok(Self { peers, payers, goods, reviews, groups: groups::of(connection, facts)?, sales })
    }

    fn of<'a>(&'a self, facts: &'a Facts, assessed: &'a Assessed, previous: Option<Grade>) -> Situation<'a> {
        Situation {
            facts,
            indicators: &assessed.evaluation.indicators,
            grade: assessed.decision.grade,
            previous,
            sales: self.sales.get(facts.uscc.as_str()),
            peers: &self.peers,
            payers: self.payers.get(facts.uscc.as_str()).copied().unwrap_or_default(),
            goods: self.goods.get(facts.uscc.as_str()).copied().unwrap_or_default(),
            reviews: &self.reviews,
            group: self.groups.get(&facts.uscc).copied().unwrap_or(ALONE),
        }
    }
}

const ALONE: Group = Group { size: 1, bad: 0 };

fn ask<'a>(rules: &'a AlertRules, situation: &Situation<'_>) -> Vec<Hit<'a>> {
    let found = rules.run(situation);
    for (rule, why) in &found.failed {
        tracing::error!(rule, why, uscc = %situation.facts.uscc, "a rule of alerts could not be computed");
    }
    found.hits
}

/// Earlier findings of these enterprises.
fn before(
    connection: &mut DbConnection,
    codes: &BTreeSet<&str>,
) -> Result<HashMap<String, Vec<Before>>, StoreError> {
    let codes: Vec<&str> = codes.iter().copied().collect();
    let mut found: HashMap<String, Vec<Before>> = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        let places: Vec<String> = (1..=part.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT uscc, hit_key, MAX(day) AS day, severity FROM alert_hits WHERE uscc IN ({}) \
             GROUP BY uscc, hit_key, severity",
            places.join(",")
        );
        let rows: Vec<Before> = bulk::load(connection, &sql, part.iter().map(|code| Bind::from(*code)))?;
        for row in rows {
            found.entry(row.uscc.clone()).or_default().push(row);
        }
    }
    Ok(found)
}

/// What goes into the case: at most as much as a case takes.
fn evidence_of(rules: &AlertRules, hit: &Hit<'_>, mut sales: Vec<Behind>, high: usize) -> serde_json::Value {
    let mut records = hit.evidence.records.clone();
    loop {
        let values: serde_json::Map<String, serde_json::Value> =
            hit.evidence.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let mut evidence = json!({
            "rules": rules.version,
            "as_of": hit.evidence.as_of,
            "when": hit.evidence.when,
            "values": values,
            "records": records,
            "suggested": hit.rule.assign,
        });
        if let Some(object) = evidence.as_object_mut() {
            if !sales.is_empty() {
                object.insert("sales".to_owned(), json!(sales));
            }
            if let Some(proposal) = proposal(hit, high) {
                object.insert("proposal".to_owned(), proposal);
            }
        }
        let fits = evidence.to_string().len() <= EVIDENCE_BYTES_MAX;
        if fits || (records.pop().is_none() && sales.pop().is_none()) {
            return evidence;
        }
    }
}

/// What an officer may propose for the watch list on the ground of this finding. Nothing is proposed by itself.
fn proposal(hit: &Hit<'_>, high: usize) -> Option<serde_json::Value> {
    let rule = hit.rule;
    if rule.severity == Severity::High && high >= W2_ALERTS {
        return Some(json!({
            "watch_list": "W2",
            "zh": format!("近{W2_DAYS}日内高风险预警{high}条（含本条）。\
                           经核实后，可由承办人按W2提出列入建议；预警本身不作为列入依据。"),
            "en": format!("{high} high alerts within {W2_DAYS} days, this one among them. Once verified, an officer \
                           may propose an entry under W2; an alert by itself enters nobody."),
        }));
    }
    let ground = rule.proposes.as_deref()?;
    if ground == "W1" {
        return Some(json!({
            "watch_list": ground,
            "zh": format!("{}。仅在主管部门已就此立案、证据在卷后，可由承办人按W1提出列入建议；\
                           预警本身不作为列入依据。", rule.zh),
            "en": format!("{}. Only once an agency has opened a case on it, with evidence on file, an officer may \
                           propose an entry under W1; an alert by itself enters nobody.", rule.en),
        }));
    }
    Some(json!({
        "watch_list": ground,
        "zh": format!("{}。经核实后，可由承办人按{ground}提出列入建议；预警本身不作为列入依据。", rule.zh),
        "en": format!("{}. Once verified, an officer may propose an entry under {ground}; an alert by itself enters nobody.",
                      rule.en),
    }))
}
