//! What names are matched to, and why.
//!
//! First, in memory, the candidates of every name; then, in the database, what is true of them now: names as written,
//! entries of lists in force today, pairs that were reviewed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use credit_core::records::{Lang, ListCode};
use credit_core::screening::fold::{fold, is_han};
use credit_core::screening::{
    Comparison, Digest, Finding, Index, NameError, Outcome, Part, Search, Subject, Use, digest,
};
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use super::known::Known;
pub use super::known::TakenApart;
use super::names::{Held, Names};
use super::reviews::{self, Reviewed};
use super::{Against, Asked, Way, watch};
use crate::registry::Enterprise;
use crate::store::{DbConnection, StoreError};

/// What came of one name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Screened {
    pub reference: Option<String>,
    pub name: Option<String>,
    pub uscc: Option<String>,
    /// Why it could not be screened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// By score, highest first.
    pub matches: Vec<Match>,
    /// Matches not shown, because an officer of the asker's organisation reviewed them as two bodies and nothing about
    /// them has changed.
    pub silenced: usize,
    /// There were more than could be compared or shown.
    pub is_cut: bool,
}

impl Screened {
    /// A line that holds no name.
    #[must_use]
    pub fn failed(why: String) -> Self {
        Self {
            reference: None,
            name: None,
            uscc: None,
            error: Some(why),
            matches: Vec::new(),
            silenced: 0,
            is_cut: false,
        }
    }
}

/// An enterprise, or a listed party that is not registered here, that a name is matched to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Match {
    pub uscc: String,
    /// Whether it is registered here; of others nothing is known but their entries.
    pub registered: bool,
    /// Its name now; of one that is not registered here that of its newest entry, `null` where no entry bears one.
    pub name: Option<String>,
    /// The name that was closest, where names were compared.
    pub matched_name: Option<String>,
    /// Thousandths. No probability.
    pub score: u16,
    /// `same`: possibly the same body, a person looks; `related`: parent and branch.
    pub verdict: &'static str,
    /// What each part took away.
    pub parts: Vec<PartBody>,
    /// `former_name`, `script` (traditional or full-width characters), `pinyin` (letters that spell characters).
    pub notes: Vec<&'static str>,
    /// Registration status, in the words of the register; `null` where it is not registered here.
    pub status: Option<String>,
    /// Entries of statutory lists in force today.
    pub lists: Vec<ListBody>,
    /// Whether it is on the watch list; `null` where the watch list was not asked about.
    pub watch_list: Option<bool>,
    /// What an officer of the asker's organisation found, and whether it still holds.
    pub review: Option<ReviewMark>,
}

/// What one part of a name took away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartBody {
    /// `uscc`, `brand`, `region`, `trade`, `form` or `branch`.
    pub part: &'static str,
    pub outcome: &'static str,
    /// Thousandths.
    pub cost: u16,
    pub text: String,
    /// What was found, without the part and the cost, which a table has in columns of their own.
    #[serde(skip)]
    pub found: &'static str,
}

/// An entry of a statutory list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListBody {
    #[schema(value_type = String)]
    pub list: ListCode,
    /// `N1` to `N6`.
    pub kind: Option<&'static str>,
    pub title: &'static str,
    pub authority: String,
    pub decision_no: String,
    pub effective_on: NaiveDate,
    pub expires_on: Option<NaiveDate>,
}

/// A review of this very pair, as it is now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewMark {
    pub id: String,
    pub verdict: String,
    pub reviewed_at: String,
}

/// How names are screened, and for whom.
pub struct Screening<'a> {
    pub names: &'a Names,
    pub way: &'a Way,
    pub purpose: &'a Use,
    pub today: NaiveDate,
    pub lang: Lang,
    /// Whose reviews silence.
    pub owner: &'a str,
    /// Most matches of one name among all enterprises; those on a list come beside them.
    pub most: usize,
    /// What the parts of a job before this one computed.
    pub taken_apart: &'a TakenApart,
    /// Whether the watch list may be shown of an enterprise; asked once for each match, and noted.
    pub sees_watch: &'a dyn Fn(&Uscc) -> bool,
}

