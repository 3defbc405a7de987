//! What the ledger commits to when an enterprise enters or leaves a list: a list of fields, as for ratings, so that one
//! of them can be shown without the others. List and code stand in the entry in clear beside it.

use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::records::Listing;
use ledger::commitment::{Field, RecordSalt, Statement};
use parity_scale_codec::{Decode, DecodeAll, Encode};

use crate::store::StoreError;

/// Fields of an entry or exit.
pub mod field {
    /// Text.
    pub const USCC: u16 = 1;
    /// `u16`: the list's number.
    pub const LIST: u16 = 2;
    /// `bool`: entered, or left.
    pub const LISTED: u16 = 3;
    /// `i32`: the day on which it was so, days since 1970-01-01.
    pub const DAY: u16 = 4;
    /// Text: number of the decision by which it was entered.
    pub const DECISION_NO: u16 = 5;
    /// Text: who decided.
    pub const AUTHORITY: u16 = 6;
    /// `i32`: first day in force.
    pub const EFFECTIVE_DAY: u16 = 7;
    /// Option of `i32`: last day in force.
    pub const EXPIRES_DAY: u16 = 8;
    /// Option of `i32`: first day no longer in force.
    pub const REMOVED_DAY: u16 = 9;
}

/// An entry or exit, as it is kept and committed to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Listed {
    pub uscc: String,
    pub list: u16,
    pub listed: bool,
    pub day: i32,
    pub decision_no: String,
    pub authority: String,
    pub effective_day: i32,
    pub expires_day: Option<i32>,
    pub removed_day: Option<i32>,
}

impl Listed {
    /// The enterprise's entry to the list of this row.
    #[must_use]
    pub fn entry(listing: &Listing, list: u16, day: NaiveDate) -> Self {
        Self {
            uscc: listing.uscc.to_string(),
            list,
            listed: true,
            day: day_number(day),
            decision_no: listing.decision_no.clone(),
            authority: listing.authority.clone(),
            effective_day: day_number(listing.effective_on),
            expires_day: listing.expires_on.map(day_number),
            removed_day: listing.removed_on.map(day_number),
        }
    }

    /// The end of this entry, as the source's row now has it; as it was where the source took the row back.
    #[must_use]
    pub fn exit(&self, row: Option<&Listing>, day: NaiveDate) -> Self {
        let now = row.map(|row| Self::entry(row, self.list, day));
        Self { listed: false, day: day_number(day), ..now.unwrap_or_else(|| self.clone()) }
    }

    /// What was kept.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read(uscc: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        Self::decode_all(&mut &*bytes).map_err(|error| damaged(uscc, error.to_string()))
    }

    /// The commitment with this salt.
    ///
    /// # Errors
    /// When the fields cannot be committed to.
    pub fn commitment(&self, salt: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let fields = [
            (field::USCC, self.uscc.encode()),
            (field::LIST, self.list.encode()),
            (field::LISTED, self.listed.encode()),
            (field::DAY, self.day.encode()),
            (field::DECISION_NO, self.decision_no.encode()),
            (field::AUTHORITY, self.authority.encode()),
            (field::EFFECTIVE_DAY, self.effective_day.encode()),
            (field::EXPIRES_DAY, self.expires_day.encode()),
            (field::REMOVED_DAY, self.removed_day.encode()),
        ];
        let fields = fields.into_iter().map(|(id, value)| Field { id, value }).collect();
        let statement = Statement::new(fields).map_err(|error| damaged(&self.uscc, error.to_string()))?;
        Ok(statement.commitment(&RecordSalt::new(salt)))
    }
}

fn damaged(uscc: &str, why: String) -> StoreError {
    StoreError::Damaged { what: "listing", key: uscc.to_owned(), why }
}
