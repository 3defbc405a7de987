//! Which permit an industry needs and which permit counts (ruling C7).

use chrono::NaiveDate;

use super::pack;
use crate::records::Permit;

/// The word a permit must contain for this industry code; `None` when no permit is required.
#[must_use]
pub fn required_permit(industry_code: &str) -> Option<&'static str> {
    pack::REQUIRED_PERMITS
        .iter()
        .find(|(industry, _)| industry_code.trim().starts_with(industry))
        .map(|(_, word)| *word)
}

/// Whether the permit is of the kind and valid at `as_of`: XK_ZT empty, 0 or 正常, and
/// XK_YXQZ ≤ D ≤ XK_YXQZI, empty = open (ruling C7). A permit decided after D does not exist yet (A7).
#[must_use]
pub fn permit_counts(permit: &Permit, word: &str, as_of: NaiveDate) -> bool {
    let named =
        [&permit.certificate, &permit.document, &permit.project].iter().any(|text| text.contains(word));
    let status = permit.status.trim();
    named
        && (status.is_empty() || pack::VALID_PERMIT_STATUS.contains(&status))
        && permit.decided_on <= as_of
        && permit.valid_from.is_none_or(|day| day <= as_of)
        && permit.valid_until.is_none_or(|day| as_of <= day)
}
