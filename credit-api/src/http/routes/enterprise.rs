//! `GET /enterprises/{uscc}`: everything this caller may see of an enterprise, and what is withheld.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::grade::Grade;
use credit_core::records::{Class, ClassAuthority, Listing, Penalty, Permit, Record, Registration};
use credit_core::rules::Severity;
use credit_core::rules::class::class_in_force;
use credit_core::rules::listing::{list_in_force, list_name};
use credit_core::rules::penalty::{counts_at, severity};
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use super::negative_list::NegativeListEntry;
use super::withheld::{Reduced, Sieve, Withheld};
use crate::access::{Ask, Block, Outcome, Subject, grade_block, mask};
use crate::evaluation::history;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::negative_list::watch;
use crate::registry;
use crate::store::DbConnection;

/// An enterprise; a block that is `null` is empty or in `withheld`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnterpriseBody {
    pub uscc: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub roles: Vec<String>,
    pub former_names: Vec<String>,
    /// 登记状态 in the words of the register.
    pub status: String,
    pub established_on: Option<NaiveDate>,
    pub filed_on: Option<NaiveDate>,
    pub region_code: String,
    pub industry_code: Option<String>,
    pub customs_code: Option<String>,
    pub legal_representative: Option<String>,
    /// CNY, a decimal string.
    pub registered_capital_cny: Option<String>,
    pub paid_in_capital_cny: Option<String>,
    pub address: Option<String>,
    pub contact: Option<Contact>,
    pub customs_class: Option<String>,
    /// The classes in force that this caller may see; where only the class is shown, `decision` is `null`.
    pub classes: Vec<ClassEntry>,
    pub safe_class: Option<String>,
    pub tax_class: Option<String>,
    pub lists: Vec<ListEntry>,
    /// Entries of the zone's own watch list in force, which are not public: `null` for whoever may not see them, and
    /// nothing says then whether there are any.
    pub watch_list: Option<Vec<NegativeListEntry>>,
    pub permits: Vec<PermitEntry>,
    pub penalties: Vec<PenaltyEntry>,
    pub past_penalties: Option<Vec<PenaltyEntry>>,
    /// Minor penalties (轻微失信), which are not published.
    pub minor_dishonesty: Option<Vec<PenaltyEntry>>,
    pub rating: Option<RatingSummary>,
    pub withheld: Vec<Withheld>,
    /// Blocks of which a part is shown.
    pub reduced: Vec<Reduced>,
}

/// A class of a department in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClassEntry {
    #[schema(value_type = String)]
    pub authority: ClassAuthority,
    pub class: String,
    pub decision: Option<ClassDecision>,
}

/// Since when a class holds, until when, and by which decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClassDecision {
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub decision_no: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contact {
    pub phone: Option<String>,
}

/// The rating in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RatingSummary {
    pub grade: String,
    pub score: Option<i32>,
    pub as_of: NaiveDate,
}

