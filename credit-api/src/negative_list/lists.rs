//! The mirrored lists, and what each is on the ledger.

use credit_core::negative_list::kind_of_list;
use credit_core::records::ListCode;

/// Every mirrored list. Its number on the ledger is for ever: entries of the log have nothing else.
pub const ALL: [(u16, ListCode); 9] = [
    (1, ListCode::AbnormalOperation),
    (2, ListCode::SeriousDishonesty),
    (3, ListCode::JudgmentDefaulter),
    (4, ListCode::TaxSerious),
    (5, ListCode::WageArrears),
    (6, ListCode::CustomsDishonest),
    (7, ListCode::CustomsSeriouslyDishonest),
    (8, ListCode::StatisticsSerious),
    (9, ListCode::IpSerious),
];

/// The number of a list on the ledger.
#[must_use]
pub fn number(list: ListCode) -> u16 {
    ALL.iter().find(|(_, code)| *code == list).map_or(0, |(number, _)| *number)
}

/// The list of this number.
#[must_use]
pub fn of_number(number: u16) -> Option<ListCode> {
    ALL.iter().find(|(known, _)| *known == number).map(|(_, code)| *code)
}

/// The list of this code.
#[must_use]
pub fn of_code(text: &str) -> Option<ListCode> {
    ALL.into_iter().map(|(_, list)| list).find(|list| list.as_str() == text)
}

/// Whether an entry is one of dishonesty. 经营异常 is a notice of the register that ends with what was missed.
#[must_use]
pub fn is_negative(list: ListCode) -> bool {
    kind_of_list(list).is_some()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use credit_core::rules::listing::{list_name, list_name_en};

    use super::*;

    /// The page that checks a file of the ledger has the names with it: it asks nobody.
    #[test]
    fn the_page_of_verification_calls_the_lists_by_these_names() {
        let words = include_str!("../../assets/words.js");
        for (number, list) in ALL {
            let line = format!("  {number}: [\"{}\", \"{}\"],", list_name(list), list_name_en(list));
            assert!(words.contains(&line), "{line}");
        }
    }

    #[test]
    fn every_list_has_a_number_of_its_own() {
        for (number_of_it, list) in ALL {
            assert_eq!((number(list), of_number(number_of_it)), (number_of_it, Some(list)));
            assert_eq!(serde_json::to_value(list).unwrap(), list.as_str());
            assert_eq!(of_code(list.as_str()), Some(list));
        }
        assert_eq!(of_number(0), None);
    }
}
