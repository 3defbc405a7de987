//! 文号: the number of an official document, made comparable.
//!
//! The same decision arrives as `宜市监处罚〔2026〕12号`, `宜市监处罚[2026]12号` or `宜市监处罚（２０２６）12 号`, and it is
//! part of natural keys (`domain.md` 2.1). The text as received is kept; this form is only for comparing.

/// Opening brackets that stand for 〔.
const OPENING: [char; 9] = ['〔', '[', '(', '【', '（', '［', '﹝', '〖', '{'];

/// Closing brackets that stand for 〕.
const CLOSING: [char; 9] = ['〕', ']', ')', '】', '）', '］', '﹞', '〗', '}'];

/// Distance between a full-width form (U+FF01–U+FF5E) and its ASCII character.
const FULL_WIDTH_OFFSET: u32 = 0xFEE0;

/// The comparable form: one kind of bracket, half-width letters, digits and signs, no space of any kind.
///
/// Case is kept, because a court or an authority may tell two series apart by it. Applying it twice changes nothing.
#[must_use]
pub fn normalize_document_no(text: &str) -> String {
    comparable(text).collect()
}

/// Whether two document numbers mean the same document.
#[must_use]
pub fn same_document_no(left: &str, right: &str) -> bool {
    comparable(left).eq(comparable(right))
}

fn comparable(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !is_blank(*c)).map(to_common_form)
}

/// Spaces, and the invisible characters that spreadsheets and web pages leave behind.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

fn to_common_form(c: char) -> char {
    let narrow = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - FULL_WIDTH_OFFSET).unwrap_or(c),
        _ => c,
    };
    if OPENING.contains(&narrow) {
        '〔'
    } else if CLOSING.contains(&narrow) {
        '〕'
    } else {
        narrow
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_bracket_width_and_space_is_one_number() {
        for text in [
            "宜市监处罚〔2026〕12号",
            "宜市监处罚[2026]12号",
            "宜市监处罚(2026)12号",
            "宜市监处罚【2026】12号",
            "宜市监处罚（2026）12号",
            "宜市监处罚［2026］12号",
            "宜市监处罚〔２０２６〕１２号",
            " 宜市监处罚 〔2026〕\u{3000}12 号\t",
            "宜市监处罚\u{FEFF}〔2026〕12\u{200B}号",
        ] {
            assert_eq!(normalize_document_no(text), "宜市监处罚〔2026〕12号", "{text:?}");
            assert!(same_document_no(text, "宜市监处罚〔2026〕12号"));
        }
    }

    #[test]
    fn other_numbers_stay_apart() {
        assert!(!same_document_no("宜市监处罚〔2026〕12号", "宜市监处罚〔2026〕21号"));
        assert!(!same_document_no("宜市监处罚〔2026〕1号", "宜市监处罚〔2026〕1-1号"));
        assert!(!same_document_no("川A12", "川a12"));
        assert_eq!(normalize_document_no("ＡＢ－１"), "AB-1");
    }

    proptest! {
        #[test]
        fn applying_it_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = normalize_document_no(&text);
            prop_assert_eq!(normalize_document_no(&once), once);
        }
    }
}
