//! From what is stored to the [`Facts`] of each enterprise asked for, for one question.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::facts::{Facts, Relative, ReviewFacts, TradeFacts};
use credit_core::indicator::SubjectKind;
use credit_core::records::{Order, Record, Review};
use credit_core::reviews::exact::{ReviewPass, ReviewSubjects, ReviewZone};
use credit_core::trade::Parties;
use credit_core::trade::exact::{SubjectPass, Subjects, Zone, ZonePass};
use credit_core::uscc::Uscc;

use super::knowledge::{self, Question};
use super::register::Registry;
use super::rollup::{self, Medians, Reach};
use super::suppose::Known;
use crate::store::{DbConnection, StoreError};

/// Whose facts are gathered.
#[derive(Debug, Clone)]
pub enum Who {
    All,
    These(BTreeSet<Uscc>),
}

impl Who {
    /// The enterprises named, or `None` for all.
    #[must_use]
    pub fn named(&self) -> Option<&BTreeSet<Uscc>> {
        match self {
            Who::All => None,
            Who::These(some) => Some(some),
        }
    }

    fn holds(&self, uscc: &Uscc) -> bool {
        match self {
            Who::All => true,
            Who::These(some) => some.contains(uscc),
        }
    }
}

/// How orders and reviews become facts. Both give the same.
#[derive(Debug, Clone, Copy)]
pub enum Road<'a> {
    /// From the rows as they were known: any question, at the cost of reading the zone.
    Rows,
    /// From the rollups, which hold what is known now; a question about earlier knowledge takes the rows. Medians of
    /// the zone that were computed before are taken from here.
    Rollups(&'a Medians),
}

/// The facts of every enterprise asked for that is registered at D, in the order of their codes.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn gather(
    connection: &mut DbConnection,
    question: Question,
    who: &Who,
    medians: &Medians,
) -> Result<Vec<Facts>, StoreError> {
    gather_by(connection, question, who, Road::Rollups(medians))
}

/// As [`gather`], by the road named.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn gather_by(
    connection: &mut DbConnection,
    question: Question,
    who: &Who,
    road: Road<'_>,
) -> Result<Vec<Facts>, StoreError> {
    let mut gathered = Gathered::read(connection, question, who, road, None)?;
    Ok(gathered.next(gathered.len()))
}

/// As [`gather`], with `known` in the place of what is known of one enterprise.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn gather_supposing(
    connection: &mut DbConnection,
    question: Question,
    known: &Known,
    medians: &Medians,
) -> Result<Vec<Facts>, StoreError> {
    let who = Who::These(BTreeSet::from([known.uscc]));
    let mut gathered = Gathered::read(connection, question, &who, Road::Rollups(medians), Some(known))?;
    Ok(gathered.next(gathered.len()))
}

/// What is known of everyone asked for. The facts of an enterprise are put together when it is their turn: those of a
/// whole zone would fill the memory.
#[derive(Debug)]
pub struct Gathered {
    question: Question,
    registry: Registry,
    records: HashMap<Uscc, Vec<Record>>,
    /// Not given yet.
    subjects: std::collections::btree_set::IntoIter<(Uscc, SubjectKind)>,
    trade: ByPopulation<TradeFacts>,
    reviews: ByPopulation<ReviewFacts>,
    zone: Zone,
    excluded: BTreeMap<Uscc, BTreeSet<String>>,
}

/// What the counts of orders rested on beside the orders themselves: who then asks for the orders behind a count can
/// count as the evaluation did.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    pub as_of: NaiveDate,
    /// The zone's medians, of the goods of those asked for at least.
    pub zone: &'a Zone,
    registry: &'a Registry,
    excluded: &'a BTreeMap<Uscc, BTreeSet<String>>,
}

impl Ground<'_> {
    /// M9.
    #[must_use]
    pub fn roles_hold(&self, parties: &Parties) -> bool {
        parties.roles_hold(&|uscc: &Uscc, role| self.registry.has_role(self.as_of, uscc, role))
    }

    /// Whether an order's event is counted elsewhere for this enterprise.
    #[must_use]
    pub fn excludes(&self, uscc: &Uscc, order: &Order) -> bool {
        let event = order.event_id.as_ref().filter(|event| !event.is_empty());
        event.zip(self.excluded.get(uscc)).is_some_and(|(event, events)| events.contains(event))
    }
}

