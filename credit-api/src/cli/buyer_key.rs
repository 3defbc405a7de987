//! `credit-api buyer-key`: the keys under which buyers' values in customs messages become tokens.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Outcome, output};
use crate::ceb::keys::BuyerKeys;
use crate::evaluation::view::rfc3339;
use crate::service::Service;

#[derive(Subcommand)]
pub enum BuyerKey {
    /// Lists the live keys, the oldest first, without their secrets.
    List,
    /// Adds a key beside the live one; until the older one is retired, values have a token under both.
    Rotate,
    /// Destroys a key for good: its tokens compare no more with those of later documents.
    Retire {
        /// Id of the key, such as b1.
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub fn run(service: &Service, command: &BuyerKey) -> Outcome {
    let (folder, now) = (service.config.keys_dir(), service.clock.now());
    let keys = match command {
        BuyerKey::List => BuyerKeys::open(&folder, now)?,
        BuyerKey::Rotate => BuyerKeys::rotate(&folder, now)?,
        BuyerKey::Retire { id } => BuyerKeys::retire(&folder, id, now)?,
    };
    for key in &keys.keys {
        output::say(&format!("{}  since {}", key.id, rfc3339(key.since)));
    }
    Ok(ExitCode::SUCCESS)
}
