//! Administrative penalties: both published dialects, severity, end of effect (rulings A8, C11).

use chrono::NaiveDate;

use super::check::{Cells, MAX_DECISION_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS, Wrong};
use super::days::{add_months, in_months};
use super::facts::{Penalty, Zone};
use super::fraction::Fraction;
use super::parse::keep;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Minor,
    Ordinary,
    Serious,
}

const SERIOUS: [&str; 8] =
    ["暂扣", "吊销", "降低资质", "限制开展", "责令停产", "责令关闭", "限制从业", "行政拘留"];

/// Document numbers are written with many kinds of brackets; they compare as one.
fn document_number(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '〔' | '[' | '(' | '【' | '（' | '［' => '(',
            '〕' | ']' | ')' | '】' | '）' | '］' => ')',
            other => other,
        })
        .collect()
}

impl Zone {
    pub(super) fn add_penalty(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let text = |column, max| cells.opt_text(column, max).map(Option::unwrap_or_default);
        let money = |column| cells.opt_number(column, 6).map(|m| m.unwrap_or(Fraction::whole(0)));
        cells.text("CF_XDR_MC", MAX_NAME_CHARS)?;
        let uscc = cells.uscc("CF_XDR_SHXYM")?;
        let number = cells.text("CF_WSH", MAX_DECISION_CHARS)?;
        let penalty = Penalty {
            kinds: cells.text("CF_CFLB", MAX_TEXT_CHARS)?,
            money_wan: money("CF_NR_FK")? + money("CF_NR_WFFF")?,
            violation: text("CF_WFXW", MAX_TEXT_CHARS)?,
            licence: text("CF_NR_ZKDX", MAX_NAME_CHARS)?,
            decided_on: cells.date("CF_JDRQ")?,
            public_until: cells.opt_date("CF_GSJZQ")?,
            repaired_on: cells.opt_date("CF_XFRQ")?,
            revoked: false,
        };
        let key = vec![cells.text("CF_CFJGDM", MAX_TEXT_CHARS)?, document_number(&number)];
        keep(&mut self.penalties, uscc, key, penalty);
        Ok(())
    }

    pub(super) fn add_old_penalty(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let text = |column, max| cells.opt_text(column, max).map(Option::unwrap_or_default);
        cells.text("CF_XDR_MC", MAX_NAME_CHARS)?;
        let uscc = cells.uscc("CF_XDR_SHXYM")?;
        let number = cells.text("CF_WSH", MAX_DECISION_CHARS)?;
        let first = cells.text("CF_CFLB1", MAX_TEXT_CHARS)?;
        let second = text("CF_CFLB2", MAX_TEXT_CHARS)?;
        let penalty = Penalty {
            kinds: if second.is_empty() { first } else { format!("{first};{second}") },
            money_wan: money_in_words(&text("CF_JG", MAX_TEXT_CHARS)?),
            violation: text("CF_SY", MAX_TEXT_CHARS)?,
            licence: String::new(),
            decided_on: cells.date("CF_JDRQ")?,
            public_until: None,
            repaired_on: cells.opt_date("CF_XFRQ")?,
            revoked: text("CF_ZT", MAX_TEXT_CHARS)? == "1",
        };
        let key = vec![cells.text("CF_XZJG", MAX_TEXT_CHARS)?, document_number(&number)];
        keep(&mut self.penalties, uscc, key, penalty);
        Ok(())
    }
}

/// 万元 of every `(罚款|没收)…([0-9.]+)(万)?元` in a decision's wording, each match as short as it can be.
pub fn money_in_words(text: &str) -> Fraction {
    let chars: Vec<char> = text.chars().collect();
    let starts_with =
        |at: usize, word: &str| word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let mut total = Fraction::whole(0);
    let mut at = 0;
    while at < chars.len() {
        if !starts_with(at, "罚款") && !starts_with(at, "没收") {
            at += 1;
            continue;
        }
        at += 2;
        while at < chars.len() {
            let digits: String =
                chars[at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
            let end = at + digits.len();
            let wan = starts_with(end, "万元");
            if !digits.is_empty() && (wan || starts_with(end, "元")) {
                let value = Fraction::decimal(&digits).unwrap_or(Fraction::whole(0));
                total = total + if wan { value } else { value * Fraction::new(1, 10_000) };
                at = end;
                break;
            }
            at = end.max(at + 1);
        }
    }
    total
}

impl Penalty {
    pub fn severity(&self) -> Severity {
        if SERIOUS.iter().any(|word| self.kinds.contains(word)) || self.money_wan >= Fraction::whole(50) {
            return Severity::Serious;
        }
        let kinds: Vec<&str> =
            self.kinds.split([';', '；', '、', ',']).map(str::trim).filter(|kind| !kind.is_empty()).collect();
        let words_only = kinds.iter().all(|kind| ["警告", "通报批评"].contains(kind));
        let small_fine = kinds == ["罚款"] && self.money_wan <= Fraction::new(3, 10);
        if (words_only && self.money_wan == Fraction::whole(0)) || small_fine {
            Severity::Minor
        } else {
            Severity::Ordinary
        }
    }

    /// The last day on which it has effect, leaving repair aside.
    fn end_of_effect(&self) -> NaiveDate {
        let months = match self.severity() {
            Severity::Minor => 3,
            Severity::Ordinary => 12,
            Severity::Serious => 36,
        };
        self.public_until.unwrap_or_else(|| add_months(self.decided_on, months))
    }

    /// Whether P01, P02, vetoes and caps see it on D (ruling A8).
    pub fn counts(&self, as_of: NaiveDate) -> bool {
        !self.revoked
            && as_of <= self.end_of_effect()
            && in_months(self.decided_on, as_of, 36)
            && self.repaired_on.is_none_or(|day| as_of < day)
    }
}