impl Gathered {
    /// `instead` takes the place of what is known of one enterprise.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn read(
        connection: &mut DbConnection,
        question: Question,
        who: &Who,
        road: Road<'_>,
        instead: Option<&Known>,
    ) -> Result<Self, StoreError> {
        let road = match road {
            Road::Rollups(_) if question.known_at < knowledge::latest_knowledge(connection)? => Road::Rows,
            road => road,
        };
        let mut registry = match (road, who, instead) {
            (Road::Rollups(_), Who::These(some), None) => Registry::load_some(connection, some)?,
            _ => Registry::load(connection, question.known_at)?,
        };
        if let Some(known) = instead {
            registry.replace(&known.uscc, &known.registrations);
        }
        let subjects: BTreeSet<(Uscc, SubjectKind)> = registry
            .iter()
            .filter(|(uscc, known)| who.holds(uscc) && known.primary.established_on <= question.as_of)
            .filter_map(|(uscc, known)| known.primary.roles.first().map(|kind| (*uscc, *kind)))
            .collect();
        let mut gathered = Self {
            question,
            registry,
            records: HashMap::new(),
            subjects: subjects.clone().into_iter(),
            trade: BTreeMap::new(),
            reviews: BTreeMap::new(),
            zone: Zone::default(),
            excluded: BTreeMap::new(),
        };
        if !subjects.is_empty() {
            gathered.fill(connection, who, road, subjects, instead)?;
        }
        Ok(gathered)
    }

    fn fill(
        &mut self,
        connection: &mut DbConnection,
        who: &Who,
        road: Road<'_>,
        subjects: BTreeSet<(Uscc, SubjectKind)>,
        instead: Option<&Known>,
    ) -> Result<(), StoreError> {
        let (question, registry) = (self.question, &self.registry);
        self.records = records_of(connection, question, who, registry, &subjects)?;
        if let Some(known) = instead {
            self.records.insert(known.uscc, known.records.clone());
        }
        let excluded = excluded_events(question.as_of, &subjects, &self.records);
        let trade_subjects =
            Subjects { asked: subjects.clone(), excluded_events: excluded.clone(), lockers: BTreeSet::new() };
        let review_subjects = ReviewSubjects { asked: subjects, excluded_events: excluded };
        ((self.trade, self.zone), self.reviews) = match road {
            Road::Rows => (
                trade_facts(connection, question, registry, &trade_subjects)?,
                review_facts(connection, question, &review_subjects)?,
            ),
            Road::Rollups(medians) => {
                let reach = if matches!(who, Who::All) { Reach::Zone } else { Reach::Few };
                let has_role = |uscc: &Uscc, role| registry.has_role(question.as_of, uscc, role);
                (
                    rollup::trade_facts(
                        connection,
                        question.as_of,
                        &trade_subjects,
                        reach,
                        medians,
                        has_role,
                    )?,
                    rollup::review_facts(connection, question, &review_subjects, reach)?,
                )
            }
        };
        self.excluded = review_subjects.excluded_events;
        Ok(())
    }

    /// What the counts rested on.
    #[must_use]
    pub fn ground(&self) -> Ground<'_> {
        let Self { question, registry, excluded, zone, .. } = self;
        Ground { as_of: question.as_of, zone, registry, excluded }
    }

    /// How many enterprises are left to be given.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The facts of the next `count` enterprises, in the order of their codes; fewer at the end.
    pub fn next(&mut self, count: usize) -> Vec<Facts> {
        let part: Vec<(Uscc, SubjectKind)> = self.subjects.by_ref().take(count).collect();
        part.into_iter().filter_map(|(uscc, kind)| self.facts(uscc, kind)).collect()
    }

    fn facts(&mut self, uscc: Uscc, kind: SubjectKind) -> Option<Facts> {
        let known = self.registry.get(&uscc)?;
        let mut facts = Facts {
            uscc,
            as_of: self.question.as_of,
            kind,
            registration: known.primary.clone(),
            registration_sources: known.sources.clone(),
            changes: Vec::new(),
            penalties: Vec::new(),
            permits: Vec::new(),
            listings: Vec::new(),
            classes: Vec::new(),
            commitments: Vec::new(),
            inspections: Vec::new(),
            judgments: Vec::new(),
            arrears: Vec::new(),
            complaints: Vec::new(),
            relatives: relatives(&self.registry, &uscc, &self.records),
            trade: self.trade.remove(&(uscc, kind)).unwrap_or_default(),
            reviews: self.reviews.remove(&(uscc, kind)).unwrap_or_default(),
        };
        for record in self.records.get(&uscc).into_iter().flatten() {
            place(&mut facts, record.clone());
        }
        Some(facts)
    }
}

/// The slow records of the enterprises asked for and of those related to them.
fn records_of(
    connection: &mut DbConnection,
    question: Question,
    who: &Who,
    registry: &Registry,
    subjects: &BTreeSet<(Uscc, SubjectKind)>,
) -> Result<HashMap<Uscc, Vec<Record>>, StoreError> {
    let only = match who {
        Who::All => None,
        Who::These(_) => {
            let mut only: BTreeSet<Uscc> = subjects.iter().map(|(uscc, _)| *uscc).collect();
            let related: Vec<Uscc> = only.iter().flat_map(|uscc| registry.possible_relatives(uscc)).collect();
            only.extend(related);
            Some(only)
        }
    };
    knowledge::records(connection, question.known_at, only.as_ref())
}

