//! The words a name is taken apart with, from `data/screening/words-2026.2.toml`, checked as they are read.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::{reading, slips};
use crate::region;

/// Most groups of trade words: a name's groups are the bits of a number.
pub const MAX_TRADES: usize = 64;

/// Shortest trade word that is known though another is written to it, in letters.
const MIN_TRADE_LETTERS: usize = 4;

/// Longest word of the file, in characters.
const MAX_WORD_CHARS: usize = 24;

static EMBEDDED: LazyLock<Words> = LazyLock::new(|| {
    let text = include_str!("../../data/screening/words-2026.2.toml");
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    Words::from_toml(text).expect("the words of this release are well-formed")
});

/// Place of a region in the table; 0 is none.
pub type RegionId = u16;

/// Place of a form in the table.
pub type FormId = u8;

/// Why a file of words is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    #[error("not a file of screening words: {0}")]
    Syntax(String),
    #[error("there are at most {MAX_TRADES} trades and {max} forms", max = u8::MAX)]
    TooMany,
    #[error("{0:?} stands for two things")]
    Twice(String),
    #[error("{0:?} is empty, too long or not folded")]
    Word(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(rename = "valid_from")]
    _valid_from: chrono::NaiveDate,
    province: Vec<Province>,
    spellings: BTreeMap<String, Vec<String>>,
    trade: Vec<Group>,
    form: Vec<Form>,
    branches: Branches,
    formers: Formers,
    brand: Brand,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Province {
    name: String,
    #[serde(default)]
    latin: Vec<String>,
    #[serde(default)]
    prefectures: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "name")]
    _name: String,
    words: Vec<String>,
    latin: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "name")]
    _name: String,
    kind: String,
    words: Vec<String>,
    latin: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Branches {
    words: Vec<String>,
    latin: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Formers {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brand {
    lookalikes: Vec<String>,
    series: Vec<String>,
    telling: String,
}

struct Area {
    name: String,
    within: RegionId,
}

/// What a Latin word, its letters written together, stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Region(RegionId),
    Trade(u64),
    Form(FormId),
    Branch,
}

/// The tables, ready to be looked up.
pub struct Words {
    pub version: String,
    areas: Vec<Area>,
    regions: HashMap<String, RegionId>,
    trades: HashMap<String, u64>,
    forms: HashMap<String, FormId>,
    long_forms: Vec<(Box<[char]>, FormId)>,
    /// The kind of each form.
    kinds: Vec<String>,
    pub(super) branches: Vec<String>,
    pub(super) formers: Vec<String>,
    latin: HashMap<String, Meaning>,
    /// By the place of a common ideograph: what is put for it, where that is another one.
    lookalikes: Vec<Option<char>>,
    /// By the place of a common ideograph: the number of its series, 0 for none.
    series: Vec<u8>,
    /// By the place of a common ideograph.
    telling: Vec<bool>,
}

impl Words {
    /// The words of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a file of words.
    ///
    /// # Errors
    /// [`WordsError`] names the first thing wrong: a word that is not folded, a character in two groups.
    pub fn from_toml(text: &str) -> Result<Self, WordsError> {
        let file: File = toml::from_str(text).map_err(|error| WordsError::Syntax(error.to_string()))?;
        let mut words = Self {
            version: file.version.clone(),
            areas: Vec::new(),
            regions: HashMap::new(),
            trades: HashMap::new(),
            forms: HashMap::new(),
            long_forms: Vec::new(),
            kinds: Vec::new(),
            branches: file.branches.words.clone(),
            formers: file.formers.words.clone(),
            latin: HashMap::new(),
            lookalikes: vec![None; reading::places()],
            series: vec![0; reading::places()],
            telling: vec![false; reading::places()],
        };
        words.add_regions(&file)?;
        words.add_trades(&file.trade)?;
        words.add_forms(&file.form)?;
        for word in &file.branches.latin {
            words.latin.entry(word.clone()).or_insert(Meaning::Branch);
        }
        words.add_brand(&file.brand)?;
        Ok(words)
    }

    fn add_brand(&mut self, brand: &Brand) -> Result<(), WordsError> {
        for group in &brand.lookalikes {
            let first = group.chars().next().ok_or_else(|| WordsError::Word(group.clone()))?;
            for c in group.chars() {
                let slot = reading::place(c).and_then(|place| self.lookalikes.get_mut(place));
                let slot = slot.ok_or_else(|| WordsError::Word(group.clone()))?;
                if slot.replace(first).is_some() {
                    return Err(WordsError::Twice(c.to_string()));
                }
            }
        }
        for (at, series) in (1..=u8::MAX).zip(&brand.series) {
            for c in series.chars() {
                let slot = reading::place(c).and_then(|place| self.series.get_mut(place));
                if std::mem::replace(slot.ok_or_else(|| WordsError::Word(series.clone()))?, at) != 0 {
                    return Err(WordsError::Twice(c.to_string()));
                }
            }
        }
        for c in brand.telling.chars() {
            let slot = reading::place(c).and_then(|place| self.telling.get_mut(place));
            *slot.ok_or_else(|| WordsError::Word(c.to_string()))? = true;
        }
        Ok(())
    }

    fn add_regions(&mut self, file: &File) -> Result<(), WordsError> {
        let root = self.add_region("中国", 0, &["CHINA".to_owned(), "PRC".to_owned()])?;
        for province in &file.province {
            let own = self.add_region(&province.name, root, &province.latin)?;
            for name in province.prefectures.split_whitespace() {
                let latin = file.spellings.get(name).map_or(&[][..], Vec::as_slice);
                let city = self.add_region(name, own, latin)?;
                let inside = |region: &&region::Region| {
                    let of = region.code.prefecture();
                    region.code != of && of.region().is_some_and(|prefecture| prefecture.name_zh == name)
                };
                for county in region::regions().iter().filter(inside) {
                    self.add_region(county.name_zh, city, &[])?;
                }
            }
        }
        Ok(())
    }

    /// Adds a region under its full name, its short one when that has two characters, and what Latin names call it.
    fn add_region(&mut self, name: &str, within: RegionId, latin: &[String]) -> Result<RegionId, WordsError> {
        checked(name)?;
        self.areas.push(Area { name: name.to_owned(), within });
        let id = RegionId::try_from(self.areas.len()).map_err(|_| WordsError::TooMany)?;
        if self.regions.insert(name.to_owned(), id).is_some() {
            return Err(WordsError::Twice(name.to_owned()));
        }
        let kinds = [
            "特别行政区",
            "维吾尔自治区",
            "壮族自治区",
            "回族自治区",
            "自治区",
            "省",
            "市",
            "区",
            "县",
            "盟",
        ];
        let short = kinds.iter().find_map(|kind| name.strip_suffix(kind)).unwrap_or(name);
        if short.chars().count() >= 2 {
            // A prefecture before a county of the same short name.
            self.regions.entry(short.to_owned()).or_insert(id);
            let spelled = reading::spell(short);
            for call in latin.iter().chain(if latin.is_empty() { Some(&spelled) } else { None }) {
                checked(call)?;
                for kind in ["", "PROVINCE", "CITY", "DISTRICT", "COUNTY", "SHI", "SHENG"] {
                    self.latin.entry(format!("{call}{kind}")).or_insert(Meaning::Region(id));
                }
            }
        }
        Ok(id)
    }

    fn add_trades(&mut self, groups: &[Group]) -> Result<(), WordsError> {
        if groups.len() > MAX_TRADES {
            return Err(WordsError::TooMany);
        }
        for (at, group) in groups.iter().enumerate() {
            let bit = 1u64 << at;
            for word in &group.words {
                checked(word)?;
                if self.trades.insert(word.clone(), bit).is_some() {
                    return Err(WordsError::Twice(word.clone()));
                }
                self.latin.entry(reading::spell(word)).or_insert(Meaning::Trade(bit));
            }
            for word in &group.latin {
                checked(word)?;
                self.latin.insert(word.clone(), Meaning::Trade(bit));
            }
        }
        Ok(())
    }

    fn add_forms(&mut self, forms: &[Form]) -> Result<(), WordsError> {
        for (at, form) in forms.iter().enumerate() {
            let id = FormId::try_from(at).map_err(|_| WordsError::TooMany)?;
            self.kinds.push(form.kind.clone());
            for word in &form.words {
                checked(word)?;
                if self.forms.insert(word.clone(), id).is_some() {
                    return Err(WordsError::Twice(word.clone()));
                }
                let chars: Box<[char]> = word.chars().collect();
                // What stands in brackets is taken with them or not at all.
                if chars.len() >= slips::MIN_CHARS && !chars.contains(&'(') {
                    self.long_forms.push((chars, id));
                }
                self.latin.entry(reading::spell(word)).or_insert(Meaning::Form(id));
            }
            for word in &form.latin {
                checked(word)?;
                self.latin.insert(word.clone(), Meaning::Form(id));
            }
        }
        Ok(())
    }

    /// The longest region that the text begins with, and its length in bytes.
    pub(super) fn region_at_start(&self, text: &str) -> Option<(RegionId, usize)> {
        prefixes(text).find_map(|start| self.regions.get(start).map(|id| (*id, start.len())))
    }

    /// The region of exactly this name.
    pub(super) fn region(&self, text: &str) -> Option<RegionId> {
        self.regions.get(text).copied()
    }

    /// The longest trade word that the text ends with, and where it begins.
    pub(super) fn trade_at_end(&self, text: &str) -> Option<(u64, usize)> {
        suffixes(text).find_map(|end| self.trades.get(end).map(|bit| (*bit, text.len() - end.len())))
    }

    /// The longest form that the text ends with, and where it begins.
    pub(super) fn form_at_end(&self, text: &str) -> Option<(FormId, usize)> {
        suffixes(text).find_map(|end| self.forms.get(end).map(|id| (*id, text.len() - end.len())))
    }

    /// The forms that are known with a slip in them, in the order of their text.
    pub(super) fn long_forms(&self) -> impl Iterator<Item = (&[char], FormId)> {
        self.long_forms.iter().map(|(form, id)| (&**form, *id))
    }

    /// Every name of a region.
    pub(super) fn regions(&self) -> impl Iterator<Item = (&str, RegionId)> {
        self.regions.iter().map(|(name, id)| (name.as_str(), *id))
    }

    /// What a Latin word stands for; two trade words that are written as one (GUOJIMAOYI) are both.
    pub(super) fn latin(&self, letters: &str) -> Option<Meaning> {
        self.latin.get(letters).copied().or_else(|| self.two_trades(letters))
    }

    fn two_trades(&self, letters: &str) -> Option<Meaning> {
        let most = letters.len().checked_sub(MIN_TRADE_LETTERS)?;
        (MIN_TRADE_LETTERS..=most).find_map(|at| match letters.split_at_checked(at) {
            Some((one, other)) => match (self.latin.get(one), self.latin.get(other)) {
                (Some(Meaning::Trade(one)), Some(Meaning::Trade(other))) => Some(Meaning::Trade(one | other)),
                _ => None,
            },
            None => None,
        })
    }

    /// Whether both are the kind of body, a company for both limited companies and groups.
    #[must_use]
    pub fn same_kind(&self, a: FormId, b: FormId) -> bool {
        self.kinds.get(usize::from(a)) == self.kinds.get(usize::from(b))
    }

    /// Whether one is the other or lies inside it.
    #[must_use]
    pub fn nested(&self, a: RegionId, b: RegionId) -> bool {
        self.within(a, b) || self.within(b, a)
    }

    fn within(&self, mut inner: RegionId, outer: RegionId) -> bool {
        while inner != 0 && inner != outer {
            inner = self.area(inner).map_or(0, |area| area.within);
        }
        inner == outer
    }

    fn area(&self, id: RegionId) -> Option<&Area> {
        self.areas.get(usize::from(id).checked_sub(1)?)
    }

    /// The more exact of two regions of one name; the later one when neither lies in the other.
    pub(super) fn narrower(&self, earlier: RegionId, later: RegionId) -> RegionId {
        if later == 0 || (earlier != 0 && self.within(earlier, later)) { earlier } else { later }
    }

    /// The full name of a region; empty for none.
    #[must_use]
    pub fn region_name(&self, id: RegionId) -> &str {
        self.area(id).map_or("", |area| &area.name)
    }

    /// The character that stands for those written for one another, a digit for numerals; itself when there are none.
    #[must_use]
    pub fn plain(&self, c: char) -> char {
        let group = || reading::place(c).and_then(|place| self.lookalikes.get(place).copied().flatten());
        slips::numeral(c).unwrap_or_else(|| group().unwrap_or(c))
    }

    /// Whether the characters are of one series (春, 秋) or opposite (远, 近), so that no one writes one for the other.
    #[must_use]
    pub fn in_series(&self, a: char, b: char) -> bool {
        let series = |c| reading::place(c).and_then(|place| self.series.get(place)).copied().unwrap_or(0);
        a != b && series(a) != 0 && series(a) == series(b)
    }

    /// Whether the character tells brands apart on purpose (新, 二, 东…).
    #[must_use]
    pub fn is_telling(&self, c: char) -> bool {
        match reading::place(c) {
            Some(place) => self.telling.get(place).copied().unwrap_or(false),
            // No common ideograph is a number to Unicode.
            None => c.is_numeric(),
        }
    }
}

fn checked(word: &str) -> Result<(), WordsError> {
    let length = word.chars().count();
    let fine = (1..=MAX_WORD_CHARS).contains(&length) && super::fold::fold(word) == word;
    if fine { Ok(()) } else { Err(WordsError::Word(word.to_owned())) }
}

/// The starts of a text, from the longest that a word can have.
fn prefixes(text: &str) -> impl Iterator<Item = &str> {
    let ends: Vec<usize> =
        text.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_WORD_CHARS).collect();
    ends.into_iter().rev().filter_map(|end| text.get(..end))
}

/// The ends of a text, from the longest that a word can have.
fn suffixes(text: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = text.char_indices().rev().map(|(at, _)| at).take(MAX_WORD_CHARS).collect();
    starts.into_iter().rev().filter_map(|start| text.get(start..))
}
