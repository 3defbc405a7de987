//! A line that a person typed or pasted from a table: a name, a code, or both in either order.

/// Characters of a unified social credit code.
const CODE_CHARS: usize = 18;

/// A name and a code as they were typed; neither is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pasted<'a> {
    pub name: Option<&'a str>,
    pub code: Option<&'a str>,
}

/// Takes a line apart; nothing when it is blank. The first or last word is the code when it has the length of one, only
/// letters and digits, and a digit among them: a comma inside an English name parts nothing.
#[must_use]
pub fn line(text: &str) -> Option<Pasted<'_>> {
    let text = text.trim_matches(parts);
    if text.is_empty() {
        return None;
    }
    let (first, after) = text.split_once(parts).unwrap_or((text, ""));
    if is_code(first) {
        return Some(Pasted { name: rest(after), code: Some(first) });
    }
    let (before, last) = text.rsplit_once(parts).unwrap_or((text, ""));
    if is_code(last) {
        return Some(Pasted { name: rest(before), code: Some(last) });
    }
    Some(Pasted { name: Some(text), code: None })
}

/// What stands between the columns of a pasted table, and quotation marks around a cell.
fn parts(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '，' | ';' | '；' | '"')
}

fn is_code(word: &str) -> bool {
    word.len() == CODE_CHARS
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().any(|byte| byte.is_ascii_digit())
}

fn rest(text: &str) -> Option<&str> {
    Some(text.trim_matches(parts)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "91511500MA620000XN";

    fn of(text: &str) -> Option<(Option<&str>, Option<&str>)> {
        line(text).map(|one| (one.name, one.code))
    }

    #[test]
    fn a_name_a_code_or_both_in_either_order() {
        assert_eq!(of("  "), None);
        assert_eq!(of(" , ;"), None);
        assert_eq!(of("宜宾云渡贸易有限公司"), Some((Some("宜宾云渡贸易有限公司"), None)));
        assert_eq!(of(CODE), Some((None, Some(CODE))));
        for text in [
            "宜宾云渡，91511500MA620000XN",
            "91511500MA620000XN\t宜宾云渡",
            "\"宜宾云渡\",91511500MA620000XN",
        ] {
            assert_eq!(of(text), Some((Some("宜宾云渡"), Some(CODE))), "{text}");
        }
    }

    #[test]
    fn a_comma_in_an_english_name_parts_nothing() {
        assert_eq!(of("Cloud Ferry Co., Ltd."), Some((Some("Cloud Ferry Co., Ltd."), None)));
        let with_code = "Cloud Ferry Co., Ltd. 91511500MA620000XN";
        assert_eq!(of(with_code), Some((Some("Cloud Ferry Co., Ltd."), Some(CODE))));
        // Eighteen letters are a word, and a code of the wrong length is part of the name.
        assert_eq!(of("Internationalizing Ltd"), Some((Some("Internationalizing Ltd"), None)));
        assert_eq!(of("云渡 9151150"), Some((Some("云渡 9151150"), None)));
    }
}
