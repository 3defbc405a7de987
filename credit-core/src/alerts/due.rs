//! The days on which rules are to be asked again though nothing was received: a permit ends by its own date.

use chrono::{Days, NaiveDate};

use super::record;
use super::rules::{AlertRules, Each, Rule};
use crate::facts::Facts;

impl AlertRules {
    /// The first day after that of the facts on which a rule about a record may come to hold, as far as is known: the
    /// record begins, or the days since its beginning or until its end reach a number of the rule. On each of them
    /// the rules are asked; that one holds is not promised.
    #[must_use]
    pub fn next_day(&self, facts: &Facts) -> Option<NaiveDate> {
        let by_record = self.all().iter().filter(|rule| rule.each != Each::Enterprise);
        by_record.flat_map(|rule| days(rule, facts)).filter(|day| *day > facts.as_of).min()
    }
}

fn days(rule: &Rule, facts: &Facts) -> Vec<NaiveDate> {
    let names = |figure: &str| rule.names().iter().any(|name| name == figure);
    let (counts_since, counts_left) = (names("record_days"), names("record_days_left"));
    let mut days = Vec::new();
    for (start, end) in record::dates(facts, rule.each) {
        days.push(start);
        for number in rule.numbers() {
            let (on, after) = (Days::new(number), Days::new(number.saturating_add(1)));
            if counts_since {
                days.extend([on, after].into_iter().filter_map(|since| start.checked_add_days(since)));
            }
            if let Some(end) = end.filter(|_| counts_left) {
                let on = end.checked_sub_days(on);
                days.extend([on, on.and_then(|day| day.succ_opt())].into_iter().flatten());
            }
        }
    }
    days
}
