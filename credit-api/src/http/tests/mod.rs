//! The interface as a client meets it, in process, on a database and a ledger of its own.

mod account_pages;
mod certificates;
mod disclosure;
mod docking;
mod extracts;
mod finality;
mod hostile;
mod identity;
mod intake;
mod keys;
mod looks;
mod matrix;
mod oidc;
mod oidc_more;
mod openapi;
mod own_pages;
mod problems;
mod provider;
mod purpose_pages;
mod reading;
mod receiver;
mod repeats;
mod sharing;
mod webhooks;
mod what_if;
mod world;