/// An entry of a statutory list in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListEntry {
    #[schema(value_type = String)]
    pub list: credit_core::records::ListCode,
    pub name: &'static str,
    pub authority: String,
    pub decision_no: String,
    pub effective_on: NaiveDate,
    pub expires_on: Option<NaiveDate>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PermitEntry {
    pub doc_no: String,
    pub document: String,
    pub certificate: String,
    pub authority: String,
    pub decided_on: NaiveDate,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PenaltyEntry {
    pub doc_no: String,
    pub behaviour: String,
    pub kinds: Vec<String>,
    /// CNY, decimal strings.
    pub fine_cny: String,
    pub confiscated_cny: String,
    pub authority: String,
    pub decided_on: NaiveDate,
    pub publicity_until: Option<NaiveDate>,
    pub repaired_on: Option<NaiveDate>,
    pub disputed: bool,
}

/// What this caller may see of an enterprise, and which blocks are withheld, with the reason.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}",
    tag = "enterprises",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; with a token shows what is not public"),
    ),
    responses(
        (status = 200, body = EnterpriseBody, description = "The enterprise"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
    ),
    security((), ("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    caller.needs(Subject::One(uscc.as_str()), Block::Identity)?;
    let caller = caller.about(&state, uscc).await?;
    let body = blocking(&state, move |state| read(state, &caller, uscc.as_str())).await?;
    answer::json(&request, &body)
}

fn read(state: &State, caller: &Caller, uscc: &str) -> Result<EnterpriseBody, Problem> {
    let mut connection = state.service.database.connection()?;
    let Some(row) = registry::find(&mut connection, uscc)? else {
        return Err(Problem::new(Code::EnterpriseNotFound));
    };
    let filed = registry::registrations(&mut connection, uscc)?.pop();
    let records = Records::of(registry::records(&mut connection, uscc)?, state.service.clock.today());
    let rating = history::current(&mut connection, uscc)?;
    let mut sieve = Sieve::new(caller, Subject::One(uscc));
    let grade_row =
        rating.as_ref().and_then(|row| row.grade.parse::<Grade>().ok()).map_or(Block::Grade, grade_block);
    let score = sieve.shown(Block::Score).and(rating.as_ref().map(|row| row.score));
    let rating = sieve.shown(grade_row).and(rating).map(|row| RatingSummary {
        as_of: row.as_of(),
        grade: row.grade,
        score,
    });
    let classes = records.classes(&mut sieve);
    let watch_list = watched(state, caller, &mut connection, uscc)?;
    let class =
        |authority| classes.iter().find(|one| one.authority == authority).map(|one| one.class.clone());
    let contact = filed.as_ref().map(|row| Contact { phone: row.phone.clone() });
    let of = |field: fn(&Registration) -> Option<String>| filed.as_ref().and_then(field);
    Ok(EnterpriseBody {
        roles: row.roles.split(';').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        former_names: filed.as_ref().map(|row| row.former_names.clone()).unwrap_or_default(),
        established_on: filed.as_ref().map(|row| row.established_on),
        filed_on: filed.as_ref().map(|row| row.filed_on),
        industry_code: of(|row| row.industry_code.clone()),
        legal_representative: of(|row| Some(row.legal_representative.clone())),
        registered_capital_cny: of(|row| row.registered_capital.map(|fen| fen.to_string())),
        paid_in_capital_cny: of(|row| row.paid_in_capital.map(|fen| fen.to_string())),
        address: of(|row| row.address.clone()),
        contact: sieve
            .shown(Block::Contact)
            .and_then(|outcome| contact.map(|contact| contact.shown(outcome))),
        customs_class: class(ClassAuthority::Customs),
        safe_class: class(ClassAuthority::Safe),
        tax_class: class(ClassAuthority::Tax),
        classes,
        lists: records.lists,
        watch_list,
        permits: records.permits,
        penalties: records.penalties,
        past_penalties: sieve.shown(Block::PastPenalties).map(|_| records.past_penalties),
        minor_dishonesty: sieve.shown(Block::MinorDishonesty).map(|_| records.minor_penalties),
        rating,
        withheld: sieve.withheld,
        reduced: sieve.reduced,
        uscc: row.uscc,
        name: row.name,
        kind: row.kind,
        status: row.status,
        region_code: row.region_code,
        customs_code: row.customs_code,
    })
}

/// The entries of the watch list, where the caller may see them: what is in force was announced to the enterprise.
fn watched(
    state: &State,
    caller: &Caller,
    connection: &mut DbConnection,
    uscc: &str,
) -> Result<Option<Vec<NegativeListEntry>>, Problem> {
    let ask = Ask { notified: true, ..caller.ask(Subject::One(uscc), Block::WatchList) };
    let Some(outcome) = caller.sees_ask(&ask) else { return Ok(None) };
    let Ok(code) = Uscc::parse(uscc) else { return Ok(None) };
    let found = watch::of_one(connection, code, (state.service.clock.now(), state.service.calendars.now()))?;
    let entries = found.into_iter().map(|one| NegativeListEntry::of_watched(one, outcome, caller.lang));
    Ok(Some(entries.collect()))
}

impl Contact {
    fn shown(self, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Full => self,
            _ => Self { phone: self.phone.map(|number| mask::phone(&number)) },
        }
    }
}

struct Records {
    classes: Vec<Class>,
    lists: Vec<ListEntry>,
    permits: Vec<PermitEntry>,
    penalties: Vec<PenaltyEntry>,
    past_penalties: Vec<PenaltyEntry>,
    minor_penalties: Vec<PenaltyEntry>,
    today: NaiveDate,
}

impl Records {
    fn of(all: Vec<Record>, today: NaiveDate) -> Self {
        let mut found = Self {
            classes: Vec::new(),
            lists: Vec::new(),
            permits: Vec::new(),
            penalties: Vec::new(),
            past_penalties: Vec::new(),
            minor_penalties: Vec::new(),
            today,
        };
        for record in all {
            match record {
                Record::Classes(class) => found.classes.push(class),
                Record::Lists(listing) if list_in_force(&listing, today) => {
                    found.lists.push(list_entry(listing))
                }
                Record::Permits(permit) => found.permits.push(permit_entry(*permit)),
                Record::Penalties(penalty) if !counts_at(&penalty, today) => {
                    found.past_penalties.push(penalty_entry(*penalty));
                }
                Record::Penalties(penalty) if severity(&penalty) == Severity::Minor => {
                    found.minor_penalties.push(penalty_entry(*penalty));
                }
                Record::Penalties(penalty) => {
                    found.penalties.push(penalty_entry(*penalty));
                }
                _ => {}
            }
        }
        found
    }

    /// The classes in force, as far as the reader may see them. Which of the two blocks of tax an enterprise belongs to
    /// is told only by the better one, which is published.
    fn classes(&self, sieve: &mut Sieve<'_>) -> Vec<ClassEntry> {
        let found = |authority| class_in_force(&self.classes, authority, self.today);
        let tax = found(ClassAuthority::Tax);
        let tax_block = if tax.is_some_and(|class| class.class.trim() == "A") {
            Block::TaxClassA
        } else {
            Block::TaxClass
        };
        [
            (Block::CustomsClass, found(ClassAuthority::Customs)),
            (Block::SafeClass, found(ClassAuthority::Safe)),
            (tax_block, tax),
        ]
        .into_iter()
        .filter_map(|(block, class)| {
            let outcome = sieve.shown(block)?;
            class.map(|class| class_entry(class, outcome))
        })
        .collect()
    }
}

fn class_entry(class: &Class, outcome: Outcome) -> ClassEntry {
    ClassEntry {
        authority: class.authority,
        class: class.class.clone(),
        decision: class_decision(class, outcome),
    }
}

/// What belongs to a class beside the class.
pub(super) fn class_decision(class: &Class, outcome: Outcome) -> Option<ClassDecision> {
    (outcome == Outcome::Full).then(|| ClassDecision {
        valid_from: class.valid_from,
        valid_to: class.valid_to,
        decision_no: class.decision_no.clone(),
    })
}

fn list_entry(listing: Listing) -> ListEntry {
    ListEntry {
        list: listing.list,
        name: list_name(listing.list),
        authority: listing.authority,
        decision_no: listing.decision_no,
        effective_on: listing.effective_on,
        expires_on: listing.expires_on,
    }
}

fn permit_entry(permit: Permit) -> PermitEntry {
    PermitEntry {
        doc_no: permit.doc_no,
        document: permit.document,
        certificate: permit.certificate,
        authority: permit.authority,
        decided_on: permit.decided_on,
        valid_from: permit.valid_from,
        valid_until: permit.valid_until,
    }
}

fn penalty_entry(penalty: Penalty) -> PenaltyEntry {
    PenaltyEntry {
        doc_no: penalty.doc_no,
        behaviour: penalty.behaviour,
        kinds: penalty.kinds,
        fine_cny: penalty.fine.to_string(),
        confiscated_cny: penalty.confiscated.to_string(),
        authority: penalty.authority,
        decided_on: penalty.decided_on,
        publicity_until: penalty.publicity_until,
        repaired_on: penalty.repaired_on,
        disputed: penalty.disputed,
    }
}
