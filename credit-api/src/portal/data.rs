//! Where views come from.

use super::lang::Lang;
use super::render::Viewer;
use super::view::{EnterpriseView, HomeView, LedgerView, OverviewView, SearchView, Sort, VerifyView};
use crate::access::Looks;

/// Who reads, and in which language the views are wanted.
#[derive(Debug, Clone)]
pub struct Reader {
    pub lang: Lang,
    /// Value of the session cookie as sent; the implementation decides what it is worth.
    pub session: Option<String>,
    /// Value of the purpose cookie as sent; worth something only where the reader may name it.
    pub purpose: Option<String>,
    /// What the page showed or withheld, for the access log.
    pub looks: Looks,
}

/// What was searched for. The texts are as the reader typed them, within [`super::http::QUERY_CHARS_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchAsk {
    pub q: String,
    /// `E1` to `E4`, or empty.
    pub kind: String,
    /// A grade, or empty.
    pub grade: String,
    pub cursor: Option<String>,
}

/// Why a view cannot be given. The reader sees only that the page cannot be shown; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("portal view: {0}")]
pub struct PortalError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// What the service tells the portal. Calls may block: handlers run them on the blocking pool. Every
/// implementation shows a reader only what the reader may see and records the look where the rules ask for it.
pub trait PortalData: Send + Sync + 'static {
    /// Name of the cookie that holds the session.
    fn session_cookie(&self) -> &'static str;

    /// The reader who is signed in.
    ///
    /// # Errors
    /// The store's.
    fn viewer(&self, reader: &Reader) -> Result<Option<Viewer>, PortalError>;

    /// Whether the data are a sample of fictitious enterprises.
    fn is_sample(&self) -> bool;

    /// # Errors
    /// The store's.
    fn home(&self, reader: &Reader) -> Result<HomeView, PortalError>;

    /// # Errors
    /// The store's.
    fn search(&self, ask: &SearchAsk, reader: &Reader) -> Result<SearchView, PortalError>;

    /// `None` when no enterprise of this code is on record. `uscc` is what stands in the address, unchecked.
    ///
    /// # Errors
    /// The store's.
    fn enterprise(
        &self,
        uscc: &str,
        sort: Sort,
        reader: &Reader,
    ) -> Result<Option<EnterpriseView>, PortalError>;

    /// # Errors
    /// The store's.
    fn zone(&self, reader: &Reader) -> Result<OverviewView, PortalError>;

    /// The newest blocks, or those before the cursor.
    ///
    /// # Errors
    /// The ledger's.
    fn ledger(&self, cursor: Option<&str>, reader: &Reader) -> Result<LedgerView, PortalError>;

    /// # Errors
    /// The ledger's.
    fn verify(&self, reader: &Reader) -> Result<VerifyView, PortalError>;
}
