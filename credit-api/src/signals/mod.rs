//! Signs of trade that did not happen as it is told, of sales and of enterprises: what `credit_core::signals` sees,
//! kept where alerts and officers find it.
//!
//! `ceb::judge` says of each sale what it shows ([`rollup`] adds it up by enterprise and day); `alerts::hits` asks for
//! the tallies of the enterprises that it looks at and for the zone's medians ([`tallies`]), for persons who pay for
//! others ([`payers`]), for goods that others declare elsewhere ([`goods`]) and for what the reviews of others look
//! like ([`reviews`]), and, of rules that were found, for the sales and orders behind them ([`evidence`]), from which
//! an officer goes on to the messages.
//!
//! What may be rolled back: everything here follows from the documents (`doctor` compares), and is made anew from them.

pub mod evidence;
pub mod goods;
pub mod groups;
pub mod orders;
pub mod payers;
pub mod reviews;
pub mod rollup;
pub mod tallies;
