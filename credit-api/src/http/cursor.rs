//! Opaque cursors: where the next page begins, tagged with the list that gave it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::problem::{Code, Problem, Words};

/// Longest cursor taken, characters.
const CURSOR_CHARS_MAX: usize = 256;

/// Lists with pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Enterprises,
    Ratings,
    Batches,
    Rejects,
    Consents,
    AccessLog,
    AccessAlerts,
    Reconciliation,
    Subscriptions,
    Deliveries,
    Certificates,
    Changes,
    StandingRequests,
    NegativeList,
    Cases,
    ScreeningReviews,
    Screenings,
    Measures,
    InspectionPlans,
}

impl List {
    fn tag(self) -> &'static str {
        match self {
            List::Enterprises => "e",
            List::Ratings => "r",
            List::Batches => "b",
            List::Rejects => "q",
            List::Consents => "c",
            List::AccessLog => "l",
            List::AccessAlerts => "a",
            List::Reconciliation => "d",
            List::Subscriptions => "u",
            List::Deliveries => "w",
            List::Certificates => "t",
            List::Changes => "f",
            List::StandingRequests => "s",
            List::NegativeList => "n",
            List::Cases => "k",
            List::ScreeningReviews => "g",
            List::Screenings => "o",
            List::Measures => "m",
            List::InspectionPlans => "i",
        }
    }
}

/// The cursor of a place in a list.
#[must_use]
pub fn encode(list: List, place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}1:{place}", list.tag()))
}

/// The place that a cursor of this list stands for.
///
/// # Errors
/// [`Code::InvalidCursor`] for anything that [`encode`] did not write for this list.
pub fn decode(list: List, cursor: &str) -> Result<String, Problem> {
    let wrong = || {
        Problem::new(Code::InvalidCursor).fault(
            "#/query/cursor",
            Words::new("应为上一页的 next_cursor", "expected next_cursor of the page before"),
        )
    };
    if cursor.len() > CURSOR_CHARS_MAX {
        return Err(wrong());
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let place = text.strip_prefix(list.tag()).and_then(|rest| rest.strip_prefix("1:")).ok_or_else(wrong)?;
    if place.is_empty() || place.chars().any(char::is_control) {
        return Err(wrong());
    }
    Ok(place.to_owned())
}

/// As [`decode`], for lists in the order of a number.
///
/// # Errors
/// [`Code::InvalidCursor`].
pub fn decode_number(list: List, cursor: &str) -> Result<i64, Problem> {
    decode(list, cursor)?.parse().map_err(|_| Problem::new(Code::InvalidCursor))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_alone() {
        let cursor = encode(List::Batches, "1700000000000");
        assert_eq!(decode_number(List::Batches, &cursor).unwrap(), 1_700_000_000_000);
        assert_eq!(decode(List::Ratings, &cursor).unwrap_err().code(), Code::InvalidCursor);
        assert_eq!(decode(List::Ratings, "").unwrap_err().code(), Code::InvalidCursor);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,300}") {
            let _ = decode(List::Enterprises, &text);
        }
    }
}
