//! The pages' views from the real service: database, evaluation and ledger.
//!
//! What a reader may see is decided here, by [`Sight`]; a view holds nothing that is not for its reader.

mod enterprise;
mod history;
mod home;
mod http;
mod ledger;
mod points;
mod public;
mod rating;
mod seal;
mod search;
mod sessions;
mod verify;
mod words;
mod zone;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

use std::sync::Arc;

use actix_web::web;
use credit_core::records::Lang as RecordLang;
use node::view::LedgerView as LedgerReader;

use super::lang::Lang;
use super::view::{EnterpriseView, HomeView, LedgerView, OverviewView, SearchView, Sort, VerifyView};
use super::{PortalData, PortalError, Reader, SearchAsk};
use crate::access::token::AdminToken;
use crate::access::{Block, Principal, Purpose, decide};
use crate::anchoring::Anchor;
use crate::service::Service;
use crate::store::PooledConnection;
use sessions::Sessions;

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "xinji_session";
/// The folder in the data folder that a start with the sample zone leaves.
const SAMPLE_FOLDER: &str = "sample";

/// Checks what somebody types to sign in.
pub trait SignIn: Send + Sync {
    /// Whether this is the administrator's token; takes the same time whatever was typed.
    fn check(&self, token: &str) -> bool;
}

impl SignIn for AdminToken {
    fn check(&self, token: &str) -> bool {
        self.is(token)
    }
}

/// What a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// The public column of the disclosure matrix.
    Public,
    /// Everything, for the supervision of the zone.
    Administrator,
}

impl Sight {
    /// The rule of `access`; signing in to the portal names the purpose of supervision.
    fn may(self, block: Block) -> bool {
        let (principal, purpose) = match self {
            Sight::Public => (Principal::anonymous(), None),
            Sight::Administrator => (Principal::administrator(), Some(Purpose::Supervision)),
        };
        decide(&principal, block, purpose).is_allowed()
    }
}

/// The portal on the opened service.
pub struct ServiceData {
    service: Service,
    anchor: Arc<Anchor>,
    sign_in: Arc<dyn SignIn>,
    sessions: Sessions,
    is_sample: bool,
}

impl ServiceData {
    #[must_use]
    pub fn new(service: Service, anchor: Arc<Anchor>, sign_in: Arc<dyn SignIn>) -> Self {
        let is_sample = service.config.data.join(SAMPLE_FOLDER).is_dir();
        Self { service, anchor, sign_in, sessions: Sessions::default(), is_sample }
    }

    fn sight(&self, reader: &Reader) -> Sight {
        let known = |id: &str| self.sessions.is_open(id, self.service.clock.now().0);
        if reader.session.as_deref().is_some_and(known) { Sight::Administrator } else { Sight::Public }
    }

    fn ledger(&self) -> &LedgerReader {
        self.anchor.view()
    }

    fn connection(&self) -> Result<PooledConnection, PortalError> {
        self.service.database.connection().map_err(failed)
    }
}

/// Adds the portal's pages, signing in and out, and the receipt's download.
pub fn configure(data: Arc<ServiceData>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        // Longer addresses first: `/enterprises/{uscc}/receipt.json` is no enterprise's page.
        http::configure(config, Arc::clone(&data));
        super::configure(data)(config);
    }
}

fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> PortalError {
    PortalError(Box::new(error))
}

fn record_lang(lang: Lang) -> RecordLang {
    lang.pick(RecordLang::Zh, RecordLang::En)
}

impl PortalData for ServiceData {
    fn session_cookie(&self) -> &'static str {
        SESSION_COOKIE
    }

    fn viewer(&self, reader: &Reader) -> Result<Option<String>, PortalError> {
        let name = reader.lang.texts().administrator;
        Ok((self.sight(reader) == Sight::Administrator).then(|| name.to_owned()))
    }

    fn is_sample(&self) -> bool {
        self.is_sample
    }

    fn home(&self, _: &Reader) -> Result<HomeView, PortalError> {
        home::view(self)
    }

    fn search(&self, ask: &SearchAsk, reader: &Reader) -> Result<SearchView, PortalError> {
        search::view(self, ask, reader.lang, self.sight(reader))
    }

    fn enterprise(
        &self,
        uscc: &str,
        sort: Sort,
        reader: &Reader,
    ) -> Result<Option<EnterpriseView>, PortalError> {
        enterprise::view(self, uscc, sort, reader.lang, self.sight(reader))
    }

    fn zone(&self, reader: &Reader) -> Result<OverviewView, PortalError> {
        zone::view(self, reader.lang, self.sight(reader))
    }

    fn ledger(&self, cursor: Option<&str>, _: &Reader) -> Result<LedgerView, PortalError> {
        ledger::view(ServiceData::ledger(self), cursor)
    }

    fn verify(&self, _: &Reader) -> Result<VerifyView, PortalError> {
        verify::view(ServiceData::ledger(self))
    }
}
