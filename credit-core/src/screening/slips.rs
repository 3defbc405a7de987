//! Slips in a legal form and in a region's name, which leave it that form and that region all the same.
//!
//! A form is a long fixed phrase at the end of a name, behind its trade words: one character wrong, missing, written
//! twice or in another's place, or an end that a field of limited length cut off, makes no brand of it.

use super::looks;
use super::reading;
use super::words::{FormId, RegionId, Words};

/// Shortest form that is known with a slip in it, in characters; also the fewest that make an exact form a whole one.
pub const MIN_CHARS: usize = 4;

/// What a company's form has at its middle; where it stands whole, nothing else is meant.
const CORE: [char; 2] = ['有', '限'];

/// What is left of the shortest form without its first character.
const WITHOUT_FIRST: [char; 3] = ['限', '公', '司'];

/// A form with one slip at the end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormSlip {
    /// It could be the end of a brand: it counts behind a trade word alone, where a form is all that can follow.
    pub is_weak: bool,
    /// Where it begins, in bytes.
    pub start: usize,
    pub form: FormId,
}

/// The surest form with a slip that the text ends with, among them the longest.
pub fn form(text: &str, words: &Words) -> Option<FormSlip> {
    let tail = |length: usize| {
        let start = text.char_indices().rev().nth(length.checked_sub(1)?)?.0;
        Some((start, text.get(start..)?))
    };
    let most = words.long_forms().map(|(form, _)| form.len() + 1).max()?;
    let mut found: Option<FormSlip> = None;
    for (start, written) in (CORE.len()..=most).filter_map(tail) {
        let written: Vec<char> = written.chars().collect();
        for (form, id) in words.long_forms() {
            let Some(is_weak) = slip(&written, form) else { continue };
            let one = FormSlip { is_weak, start, form: id };
            found = Some(found.map_or(one, |best| best.min(one)));
        }
    }
    found
}

/// Whether `written` is the form with one slip in it, and whether that is a weak sign of it.
fn slip(written: &[char], form: &[char]) -> Option<bool> {
    let is_cut = form.starts_with(written) && (has_core(written) || written.len() + 1 == form.len());
    if written.len() < form.len() && is_cut {
        return Some(false);
    }
    let same = written.iter().zip(form).take_while(|(one, other)| one == other).count();
    let (left, meant) = (written.get(same..)?, form.get(same..)?);
    match (left, meant) {
        ([], []) => None,
        ([one, left @ ..], [other, meant @ ..]) if left == meant => {
            Some(!is_slip(*one, *other) && !is_sure(written))
        }
        ([one, other, left @ ..], [a, b, meant @ ..]) if (one, other) == (b, a) && left == meant => {
            Some(false)
        }
        (left, [_, meant @ ..]) if left == meant => Some(!is_sure(written) && written != WITHOUT_FIRST),
        // Twice the same: the second one is the first that differs.
        ([one, left @ ..], meant) if left == meant && same > 0 && written.get(same - 1) == Some(one) => {
            Some(false)
        }
        _ => None,
    }
}

/// Whether so much of a form is there that a brand does not end like that.
fn is_sure(written: &[char]) -> bool {
    has_core(written) || written.len() > MIN_CHARS
}

fn has_core(written: &[char]) -> bool {
    written.windows(CORE.len()).any(|two| two == CORE)
}

fn is_slip(a: char, b: char) -> bool {
    looks::alike(a, b) || reading::sound_alike(a, b) || reading::sound_near(a, b)
}

/// The one city or province (市, 省) that the text begins with, with one character for another that looks or sounds
/// alike, and its length in bytes. Its kind must stand there: without it the start of a brand would be taken for one.
pub fn region(text: &str, words: &Words) -> Option<(RegionId, usize)> {
    let (at, kind) = text.char_indices().take(MIN_CHARS).find(|(_, c)| matches!(c, '市' | '省'))?;
    let length = at + kind.len_utf8();
    let written: Vec<char> = text.get(..length)?.chars().collect();
    let mut found = words.regions().filter(|(name, _)| {
        let differs = || name.chars().zip(&written).filter(|(one, other)| one != *other);
        name.chars().count() == written.len()
            && name.ends_with(kind)
            && differs().count() == 1
            && differs().all(|(one, other)| is_slip(one, *other))
    });
    let (_, id) = found.next()?;
    // Which of two is meant nobody can tell.
    found.next().is_none().then_some((id, length))
}

