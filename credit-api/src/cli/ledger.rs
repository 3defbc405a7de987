//! `credit-api ledger`.

use std::path::Path;
use std::process::ExitCode;

use super::args::{Ledger, Rebuild};
use super::{Outcome, anchor_now, output};
use crate::anchoring::key_events::queue;
use crate::anchoring::rebuild::{Order, rebuild};
use crate::service::Service;
use credit_core::records::Lang;
use node::keys::event::EVENT_BYTES_MAX;

pub fn run(service: &Service, command: Ledger) -> Outcome {
    match command {
        Ledger::Rebuild(order) => rebuild_folder(service, &order),
        Ledger::Key { event } => key(service, &event),
    }
}

/// Takes a change of keys over, and anchors it when no running service has the ledger.
fn key(service: &Service, path: &Path) -> Outcome {
    let length = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.len();
    if usize::try_from(length).map_or(true, |length| length > EVENT_BYTES_MAX) {
        return Err(format!("{}: {length} bytes, at most {EVENT_BYTES_MAX} are read", path.display()).into());
    }
    let event = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if queue(&service.config, &service.database, service.clock.as_ref(), &event)? {
        output::say("the change of keys waits for the ledger");
    } else {
        output::say("the change of keys was taken before");
    }
    anchor_now(service, Lang::En)?;
    Ok(ExitCode::SUCCESS)
}

fn rebuild_folder(service: &Service, order: &Rebuild) -> Outcome {
    let bar = output::bar("rebuild ledger", 0, false);
    let order = Order { from: order.from.as_deref(), accept_mirror: order.accept_mirror };
    let tip = rebuild(&service.config, &service.database, &service.clock, &order, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let tip = tip?;
    output::say(&format!(
        "rebuilt {} blocks, {} leaves in {}; root {}; every checkpoint is signed again",
        tip.blocks,
        tip.size,
        service.config.ledger_dir().display(),
        hex::encode(tip.root)
    ));
    output::say("`credit-api serve` goes on from here");
    Ok(ExitCode::SUCCESS)
}
