//! Names in Latin letters: English words and pinyin, with the brand spelled or translated.

use super::name::{Name, brand_of};
use super::words::{FormId, Meaning, RegionId, Words};

/// Most words that stand for one thing (IMPORT AND EXPORT, YOU XIAN ZE REN GONG SI).
const MAX_WORDS: usize = 6;

/// Words that say nothing.
const FILLERS: [&str; 5] = ["THE", "AND", "&", "OF", "P"];

#[derive(Default)]
struct Read {
    region: RegionId,
    trades: u64,
    form: Option<FormId>,
    branch: bool,
}

/// Takes a folded name without ideographs apart.
pub fn parse(folded: &str, words: &Words) -> Name {
    let mut read = Read::default();
    let spaced = folded.replace(['(', ')'], " ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    while let Some(count) = read.end(rest, words) {
        rest = rest.get(..rest.len().saturating_sub(count)).unwrap_or_default();
    }
    while let Some(count) = read.start(rest, words) {
        rest = rest.get(count..).unwrap_or_default();
    }
    // Brackets in the middle: a region between brand and trade.
    let kept: Vec<&str> = match rest {
        [brand @ .., last] if !brand.is_empty() && folded.contains(&format!("({last})")) => {
            match words.latin(last) {
                Some(Meaning::Region(id)) => {
                    read.region = words.narrower(read.region, id);
                    brand.to_vec()
                }
                _ => rest.to_vec(),
            }
        }
        _ => rest.to_vec(),
    };
    let brand = brand_of(&kept.concat(), folded);
    Name {
        brand: plain(&brand).into(),
        region: read.region,
        trades: read.trades,
        form: read.form,
        form_slip: false,
        region_slip: false,
        branch: read.branch.then(|| "BRANCH".into()),
        is_han: false,
    }
}

/// The ways ü is written, in one.
fn plain(letters: &str) -> String {
    letters.replace("LV", "LU").replace("NV", "NU")
}

impl Read {
    /// How many words at the end stand for a trade, form or branch; never all of them.
    fn end(&mut self, tokens: &[&str], words: &Words) -> Option<usize> {
        let most = tokens.len().saturating_sub(1).min(MAX_WORDS);
        for count in (1..=most).rev() {
            let last = tokens.get(tokens.len() - count..).unwrap_or_default();
            match words.latin(&last.concat()) {
                Some(Meaning::Trade(bit)) => self.trades |= bit,
                Some(Meaning::Form(id)) => {
                    let same = self.form.is_some_and(|form| words.same_kind(form, id));
                    self.form = if same { self.form } else { Some(id) };
                }
                Some(Meaning::Branch) => self.branch = true,
                // YIBIN YUNQIAO (CHENGDU) TRADING: a region behind the brand.
                Some(Meaning::Region(id)) if tokens.len() > count + 1 || self.trades != 0 => {
                    self.region = words.narrower(self.region, id);
                }
                Some(Meaning::Region(_)) => continue,
                None if count == 1 && last.iter().all(|word| FILLERS.contains(word)) => {}
                None => continue,
            }
            return Some(count);
        }
        None
    }

    /// How many words at the start are a region; never all of them.
    fn start(&mut self, tokens: &[&str], words: &Words) -> Option<usize> {
        let most = tokens.len().saturating_sub(1).min(MAX_WORDS);
        for count in (1..=most).rev() {
            let first = tokens.get(..count).unwrap_or_default();
            match words.latin(&first.concat()) {
                Some(Meaning::Region(id)) if self.region == 0 || words.nested(self.region, id) => {
                    self.region = words.narrower(self.region, id);
                    return Some(count);
                }
                _ if count == 1 && first == ["THE"] => return Some(1),
                _ => {}
            }
        }
        None
    }
}
