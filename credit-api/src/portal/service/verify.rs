//! The page that checks a receipt.

use ledger::policy::Policy;
use node::view::LedgerView as LedgerReader;

use super::failed;
use crate::portal::PortalError;
use crate::portal::view::VerifyView;

pub(super) fn view(ledger: &LedgerReader) -> Result<VerifyView, PortalError> {
    let policy = Policy::parse(ledger.policy().as_bytes()).map_err(failed)?;
    // A policy without witnesses says no more than the key does.
    let shown = if policy.witnesses().is_empty() { "" } else { ledger.policy() };
    Ok(VerifyView { vkey: ledger.vkey().to_string(), policy: shown.to_owned() })
}