/// The digit that a character stands for, in either script.
pub fn numeral(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '〇' | '零' => Some('0'),
        '一' => Some('1'),
        '二' => Some('2'),
        '三' => Some('3'),
        '四' => Some('4'),
        '五' => Some('5'),
        '六' => Some('6'),
        '七' => Some('7'),
        '八' => Some('8'),
        '九' => Some('9'),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::name::Name;
    use super::*;

    fn brand(text: &str) -> String {
        Name::parse(text).unwrap().brand.to_string()
    }

    #[test]
    fn a_form_with_one_slip_in_it_is_that_form() {
        let whole = Name::parse("宜宾市云桥禾贸易有限公司").unwrap();
        for form in [
            // Another character, in each place.
            "友限公司",
            "有阳公司",
            "有限工司",
            "有限公私",
            "有很公司",
            "有限责人公司",
            "有限责壬公司",
            // One missing, in each place.
            "限公司",
            "有公司",
            "有限司",
            "有限公",
            "有限责公司",
            "有责任公司",
            // One twice.
            "有有限公司",
            "有限限公司",
            "有限公公司",
            "有限公司司",
            "有限责任任公司",
            // Two in each other's place.
            "限有公司",
            "有公限司",
            "有限司公",
            "有限任责公司",
            // Cut off.
            "有限",
            "有限责",
            "有限责任",
            "有限责任公",
        ] {
            let name = Name::parse(&format!("宜宾市云桥禾贸易{form}")).unwrap();
            assert_eq!(name, Name { form_slip: true, ..whole.clone() }, "{form}");
        }
        let stock = Name::parse("宜宾市云桥禾贸易股份有限公司").unwrap();
        for form in ["股分有限公司", "股有限公司", "股份有限", "份股有限公司", "股份限公司"]
        {
            let name = Name::parse(&format!("宜宾市云桥禾贸易{form}")).unwrap();
            assert_eq!(name, Name { form_slip: true, ..stock.clone() }, "{form}");
        }
    }

    #[test]
    fn the_end_of_a_brand_is_no_form_with_a_slip() {
        for (text, expected) in [
            ("宜宾大有公司", "大有"),
            ("宜宾云集公司", "云集"),
            ("宜宾万有科公司", "万有科"),
            ("宜宾云桥控股有限公司", "云桥"),
            ("宜宾云股有限公司", "云股"),
            ("宜宾信任有限公司", "信任"),
            ("宜宾云桥集有限公司", "云桥集"),
        ] {
            assert_eq!(brand(text), expected, "{text}");
        }
    }

    #[test]
    fn a_region_with_its_kind_and_one_slip_is_that_region() {
        let whole = Name::parse("宜宾市云桥禾贸易有限公司").unwrap();
        let slip = Name::parse("宜宾市云桥禾贸易有限公司".replacen('宜', "谊", 1).as_str()).unwrap();
        assert_eq!(slip, Name { region_slip: true, ..whole });
        // Without its kind it is a brand; two regions that it could be are none.
        assert_eq!(brand("谊宾云桥禾贸易有限公司"), "谊宾云桥禾");
        let words = Words::embedded();
        assert_eq!(region("云桥禾贸易", words), None);
    }

    #[test]
    fn numbers_of_both_scripts_are_the_same() {
        assert_eq!(
            ['〇', '零', '0', '九', '9'].map(numeral),
            [Some('0'), Some('0'), Some('0'), Some('9'), Some('9')]
        );
        assert_eq!(['十', '云', 'A'].map(numeral), [None; 3]);
    }
}
