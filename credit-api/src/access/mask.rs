//! Numbers of persons with most digits replaced: enough to recognise one that is known, too little to learn one.

/// What stands for a digit that is not shown.
const HIDDEN: char = '*';
/// A number with fewer digits is hidden whole.
const SHORTEST_SHOWN: usize = 7;
/// Digits of a mobile number, and of a papers' number, that stay at its ends.
const ENDS: (usize, usize) = (3, 4);
/// Digits that stay at the end of a shorter number.
const SHORT_END: usize = 2;

/// `13812345678` → `138****5678`; separators stay where they are.
#[must_use]
pub fn phone(number: &str) -> String {
    ends(number)
}

/// `511502199001011234` → `511***********1234`; the check digit may be an `X`.
#[must_use]
pub fn papers(number: &str) -> String {
    ends(number)
}

/// `张三丰` → `张**`.
#[must_use]
pub fn name(name: &str) -> String {
    name.chars().enumerate().map(|(place, c)| if place == 0 { c } else { HIDDEN }).collect()
}

fn ends(number: &str) -> String {
    let count = number.chars().filter(|c| c.is_alphanumeric()).count();
    let (first, last) = match count {
        0..SHORTEST_SHOWN => (0, 0),
        SHORTEST_SHOWN..11 => (0, SHORT_END),
        _ => ENDS,
    };
    let mut seen = 0;
    let hide = |c: char| {
        if !c.is_alphanumeric() {
            return c;
        }
        seen += 1;
        if seen <= first || seen > count - last { c } else { HIDDEN }
    };
    number.chars().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_hidden() {
        for (number, shown) in [
            ("13812345678", "138****5678"),
            ("+86 138-1234-5678", "+86 1**-****-5678"),
            ("0831-1234567", "083*-***4567"),
            ("82345678", "******78"),
            ("110", "***"),
            ("", ""),
        ] {
            assert_eq!(phone(number), shown, "{number}");
        }
        assert_eq!(papers("51150219900101123X"), "511***********123X");
        assert_eq!(name("张三丰"), "张**");
    }

    #[test]
    fn no_more_than_seven_digits_ever_stay() {
        for length in 0..40 {
            let number = "7".repeat(length);
            assert!(phone(&number).matches('7').count() <= 7, "{length}");
            assert_eq!(phone(&number).chars().count(), length);
        }
    }
}
