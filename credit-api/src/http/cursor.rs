//! Opaque cursors: where the next page begins, tagged with the list that gave it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::params::Params;
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
    Sales,
    Traces,
    BatchReceipts,
    Receipts,
    WindowClasses,
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
            List::Sales => "v",
            List::Traces => "j",
            List::BatchReceipts => "x",
            List::Receipts => "y",
            List::WindowClasses => "z",
        }
    }
}

/// Where a page begins, in the order of its list.
pub trait Place: Sized {
    fn text(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Place for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Place for i64 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A time, and the id that tells rows of the same time apart.
impl Place for (i64, String) {
    fn text(&self) -> String {
        format!("{}|{}", self.0, self.1)
    }

    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('|')?;
        Some((at.parse().ok()?, id.to_owned()))
    }
}

/// The page of a list that a query asks for.
#[derive(Debug)]
pub struct Page<P> {
    list: List,
    pub limit: i64,
    /// Nothing on the first page.
    pub place: Option<P>,
}

impl<P: Place> Page<P> {
    /// # Errors
    /// [`Code::InvalidParameter`] for the limit, [`Code::InvalidCursor`].
    pub fn of(params: &Params, list: List) -> Result<Self, Problem> {
        let place = params.text("cursor").map(|cursor| decode(list, cursor)).transpose()?;
        let place = place.map(|text| P::read(&text).ok_or_else(|| Problem::new(Code::InvalidCursor)));
        Ok(Self { list, limit: params.limit()?, place: place.transpose()? })
    }

    /// Rows to ask for: one more than are shown tells whether there is a next page.
    #[must_use]
    pub fn wanted(&self) -> i64 {
        self.limit + 1
    }

    /// The rows that are shown, and the cursor of the next page, which begins after the last of them.
    #[must_use]
    pub fn cut<R>(&self, mut rows: Vec<R>, place: impl Fn(&R) -> P) -> (Vec<R>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| encode(self.list, &place(row).text()));
        (rows, next)
    }
}

impl Page<(i64, String)> {
    #[must_use]
    pub fn before(&self) -> Option<(i64, &str)> {
        self.place.as_ref().map(|(at, id)| (*at, id.as_str()))
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
