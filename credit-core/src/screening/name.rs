//! A name taken apart: region, brand, trade, form, branch. A subject: its names and its code.

use super::fold::{fold, is_han};
use super::latin;
use super::slips;
use super::words::{FormId, RegionId, Words};
use crate::uscc::Uscc;

/// Longest name, in characters. The longest registered ones have some eighty.
pub const MAX_NAME_CHARS: usize = 200;

/// Most names of one subject, former ones included.
pub const MAX_NAMES: usize = 16;

/// Fewest characters that trade words leave to a brand.
const MIN_BRAND_CHARS: usize = 2;

/// Most characters of a county or street after a region, without its kind (宜宾市翠屏区).
const MAX_PLACE_CHARS: usize = 4;

/// One name, folded and taken apart; small, so that millions fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What is left when the other parts are gone; never empty. Latin brands are written together.
    pub brand: Box<str>,
    /// The narrowest region of the name; 0 is none.
    pub region: RegionId,
    /// The groups of trade words, one bit each; 0 is none.
    pub trades: u64,
    pub form: Option<FormId>,
    /// The form, or the region, is written with a slip.
    pub form_slip: bool,
    pub region_slip: bool,
    /// What names the branch, when it is one.
    pub branch: Option<Box<str>>,
    /// The brand has ideographs.
    pub is_han: bool,
}

/// An enterprise or an entry of a list as screening sees it: its names, the current one first, and its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    names: Box<[Name]>,
    uscc: Option<Uscc>,
}

/// Why a name cannot be screened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("the name has no letters")]
    Empty,
    #[error("a name has at most {MAX_NAME_CHARS} characters, this has {0}")]
    TooLong(usize),
    #[error("a subject has at most {MAX_NAMES} names, this has {0}")]
    TooMany(usize),
    #[error("neither a name nor a code")]
    Nothing,
}

impl Subject {
    /// A subject by its name as written; what stands in brackets as a former name becomes one.
    ///
    /// # Errors
    /// [`NameError`] for a name that is empty or too long.
    pub fn named(name: &str, uscc: Option<Uscc>) -> Result<Self, NameError> {
        Self::new(&[name], uscc)
    }

    /// A subject by its names, the current one first and the former ones after it, its code or both.
    ///
    /// # Errors
    /// [`NameError`] for a name that is empty or too long, too many names, neither name nor code.
    pub fn new(names: &[&str], uscc: Option<Uscc>) -> Result<Self, NameError> {
        let mut parsed = Vec::new();
        for name in names {
            for one in Name::parse_all(name)? {
                if !parsed.contains(&one) {
                    parsed.push(one);
                }
            }
        }
        Self::of(parsed, uscc)
    }

    /// A subject by names that were taken apart before.
    ///
    /// # Errors
    /// [`NameError`] for too many names, neither name nor code.
    pub fn of(names: Vec<Name>, uscc: Option<Uscc>) -> Result<Self, NameError> {
        if names.len() > MAX_NAMES {
            return Err(NameError::TooMany(names.len()));
        }
        if names.is_empty() && uscc.is_none() {
            return Err(NameError::Nothing);
        }
        Ok(Self { names: names.into(), uscc })
    }

    /// The names, the current one first.
    #[must_use]
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    #[must_use]
    pub fn uscc(&self) -> Option<&Uscc> {
        self.uscc.as_ref()
    }
}

impl Name {
    /// Takes one name apart; a former name in brackets is left out.
    ///
    /// # Errors
    /// [`NameError`] for a name without letters or longer than [`MAX_NAME_CHARS`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Self::parse_all(text)?.into_iter().next().ok_or(NameError::Empty)
    }

    /// The name, then the former names that stand in its brackets.
    ///
    /// # Errors
    /// [`NameError`] for a name without letters or longer than [`MAX_NAME_CHARS`].
    pub fn parse_all(text: &str) -> Result<Vec<Self>, NameError> {
        let length = text.chars().count();
        if length > MAX_NAME_CHARS {
            return Err(NameError::TooLong(length));
        }
        let words = Words::embedded();
        let (main, formers) = without_formers(&fold(text), words);
        let mut names = vec![Self::of(&main, words).ok_or(NameError::Empty)?];
        names.extend(formers.iter().filter_map(|former| Self::of(former, words)));
        Ok(names)
    }

    fn of(folded: &str, words: &Words) -> Option<Self> {
        if !folded.chars().any(char::is_alphanumeric) {
            return None;
        }
        Some(if folded.chars().any(is_han) { han(folded, words) } else { latin::parse(folded, words) })
    }
}

/// Takes out what stands in brackets after a word such as 原名 or FORMERLY.
fn without_formers(folded: &str, words: &Words) -> (String, Vec<String>) {
    let mut main = String::with_capacity(folded.len());
    let mut formers = Vec::new();
    let mut rest = folded;
    while let Some((before, after)) = rest.split_once('(') {
        main.push_str(before);
        let (inside, behind) = closed(after);
        let former = words.formers.iter().find_map(|word| inside.strip_prefix(word.as_str()));
        match former.map(str::trim).filter(|name| name.chars().count() > MIN_BRAND_CHARS) {
            Some(name) => formers.push(name.to_owned()),
            None => {
                main.push('(');
                main.push_str(inside);
                main.push(')');
            }
        }
        rest = behind;
    }
    main.push_str(rest);
    (main, formers)
}

/// What is inside a bracket that has been opened, brackets in it included, and what follows it.
fn closed(after: &str) -> (&str, &str) {
    let mut depth = 1usize;
    for (at, c) in after.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (after.get(..at).unwrap_or_default(), after.get(at + 1..).unwrap_or_default());
        }
    }
    (after, "")
}

