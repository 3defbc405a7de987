//! `credit-api ledger`.

use std::process::ExitCode;

use super::args::{Ledger, Rebuild};
use super::{Outcome, output};
use crate::anchoring::rebuild::{Order, rebuild};
use crate::service::Service;

pub fn run(service: &Service, command: Ledger) -> Outcome {
    let Ledger::Rebuild(Rebuild { from, accept_mirror }) = command;
    let bar = output::bar("rebuild ledger", 0, false);
    let order = Order { from: from.as_deref(), accept_mirror };
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
