//! What was found is opened as cases, in the name of the service, each once.

use credit_core::alerts::{AlertRules, Severity};
use credit_core::cases::Kind;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Text};

use super::hits::severity_number;
use crate::access::Audience;
use crate::cases;
use crate::cases::acts::{self, CaseError, Found};
use crate::cases::subject::{self, About, Alarm};
use crate::service::Service;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, Lane, StoreError, write};

/// Findings opened in one look.
const AT_ONCE: usize = 500;

#[derive(QueryableByName)]
struct Pending {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    hit_key: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Text)]
    rule: String,
    #[diesel(sql_type = Integer)]
    severity: i32,
    #[diesel(sql_type = Text)]
    evidence: String,
}

/// Opens what waits. Returns how many cases were opened.
///
/// # Errors
/// The database's; what was opened before stays opened, and the next look goes on.
pub fn look(service: &Service) -> Result<usize, StoreError> {
    let sql = format!(
        "SELECT uscc, hit_key, day, rule, severity, evidence FROM alert_hits \
         WHERE case_id IS NULL AND failed IS NULL ORDER BY found_at, uscc, hit_key LIMIT {AT_ONCE}"
    );
    let mut connection = service.database.connection()?;
    let pending: Vec<Pending> = bulk::load(&mut connection, &sql, [])?;
    let mut opened = 0;
    for one in pending {
        opened += usize::from(open(&mut connection, service, &one)?);
    }
    Ok(opened)
}

/// One finding: its case, and that it has one, in one transaction.
fn open(connection: &mut DbConnection, service: &Service, hit: &Pending) -> Result<bool, StoreError> {
    let calendar = service.calendars.now();
    let rules = cases::rules(&calendar);
    let done = write(connection, Lane::Bookkeeping, |connection| {
        let about = About::Alert(Alarm {
            rule: hit.rule.clone(),
            severity: severity_of(hit.severity),
            evidence: serde_json::from_str(&hit.evidence)
                .map_err(|error| CaseError::Store(damaged(hit, &error.to_string())))?,
        });
        let found = Found {
            kind: Kind::Alert,
            uscc: &hit.uscc,
            about: &about,
            reason: &reason(&service.alerts.now(), hit),
            asked: suggested(&about),
            once_for: &format!("{}|{}|{}", hit.uscc, hit.hit_key, hit.day),
        };
        let (row, is_new) = acts::open_by_system(connection, &found, (service.clock.now(), &rules))?;
        set(connection, hit, "case_id", row.id)?;
        Ok(is_new)
    });
    match done {
        Ok(is_new) => Ok(is_new),
        Err(CaseError::Store(error)) => Err(error),
        // What cannot be opened now cannot be opened later: it is said once, and stays to be seen.
        Err(error) => {
            tracing::error!(%error, uscc = hit.uscc, rule = hit.rule, "an alert could not be opened as a case");
            set(connection, hit, "failed", error.to_string())?;
            Ok(false)
        }
    }
}

/// The department that the rule suggests. It may see what the officers of the zone may not: orders, and the messages
/// that they come from (`domain.md` 7.5).
fn suggested(about: &About) -> Option<Audience> {
    let About::Alert(alarm) = about else { return None };
    let code = alarm.evidence.get("suggested")?.as_str()?;
    Audience::of_code(code).filter(|audience| audience.is_department() && *audience != Audience::Commerce)
}

fn set(
    connection: &mut DbConnection,
    hit: &Pending,
    column: &'static str,
    value: String,
) -> Result<(), StoreError> {
    let sql = format!("UPDATE alert_hits SET {column} = $1 WHERE uscc = $2 AND hit_key = $3 AND day = $4");
    let binds: [Bind; 4] =
        [value.into(), hit.uscc.clone().into(), hit.hit_key.clone().into(), hit.day.into()];
    bulk::execute(connection, &sql, binds)?;
    Ok(())
}

/// The rule in both languages, with its ground. A rule that has left the file since names itself.
fn reason(rules: &AlertRules, hit: &Pending) -> String {
    match rules.get(&hit.rule) {
        Some(rule) => format!("{}（{}）\n{} ({})", rule.zh, rule.basis_zh, rule.en, rule.basis_en),
        None => hit.rule.clone(),
    }
}

fn severity_of(number: i32) -> subject::Severity {
    match number {
        high if high == severity_number(Severity::High) => subject::Severity::High,
        medium if medium == severity_number(Severity::Medium) => subject::Severity::Medium,
        _ => subject::Severity::Low,
    }
}

fn damaged(hit: &Pending, why: &str) -> StoreError {
    StoreError::Damaged { what: "alert", key: format!("{} {}", hit.uscc, hit.hit_key), why: why.to_owned() }
}
