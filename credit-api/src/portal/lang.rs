//! The reader's language: asked for in the address, remembered in a cookie, else taken from the browser.

/// Cookie that remembers a language chosen by hand.
pub const LANG_COOKIE: &str = "xinji_lang";

/// A language of the portal. Chinese is the default, English is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// `zh` or `en`: what `?lang=` and the cookie hold.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }

    /// The value of the HTML attribute `lang` (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-Hans",
            Lang::En => "en",
        }
    }

    /// The other language, for the switch.
    #[must_use]
    pub fn other(self) -> Lang {
        match self {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        }
    }

    /// The language's own name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lang::Zh => "中文",
            Lang::En => "English",
        }
    }

    /// The text in this language.
    #[must_use]
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn from_code(code: &str) -> Option<Lang> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The first that says a known language: address, cookie, `Accept-Language`.
    #[must_use]
    pub fn negotiate(query: Option<&str>, cookie: Option<&str>, accept: Option<&str>) -> Lang {
        query
            .and_then(Self::from_code)
            .or_else(|| cookie.and_then(Self::from_code))
            .or_else(|| accept.and_then(preferred))
            .unwrap_or_default()
    }
}

/// The known language with the highest weight in `Accept-Language` (RFC 9110 section 12.5.4).
fn preferred(header: &str) -> Option<Lang> {
    let mut best: Option<(u16, Lang)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let Some(lang) = Lang::from_code(tag.split('-').next().unwrap_or_default()) else { continue };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, weight);
        if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A weight of `0`, `1` or a decimal of up to three places, in thousandths; anything else weighs nothing.
fn weight(text: &str) -> u16 {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = places.len() <= 3 && places.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" => 1000,
        "0" if digits => format!("{places:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_wins_then_the_cookie_then_the_browser() {
        let ask = Lang::negotiate;
        assert_eq!(ask(Some("en"), Some("zh"), Some("zh-CN")), Lang::En);
        assert_eq!(ask(Some("fr"), Some("en"), None), Lang::En);
        assert_eq!(ask(None, None, Some("en-GB,en;q=0.9,zh;q=0.8")), Lang::En);
        assert_eq!(ask(None, None, Some("en;q=0.5, zh-CN")), Lang::Zh);
        assert_eq!(ask(None, None, Some("en;q=0.25, zh;q=0.3")), Lang::Zh);
        assert_eq!(ask(None, None, Some("fr, de;q=0.5, en;q=0")), Lang::Zh);
        assert_eq!(ask(None, None, None), Lang::Zh);
    }
}
