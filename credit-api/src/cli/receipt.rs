//! `credit-api receipt` and `status`: what can be proven of an enterprise, as a file.

use std::path::PathBuf;
use std::process::ExitCode;

use node::proofs::ListAsked;

use super::args::{Receipt, Status};
use super::{Outcome, output};
use crate::anchoring::receipts::{self, NoReceipt};
use crate::anchoring::{Anchor, LedgerReader};
use crate::service::Service;

pub fn run(service: &Service, args: &Receipt) -> Outcome {
    write(service, args.output.as_ref(), |ledger| {
        let mut connection = service.database.connection()?;
        receipts::of_enterprise(&mut connection, ledger, args.uscc.as_str(), None, args.format)
    })
}

pub fn status(service: &Service, args: &Status) -> Outcome {
    let asked = |is_public| move |list: &u16| ListAsked { list: *list, is_public };
    let lists: Vec<ListAsked> =
        args.public_list.iter().map(asked(true)).chain(args.list.iter().map(asked(false))).collect();
    write(service, args.output.as_ref(), |ledger| receipts::status(ledger, args.uscc.as_str(), &lists))
}

/// Lets the ledger take what waits, if it is free, then writes the file.
fn write(
    service: &Service,
    output: Option<&PathBuf>,
    make: impl Fn(&LedgerReader) -> Result<String, NoReceipt>,
) -> Outcome {
    let (text, key) = match Anchor::open(&service.config, &service.database, &service.clock) {
        Ok(anchor) => {
            anchor.drain(|_| {})?;
            (make(&anchor.reader())?, Some(anchor.view().vkey().to_string()))
        }
        // The running service has the ledger; its files may still be read.
        Err(error) if error.is_busy() => (make(&Anchor::open_reader(&service.config)?)?, None),
        Err(error) => return Err(error.into()),
    };
    match output {
        Some(path) => std::fs::write(path, text)?,
        None => output::say(text.trim_end_matches('\n')),
    }
    if let Some(key) = key {
        output::complain(&format!("log key (give it to `node verify --log-key`): {key}"));
    }
    Ok(ExitCode::SUCCESS)
}