fn han(folded: &str, words: &Words) -> Name {
    let (body, branch) = split_branch(folded, words);
    let Formed { rest: body, mut form, is_slip: form_slip } = take_form(body, words);
    let (mut region, body) = take_brackets(body, words, &mut form);
    let mut rest = body.as_str();
    let (mut leading, mut region_slip) = (0, false);
    while let Some((id, length, is_slip)) = region_at_start(rest, words) {
        let Some(after) = rest.get(length..).filter(|after| after.chars().count() >= 2) else { break };
        // 长宁长宁: a second region that lies outside the first is the brand.
        if leading != 0 && !words.nested(leading, id) {
            break;
        }
        leading = words.narrower(leading, id);
        region_slip |= is_slip;
        let is_full = rest.get(..length).is_some_and(|name| name.ends_with(['省', '市', '州']));
        rest = if is_full { without_place(after) } else { after };
    }
    region = words.narrower(leading, region);
    let mut trades = 0;
    while let Some((bit, start)) = words.trade_at_end(rest) {
        let Some(before) = rest.get(..start).filter(|before| before.chars().count() >= MIN_BRAND_CHARS)
        else {
            break;
        };
        trades |= bit;
        rest = before;
    }
    let brand = brand_of(rest, folded);
    Name {
        region,
        trades,
        form,
        form_slip,
        region_slip,
        branch: branch.map(Into::into),
        is_han: brand.chars().any(is_han),
        brand: brand.into(),
    }
}

/// The letters and digits of what is left of a name, of all of it when nothing is left.
pub(super) fn brand_of(rest: &str, folded: &str) -> String {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let brand = letters(rest);
    if brand.is_empty() { letters(folded) } else { brand }
}

/// 某某有限公司宜宾分公司: the parent and what names the branch.
fn split_branch<'a>(text: &'a str, words: &Words) -> (&'a str, Option<&'a str>) {
    if !words.branches.iter().any(|word| text.ends_with(word.as_str())) {
        return (text, None);
    }
    // Behind the first form, which ends in 公司 or is a word of its own.
    let ends = text.match_indices("公司").map(|(at, found)| at + found.len());
    for end in ends {
        let (Some(parent), Some(branch)) = (text.get(..end), text.get(end..)) else { continue };
        if !branch.is_empty() && words.form_at_end(parent).is_some_and(|(_, start)| start > 0) {
            return (parent, Some(branch));
        }
    }
    (text, None)
}

/// The region that a text begins with, its length in bytes, and whether it is written with a slip.
fn region_at_start(text: &str, words: &Words) -> Option<(RegionId, usize, bool)> {
    let exact = words.region_at_start(text).map(|(id, length)| (id, length, false));
    exact.or_else(|| slips::region(text, words).map(|(id, length)| (id, length, true)))
}

/// A text without its form.
struct Formed<'a> {
    rest: &'a str,
    form: Option<FormId>,
    is_slip: bool,
}

/// Takes the forms off the end (经营部(个体工商户) has two); the first found, read from the left, is the form. One with a
/// slip in it counts when it takes more than 公司 alone, or stands behind a trade word.
fn take_form<'a>(text: &'a str, words: &Words) -> Formed<'a> {
    let (mut rest, mut form) = (text, None);
    while let Some((id, start)) = words.form_at_end(rest) {
        let Some(before) = rest.get(..start).filter(|before| before.chars().any(is_han)) else { break };
        // A group's limited company is a limited company.
        form = if form.is_some_and(|later| words.same_kind(later, id)) { form } else { Some(id) };
        rest = before;
    }
    let taken = text.get(rest.len()..).unwrap_or_default();
    let is_whole = taken.chars().count() >= slips::MIN_CHARS;
    if let Some(slip) = slips::form(text, words).filter(|slip| slip.start < rest.len())
        && let Some(before) =
            text.get(..slip.start).filter(|before| before.chars().filter(|c| is_han(*c)).count() >= 2)
        && (!(is_whole || slip.is_weak) || words.trade_at_end(before).is_some())
    {
        return Formed { rest: before, form: Some(slip.form), is_slip: true };
    }
    Formed { rest, form, is_slip: false }
}

/// Brackets in the middle: a region goes to the regions, a form to the forms, all else stays where it is.
fn take_brackets(text: &str, words: &Words, form: &mut Option<FormId>) -> (RegionId, String) {
    let (mut region, mut body) = (0, String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        body.push_str(before);
        let (inside, behind) = closed(after);
        if let Some(id) = words.region(inside) {
            region = words.narrower(region, id);
        } else if let Some((id, 0)) = words.form_at_end(inside) {
            *form = form.or(Some(id));
        } else {
            body.push_str(inside);
        }
        rest = behind;
    }
    body.push_str(rest);
    (region, body)
}

/// Without a county, district or town right behind a province or city.
fn without_place(text: &str) -> &str {
    const NOT_PLACES: [&str; 9] = ["园区", "小区", "社区", "景区", "超市", "城市", "都市", "地区", "集市"];
    for (count, (at, c)) in text.char_indices().take(MAX_PLACE_CHARS + 1).enumerate() {
        let end = at + c.len_utf8();
        if count >= 2 && matches!(c, '区' | '县' | '市' | '镇') {
            let place = text.get(..end).unwrap_or_default();
            let rest = text.get(end..).unwrap_or_default();
            let is_place = !NOT_PLACES.iter().any(|word| place.ends_with(word)) && rest.chars().count() >= 4;
            return if is_place { rest } else { text };
        }
    }
    text
}
