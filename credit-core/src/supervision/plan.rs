//! A plan of inspection and its draw, as texts that anybody can write and whose SHA-256 the ledger has.
//!
//! Lines end with a line feed. A plan:
//!
//! ```text
//! xinji inspection plan 1
//! id 5c1f…
//! day 2026-11-23
//! catalogue measures-2026.1
//! period 2026-12-01 2027-02-28     first and last day, where the plan has a period
//! rate II 5                        each class that is drawn from, percent
//! inspector 张三                    each inspector, in the order of the plan
//! population 91511500MA6… II       each enterprise, in the order of the codes
//! secret 72cd…                     SHA-256 of the secret
//! ```
//!
//! A draw:
//!
//! ```text
//! xinji inspection draw 1
//! id 5c1f…
//! secret 0101…                     the secret itself
//! root 4711 9a3f…                  size and root hash of the log after the block that follows the plan's
//! drawn 91511500MA6… II 张三 / 李四
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::catalogue::{Catalogue, Class};
use super::draw;

/// Most inspectors of a plan.
pub const INSPECTORS_MAX: usize = 200;
/// Longest name of an inspector, characters.
pub const NAME_CHARS_MAX: usize = 60;
/// Longest period of a plan, days: a year and the day that a leap year has more.
pub const PERIOD_DAYS_MAX: i64 = 366;
/// Most enterprises of a plan's population.
pub const POPULATION_MAX: usize = 200_000;

/// The days of a plan, the first and the last one among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Period {
    /// Whether a plan that is made on this day can have it: it is in order, not over yet, not too long and not too far.
    #[must_use]
    pub fn suits(self, made: NaiveDate) -> bool {
        let days = (self.until - self.from).num_days() + 1;
        let ahead = (self.from - made).num_days();
        (1..=PERIOD_DAYS_MAX).contains(&days) && self.until >= made && ahead <= PERIOD_DAYS_MAX
    }

    /// Whether this day is after it. Its last day is one of its own.
    #[must_use]
    pub fn is_over(self, day: NaiveDate) -> bool {
        day > self.until
    }

    /// The first day on which one of those drawn on this day can have been inspected.
    #[must_use]
    pub fn first_day(self, drawn: NaiveDate) -> NaiveDate {
        self.from.max(drawn)
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: String,
    /// The day on which the population stood so.
    pub day: NaiveDate,
    pub catalogue: String,
    /// The days within which those drawn are inspected; plans of before have none.
    pub period: Option<Period>,
    /// Percent of each class that is drawn.
    pub rates: BTreeMap<Class, u8>,
    pub inspectors: Vec<String>,
    /// The enterprises of these classes, by code.
    pub population: BTreeMap<String, Class>,
    /// SHA-256 of the secret.
    pub secret_commitment: [u8; 32],
}

/// An enterprise that was drawn, and who inspects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub uscc: String,
    pub class: Class,
    pub inspectors: Vec<String>,
}

/// The part of the log that a draw rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// Leaves.
    pub size: u64,
    pub hash: [u8; 32],
}

/// Why a plan is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    #[error("the rate of class {} is not in the range of the catalogue", .0.code())]
    Rate(Class),
    #[error("no class is drawn from")]
    NoClass,
    #[error(
        "a plan has 2 to {INSPECTORS_MAX} inspectors, each named once, in 1 to {NAME_CHARS_MAX} characters"
    )]
    Inspectors,
    #[error("a plan has at most {POPULATION_MAX} enterprises")]
    Population,
    #[error(
        "a period ends on its first day or later, is not over yet, begins within {PERIOD_DAYS_MAX} days and has no more"
    )]
    Period,
}

impl Plan {
    /// Whether it is one that may be drawn under this catalogue.
    ///
    /// # Errors
    /// [`PlanFault`].
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), PlanFault> {
        for (class, percent) in &self.rates {
            let range = catalogue.rate_of(*class).ok_or(PlanFault::Rate(*class))?;
            if !(range.at_least..=range.at_most).contains(percent) {
                return Err(PlanFault::Rate(*class));
            }
        }
        if self.rates.is_empty() {
            return Err(PlanFault::NoClass);
        }
        let is_name = |name: &String| {
            (1..=NAME_CHARS_MAX).contains(&name.chars().count())
                && name.trim() == name
                && !name.chars().any(|one| one.is_control() || one == '/')
        };
        let distinct: BTreeSet<&String> = self.inspectors.iter().collect();
        let enough = (draw::INSPECTORS..=INSPECTORS_MAX).contains(&self.inspectors.len());
        if !enough || distinct.len() != self.inspectors.len() || !self.inspectors.iter().all(is_name) {
            return Err(PlanFault::Inspectors);
        }
        if self.population.len() > POPULATION_MAX {
            return Err(PlanFault::Population);
        }
        if self.period.is_some_and(|period| !period.suits(self.day)) {
            return Err(PlanFault::Period);
        }
        Ok(())
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "xinji inspection plan 1\nid {}\nday {}\ncatalogue {}\n",
            self.id, self.day, self.catalogue
        );
        // A plan without one has the text that it always had, and with it its digest.
        if let Some(period) = self.period {
            let _ = writeln!(text, "period {} {}", period.from, period.until);
        }
        for (class, percent) in &self.rates {
            let _ = writeln!(text, "rate {} {percent}", class.code());
        }
        for name in &self.inspectors {
            let _ = writeln!(text, "inspector {name}");
        }
        for (uscc, class) in &self.population {
            let _ = writeln!(text, "population {uscc} {}", class.code());
        }
        let _ = writeln!(text, "secret {}", hex(&self.secret_commitment));
        text
    }

    /// SHA-256 of its text: what is on the ledger before anybody can know the draw.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text()).into()
    }

    /// The draw with this secret and root: those drawn of each class, in the order of their codes.
    #[must_use]
    pub fn draw(&self, secret: &[u8; 32], root: &[u8; 32]) -> Vec<Task> {
        let seed = draw::seed(secret, root);
        let names: Vec<&str> = self.inspectors.iter().map(String::as_str).collect();
        let mut tasks = Vec::new();
        for (class, percent) in &self.rates {
            let of_class = self.population.iter().filter(|(_, of)| *of == class);
            let codes: Vec<&str> = of_class.map(|(uscc, _)| uscc.as_str()).collect();
            for uscc in draw::draw(&seed, &codes, draw::count(codes.len(), *percent)) {
                let inspectors = draw::inspectors(&seed, uscc, &names);
                let inspectors = inspectors.into_iter().map(str::to_owned).collect();
                tasks.push(Task { uscc: uscc.to_owned(), class: *class, inspectors });
            }
        }
        tasks.sort_by(|one, other| one.uscc.cmp(&other.uscc));
        tasks
    }

    /// The text of a draw.
    #[must_use]
    pub fn draw_text(&self, secret: &[u8; 32], root: Root, tasks: &[Task]) -> String {
        let mut text = format!(
            "xinji inspection draw 1\nid {}\nsecret {}\nroot {} {}\n",
            self.id,
            hex(secret),
            root.size,
            hex(&root.hash)
        );
        for task in tasks {
            let _ =
                writeln!(text, "drawn {} {} {}", task.uscc, task.class.code(), task.inspectors.join(" / "));
        }
        text
    }

    /// SHA-256 of the text of a draw: what is on the ledger after it.
    #[must_use]
    pub fn draw_digest(&self, secret: &[u8; 32], root: Root, tasks: &[Task]) -> [u8; 32] {
        Sha256::digest(self.draw_text(secret, root, tasks)).into()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
