//! The first page.

use super::{ServiceData, failed};
use crate::portal::PortalError;
use crate::portal::view::{HomeView, grouped};
use crate::registry::overview::enterprise_count;

pub(super) fn view(data: &ServiceData) -> Result<HomeView, PortalError> {
    let enterprises = enterprise_count(&mut *data.connection()?).map_err(failed)?;
    Ok(HomeView {
        enterprises: grouped(enterprises),
        entries: grouped(data.ledger().published_size()),
        as_of: data.service.clock.today().to_string(),
    })
}