/// A candidate of one name.
struct Candidate {
    uscc: Uscc,
    comparison: Comparison,
    finding: Finding,
    /// Of the pair; nothing where the asker's organisation has reviewed none.
    digest: Option<Digest>,
    /// Found among all enterprises, not only among those of a list.
    is_any: bool,
}

#[derive(Default)]
struct Candidates {
    found: Vec<Candidate>,
    is_cut: bool,
    error: Option<NameError>,
}

/// The names are not read yet.
#[derive(Debug, thiserror::Error)]
pub enum ScreeningError {
    #[error("the names to screen against are not read yet")]
    NotReady,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for ScreeningError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Screening<'_> {
    /// Screens some names, in their order.
    ///
    /// # Errors
    /// [`ScreeningError`].
    pub fn answer(
        &self,
        connection: &mut DbConnection,
        asked: &[Asked],
    ) -> Result<Vec<Screened>, ScreeningError> {
        let watched = match self.way.has(Against::WatchList) {
            true => watch::on(connection, self.today)?,
            false => BTreeSet::new(),
        };
        let has_reviews = reviews::any_of(connection, self.owner)?;
        let candidates = {
            let held = self.names.held().ok_or(ScreeningError::NotReady)?;
            let index = watch::index(&held, &watched).unwrap_or_default();
            asked.iter().map(|one| self.candidates(&held, &index, one, has_reviews)).collect::<Vec<_>>()
        };
        let found = || candidates.iter().flat_map(|one| &one.found);
        let (codes, digests) =
            (found().map(|one| one.uscc).collect(), found().filter_map(|one| one.digest).collect());
        let known = Known::of(connection, self.owner, (&codes, &digests), self.taken_apart)?;
        let shown = asked.iter().zip(candidates);
        Ok(shown.map(|(asked, found)| self.screened(asked, found, &known, &watched)).collect())
    }

    fn candidates(&self, held: &Held, watched: &Index, asked: &Asked, has_reviews: bool) -> Candidates {
        let names: Vec<&str> = asked.name.as_deref().into_iter().collect();
        let subject = match Subject::new(&names, asked.uscc) {
            Ok(subject) => subject,
            Err(error) => return Candidates { error: Some(error), ..Candidates::default() },
        };
        let mut all = Candidates::default();
        let indexes =
            [(Against::Enterprises, &held.all), (Against::List, &held.listed), (Against::WatchList, watched)];
        for (against, index) in indexes {
            if self.way.has(against) {
                let mut search = index.search(&subject, self.purpose);
                // Whoever is on a list is never left out for the namesakes that are on none.
                if against == Against::Enterprises {
                    search.is_cut |= search.found.len() > self.most;
                    search.found.truncate(self.most);
                }
                let reviewed = has_reviews.then_some(&subject);
                all.add(held, reviewed, search, against == Against::Enterprises);
            }
        }
        all.found.sort_by_key(|one| (u16::MAX - one.comparison.score, one.uscc));
        all
    }

    fn screened(
        &self,
        asked: &Asked,
        found: Candidates,
        known: &Known,
        watched: &BTreeSet<Uscc>,
    ) -> Screened {
        let mut screened = Screened {
            reference: asked.reference.clone(),
            name: asked.name.clone(),
            uscc: asked.uscc.map(|uscc| uscc.to_string()),
            error: found.error.as_ref().map(|error| said(error, self.lang)),
            matches: Vec::new(),
            silenced: 0,
            is_cut: found.is_cut,
        };
        let is_asked_in_script = asked.name.as_deref().is_some_and(is_in_another_script);
        for candidate in &found.found {
            let lists = known.entries(&candidate.uscc, self.today, self.lang);
            let enterprise = known.enterprise(&candidate.uscc);
            let is_watched = enterprise.is_some() && watched.contains(&candidate.uscc);
            let is_listed = self.way.has(Against::List) && !lists.is_empty();
            if !(candidate.is_any || is_listed || is_watched) {
                continue;
            }
            let sees = self.way.has(Against::WatchList) && (self.sees_watch)(&candidate.uscc);
            // Who is on that list alone is not named to whoever may not see it.
            if !(candidate.is_any || is_listed || sees) {
                continue;
            }
            let review = candidate.digest.and_then(|digest| known.reviews.get(&digest));
            if review.is_some_and(|one| one.is_false_positive()) && !self.way.include_reviewed {
                screened.silenced += 1;
                continue;
            }
            let mut one = self.shown(is_asked_in_script, candidate, enterprise, known);
            one.lists = lists;
            one.watch_list = sees.then_some(is_watched);
            one.review = review.map(Reviewed::mark);
            screened.matches.push(one);
        }
        screened
    }

