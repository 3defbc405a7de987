//! Where enterprises stand on a day, as the rules of supervision ask it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::cases::{Kind as CaseKind, Step, WatchEntry};
use credit_core::dates::{Moment, day_number};
use credit_core::facts::Facts;
use credit_core::grade::Grade;
use credit_core::negative_list::{Kind, kind_of_class, kind_of_list};
use credit_core::records::ClassAuthority;
use credit_core::rules::class::class_in_force;
use credit_core::supervision::{Before, Situation};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::statement::damaged;
use crate::cases::appeals::stay_of;
use crate::cases::store::{CaseRow, StepRow};
use crate::cases::subject::About;
use crate::negative_list::{register, standing};
use crate::store::bulk::{self, Bind};
use crate::store::schema::{case_steps, cases};
use crate::store::{DbConnection, StoreError};

/// Codes in one query.
const CODES_AT_ONCE: usize = 500;
/// Where an enterprise stands, and the appeal that stays what its grade entails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    pub situation: Situation,
    /// Id of the case.
    pub appeal: Option<String>,
}

/// With which rating the grade in force came, and what was in force before it.
#[derive(Debug, QueryableByName)]
struct Run {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    grade: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
}

/// Where these enterprises stand on a day, by code.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of(
    connection: &mut DbConnection,
    facts: &[&Facts],
    calendar: &WorkingDays,
    (day, now_ms): (NaiveDate, i64),
) -> Result<HashMap<String, Stands>, StoreError> {
    let codes: Vec<String> = facts.iter().map(|one| one.uscc.to_string()).collect();
    let feed_is_stale = register::is_stale(register::last_received(connection)?, now_ms);
    let (mut runs, mut appeals) = (HashMap::new(), HashMap::new());
    let mut watch: HashMap<String, Vec<(Kind, String)>> = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        for (uscc, entry) in watched(connection, part, calendar, (day, Moment(now_ms)))? {
            watch.entry(uscc).or_default().push(entry);
        }
        runs.extend(runs_of(connection, part)?.into_iter().map(|run| (run.uscc.clone(), run)));
        // Few have one; which grade it is against is told from its steps.
        for uscc in with_appeals(connection, part)? {
            let stay = stay_of(connection, &uscc)?;
            appeals.extend(stay.map(|stay| (uscc, stay.case)));
        }
    }
    let mut found = HashMap::with_capacity(facts.len());
    for one in facts {
        let uscc = one.uscc.as_str();
        let run = runs.get(uscc);
        let grade = run.map(|run| Ok::<_, StoreError>((grade_of(uscc, &run.grade)?, run.seq))).transpose()?;
        let appeal = appeals.remove(uscc);
        let appealed = appeal.as_ref().and(run).map(|run| before(uscc, run)).transpose()?;
        let mut entries = entries(one, day);
        for (kind, which) in watch.remove(uscc).unwrap_or_default() {
            entries.entry(kind).or_default().push(which);
        }
        let situation = Situation { grade, entries, feed_is_stale, appealed };
        found.insert(uscc.to_owned(), Stands { situation, appeal });
    }
    Ok(found)
}

fn before(uscc: &str, run: &Run) -> Result<Before, StoreError> {
    let before =
        run.before.as_deref().map(|grade| Ok::<_, StoreError>((grade_of(uscc, grade)?, run.seq - 1)));
    Ok(Before(before.transpose()?))
}

fn grade_of(uscc: &str, grade: &str) -> Result<Grade, StoreError> {
    grade.parse().map_err(|why| damaged(uscc, why))
}

/// The last run of ratings of one and the same grade of each enterprise.
fn runs_of(connection: &mut DbConnection, codes: &[String]) -> Result<Vec<Run>, StoreError> {
    let places: Vec<String> = (1..=codes.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "WITH last AS (SELECT uscc, MAX(seq) AS seq FROM ratings WHERE uscc IN ({}) GROUP BY uscc), \
         now AS (SELECT r.uscc, r.grade FROM ratings r JOIN last ON last.uscc = r.uscc AND last.seq = r.seq), \
         other AS (SELECT now.uscc, now.grade, COALESCE(MAX(r.seq), 0) AS seq FROM now LEFT JOIN ratings r \
         ON r.uscc = now.uscc AND r.grade <> now.grade GROUP BY now.uscc, now.grade) \
         SELECT other.uscc, other.grade, f.seq, b.grade AS before FROM other \
         JOIN ratings f ON f.uscc = other.uscc AND f.seq = other.seq + 1 \
         LEFT JOIN ratings b ON b.uscc = other.uscc AND b.seq = other.seq",
        places.join(",")
    );
    Ok(bulk::load(connection, &sql, codes.iter().map(|uscc| Bind::Text(uscc.clone())))?)
}

/// Those of these enterprises that have an open appeal.
fn with_appeals(connection: &mut DbConnection, codes: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(cases::table
        .filter(cases::uscc.eq_any(codes))
        .filter(cases::kind.eq(CaseKind::Appeal.code()))
        .filter(cases::open.eq(1))
        .select(cases::uscc)
        .distinct()
        .load(connection)?)
}

/// An enterprise with an entry of the watch list, and what names it.
type Watched = (String, (Kind, String));

/// The entries of the zone's own watch list in force on a day: each is a case, which is what names it.
fn watched(
    connection: &mut DbConnection,
    codes: &[String],
    calendar: &WorkingDays,
    (day, now): (NaiveDate, Moment),
) -> Result<Vec<Watched>, StoreError> {
    let rows: Vec<CaseRow> = cases::table
        .filter(cases::uscc.eq_any(codes))
        .filter(cases::kind.eq(CaseKind::ListEntry.code()))
        .filter(cases::open.eq(1))
        .filter(cases::effective_day.le(day_number(day)))
        .order((cases::opened_at.asc(), cases::id.asc()))
        .select(CaseRow::as_select())
        .load(connection)?;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let steps: Vec<StepRow> = case_steps::table
        .filter(case_steps::case_id.eq_any(ids))
        .order((case_steps::case_id.asc(), case_steps::number.asc()))
        .select(StepRow::as_select())
        .load(connection)?;
    let mut found = Vec::new();
    for row in rows {
        let of_case = steps.iter().filter(|step| step.case_id == row.id);
        let of_case: Vec<Step> = of_case.map(StepRow::read).collect::<Result<_, _>>()?;
        let is_in_force = WatchEntry::of(&of_case, calendar, now).is_some_and(|entry| entry.is_in_force(day));
        if let (true, About::Watch(about)) = (is_in_force, row.about()?)
            && let Some(kind) = about.kind()
        {
            found.push((row.uscc, (kind, format!("case {}", row.id))));
        }
    }
    Ok(found)
}

/// The entries of the mirrored lists in force on a day, with what names each.
fn entries(facts: &Facts, day: NaiveDate) -> BTreeMap<Kind, Vec<String>> {
    let mut found: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for listing in standing::on(&facts.listings, day).into_values() {
        if let Some(kind) = kind_of_list(listing.list) {
            found.entry(kind).or_default().push(format!("{} {}", listing.list.as_str(), listing.decision_no));
        }
    }
    let of = |authority| class_in_force(&facts.classes, authority, day);
    for class in [ClassAuthority::Customs, ClassAuthority::Safe].into_iter().filter_map(of) {
        if let Some(kind) = kind_of_class(class.authority, &class.class) {
            let number = class.decision_no.clone().unwrap_or_else(|| class.valid_from.to_string());
            found.entry(kind).or_default().push(format!("{} {number}", class.class));
        }
    }
    found.values_mut().for_each(|which| which.sort());
    found
}