fn place(facts: &mut Facts, record: Record) {
    match record {
        Record::RegistrationChanges(change) => facts.changes.push(change),
        Record::Penalties(penalty) => facts.penalties.push(*penalty),
        Record::Permits(permit) => facts.permits.push(*permit),
        Record::Lists(listing) => facts.listings.push(listing),
        Record::Classes(class) => facts.classes.push(class),
        Record::Commitments(commitment) => facts.commitments.push(commitment),
        Record::Inspections(inspection) => facts.inspections.push(inspection),
        Record::Judgments(judgment) => facts.judgments.push(judgment),
        Record::Arrears(arrear) => facts.arrears.push(arrear),
        Record::Complaints(complaint) => facts.complaints.push(complaint),
        // Kept and shown, but no indicator rests on them (ADR 0004); the others have tables of their own.
        Record::Holdings(_) | Record::Registration(_) | Record::Transactions(_) | Record::Reviews(_) => {}
    }
}

fn relatives(registry: &Registry, uscc: &Uscc, records: &HashMap<Uscc, Vec<Record>>) -> Vec<Relative> {
    registry
        .possible_relatives(uscc)
        .into_iter()
        .filter_map(|other| {
            let registration = registry.get(&other)?.primary.clone();
            let listings = records.get(&other).into_iter().flatten().filter_map(|record| match record {
                Record::Lists(listing) => Some(listing.clone()),
                _ => None,
            });
            Some(Relative { registration, listings: listings.collect() })
        })
        .collect()
}

/// Events that public-credit records (S2) of D speak of: they are counted there and nowhere else (rulings A7, C12).
fn excluded_events(
    as_of: NaiveDate,
    subjects: &BTreeSet<(Uscc, SubjectKind)>,
    records: &HashMap<Uscc, Vec<Record>>,
) -> BTreeMap<Uscc, BTreeSet<String>> {
    let mut excluded: BTreeMap<Uscc, BTreeSet<String>> = BTreeMap::new();
    for (uscc, _) in subjects {
        for record in records.get(uscc).into_iter().flatten() {
            let public = !matches!(
                record,
                Record::Complaints(_)
                    | Record::RegistrationChanges(_)
                    | Record::Holdings(_)
                    | Record::Permits(_)
            );
            let exists = record.occurred_on().is_none_or(|day| day <= as_of);
            if let Some(event) = record.event_id().filter(|event| public && exists && !event.is_empty()) {
                excluded.entry(*uscc).or_default().insert(event.to_owned());
            }
        }
    }
    excluded
}

type ByPopulation<T> = BTreeMap<(Uscc, SubjectKind), T>;

fn trade_facts(
    connection: &mut DbConnection,
    question: Question,
    registry: &Registry,
    subjects: &Subjects,
) -> Result<(ByPopulation<TradeFacts>, Zone), StoreError> {
    let zone = zone_medians(connection, question)?;
    let has_role = |uscc: &Uscc, role| registry.has_role(question.as_of, uscc, role);
    let mut pass = SubjectPass::new(question.as_of, &zone, subjects, has_role);
    knowledge::each_merchant(connection, question, |rows| pass.add_merchant(rows))?;
    let facts = pass.finish();
    Ok((facts, zone))
}

fn zone_medians(connection: &mut DbConnection, question: Question) -> Result<Zone, StoreError> {
    let mut pass = ZonePass::new(question.as_of);
    knowledge::each_merchant(connection, question, |rows| pass.add_merchant(rows))?;
    Ok(pass.finish())
}

fn review_facts(
    connection: &mut DbConnection,
    question: Question,
    subjects: &ReviewSubjects,
) -> Result<ByPopulation<ReviewFacts>, StoreError> {
    let reviews = knowledge::reviews(connection, question)?;
    let zone = ReviewZone::of(reviews.values().flatten(), question.as_of);
    let wanted = reviews.values().flatten().filter(|review| concerns(review, subjects));
    let numbers: BTreeSet<&str> = wanted.filter_map(|review| review.order_no.as_deref()).collect();
    let index = knowledge::orders_named(connection, question, &numbers)?;
    let find = |number: &str, uscc: &Uscc| index.find(number, uscc);
    let mut pass = ReviewPass::new(question.as_of, &zone, subjects, find);
    for reviewed in reviews.values() {
        pass.add_reviewed(reviewed);
    }
    Ok(pass.finish())
}

fn concerns(review: &Review, subjects: &ReviewSubjects) -> bool {
    SubjectKind::ALL.into_iter().any(|kind| {
        subjects.asked.contains(&(review.uscc, kind))
            || subjects.asked.contains(&(review.platform_uscc, kind))
    })
}