    fn shown(
        &self,
        is_asked_in_script: bool,
        found: &Candidate,
        enterprise: Option<&Enterprise>,
        known: &Known,
    ) -> Match {
        let comparison = &found.comparison;
        let is_by_code = comparison.part(Part::Code).is_some_and(|part| part.outcome != Outcome::NotCompared)
            && comparison.part(Part::Brand).is_none_or(|part| part.outcome == Outcome::NotCompared);
        let matched = known.written(&found.uscc, comparison.names.1).filter(|_| !is_by_code);
        let name = match enterprise {
            Some(enterprise) => Some(enterprise.name.clone()),
            None => known.name_in_entries(&found.uscc, self.today),
        };
        let matched_name = matched.map(|(name, _)| name.clone());
        let mut notes = Vec::new();
        // What an entry calls a party that is not registered here is no former name of it.
        let is_former = enterprise.is_some()
            && matched_name.as_ref().is_some_and(|matched| name.as_ref() != Some(matched));
        if is_former || comparison.names.0 > 0 {
            notes.push("former_name");
        }
        if !is_by_code && (is_asked_in_script || matched.is_some_and(|(_, is_in_script)| is_in_script)) {
            notes.push("script");
        }
        if comparison.parts.iter().any(|part| part.outcome == Outcome::Spelled) {
            notes.push("pinyin");
        }
        let parts = comparison.parts.iter().map(|part| PartBody {
            part: part.part.code(),
            outcome: part.outcome.code(),
            cost: part.cost,
            text: if self.lang == Lang::Zh { part.zh() } else { part.en() },
            found: if self.lang == Lang::Zh { part.outcome.zh() } else { part.outcome.en() },
        });
        Match {
            uscc: found.uscc.to_string(),
            registered: enterprise.is_some(),
            name,
            matched_name,
            score: comparison.score,
            verdict: if found.finding == Finding::Related { "related" } else { "same" },
            parts: parts.collect(),
            notes,
            status: enterprise.map(|enterprise| enterprise.status.clone()),
            lists: Vec::new(),
            watch_list: None,
            review: None,
        }
    }
}

impl Candidates {
    /// `reviewed`: who is asked about, where pairs may have been reviewed.
    fn add(&mut self, held: &Held, reviewed: Option<&Subject>, search: Search, is_any: bool) {
        self.is_cut |= search.is_cut;
        for found in search.found {
            let Some(uscc) = held.uscc(found.id) else { continue };
            if self.found.iter().any(|known| known.uscc == uscc) {
                continue;
            }
            let Some(other) = held.subject(&uscc) else { continue };
            self.found.push(Candidate {
                uscc,
                comparison: found.comparison,
                finding: found.finding,
                digest: reviewed.map(|subject| digest(subject, other)),
                is_any,
            });
        }
    }
}

/// Whether a text has characters that folding writes in another script or width.
pub(super) fn is_in_another_script(text: &str) -> bool {
    text.chars().any(|c| {
        let is_wide = matches!(c, '\u{FF01}'..='\u{FF5E}') && c.is_alphanumeric();
        is_wide || (is_han(c) && !fold(c.encode_utf8(&mut [0; 4])).starts_with(c))
    })
}

/// Why a name cannot be screened.
#[must_use]
pub fn said(error: &NameError, lang: Lang) -> String {
    if lang == Lang::En {
        return error.to_string();
    }
    match error {
        NameError::Empty => "名称中没有文字".to_owned(),
        NameError::TooLong(_) | NameError::TooMany(_) => "名称过长，或曾用名过多".to_owned(),
        NameError::Nothing => "名称和统一社会信用代码均为空".to_owned(),
    }
}
