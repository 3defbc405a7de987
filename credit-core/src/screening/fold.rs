//! One spelling for what is written in many: full width, traditional script, brackets, dots, case, spaces.
//!
//! Traditional script is turned into simplified a character at a time with OpenCC's tables; phrases are not looked at,
//! because a brand is no phrase.

use std::collections::HashMap;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use unicode_normalization::UnicodeNormalization;

/// How often the steps are repeated until nothing changes; two are enough for all that was seen.
const MAX_ROUNDS: usize = 4;

/// The characters whose simplified form is another one, to the end of each chain.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the tables are compiled in, and a test reads them")]
    let tables = OpenCC::from_config(BuiltinConfig::T2s).expect("OpenCC's tables are compiled in");
    let once = |c: char| {
        let text = tables.convert(c.encode_utf8(&mut [0; 4]));
        let mut chars = text.chars();
        // One character for one: the place of each stays what it was.
        chars.next().filter(|_| chars.next().is_none()).unwrap_or(c)
    };
    let ideographs = ('\u{3400}'..='\u{9FFF}').chain('\u{F900}'..='\u{FAFF}');
    ideographs
        .map(|c| (c, once(once(once(c)))))
        .filter(|(c, simple)| c != simple)
        // 乾 is 干 only where it means dry; in a brand it is 乾坤.
        .filter(|(c, _)| *c != '乾')
        .collect()
});

/// Whether a character is an ideograph.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}' | '〇')
}

/// The folded text: compatibility forms resolved (NFKC), simplified, upper case, accents gone, brackets `(` and `)`,
/// one space between Latin words and none beside an ideograph or a bracket. Folding twice changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = once(text);
    for _ in 0..MAX_ROUNDS {
        let again = once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

fn once(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36F}')).nfkc().collect();
    let mut out = String::with_capacity(plain.len());
    let mut gap = false;
    for c in plain.chars().flat_map(char::to_uppercase) {
        let c = sign(SIMPLIFIED.get(&c).copied().unwrap_or(c));
        match c {
            None => {}
            Some(' ') => gap = true,
            Some(c) => {
                if gap && out.chars().next_back().is_some_and(|last| is_word(last) && is_word(c)) {
                    out.push(' ');
                }
                gap = false;
                out.push(c);
            }
        }
    }
    out
}

/// Whether spaces beside it count: letters and digits that are not ideographs.
fn is_word(c: char) -> bool {
    !is_han(c) && !matches!(c, '(' | ')')
}

/// What is kept of a character: nothing of marks inside a word, a space for what separates, one pair of brackets.
fn sign(c: char) -> Option<char> {
    match c {
        '(' | '〔' | '[' | '【' | '{' | '「' | '『' | '《' | '〈' | '<' | '⟨' => Some('('),
        ')' | '〕' | ']' | '】' | '}' | '」' | '』' | '》' | '〉' | '>' | '⟩' => Some(')'),
        '\'' | '’' | '‘' | '`' | '´' | '"' | '“' | '”' => None,
        '&' => Some('&'),
        '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}'
        | '\u{AD}' => None,
        c if c.is_alphanumeric() || is_han(c) => Some(c),
        _ => Some(' '),
    }
}
