//! A strict scanner for one JSON object of plain values (RFC 8259).
//!
//! Numbers stay the text they were, never a float; nested values are checked and kept as text. Written here
//! because a general parser turns `0.1` into a binary fraction and keeps only the last of equal keys.

use std::borrow::Cow;

use super::limits::MAX_JSON_DEPTH;

/// A value of the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Null,
    Bool(&'a str),
    Number(&'a str),
    Text(Cow<'a, str>),
    Nested(&'a str),
}

/// What is wrong, in words that need no translation of the text around them.
pub(super) type Fault = &'static str;

/// Calls `take` with every key and value of the object that `text` is.
///
/// # Errors
/// The first thing that is not JSON, or what `take` objects to.
pub(super) fn read_object<'a>(
    text: &'a str,
    mut take: impl FnMut(Cow<'a, str>, Value<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut scan = Scan { text, at: 0 };
    scan.space();
    scan.need(b'{', "no object")?;
    scan.space();
    if scan.take(b'}') {
        return scan.end();
    }
    loop {
        scan.space();
        let key = scan.string()?;
        scan.space();
        scan.need(b':', "no colon after a key")?;
        scan.space();
        let value = scan.value(0)?;
        take(key, value)?;
        scan.space();
        if scan.take(b'}') {
            return scan.end();
        }
        scan.need(b',', "no comma between values")?;
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, byte: u8, fault: Fault) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(fault) }
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.peek().is_none() { Ok(()) } else { Err("something follows the object") }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, Fault> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'{' | b'[') => {
                self.nested(depth + 1)?;
                Ok(Value::Nested(self.since(start)))
            }
            Some(b't') => self.word("true").map(Value::Bool),
            Some(b'f') => self.word("false").map(Value::Bool),
            Some(b'n') => self.word("null").map(|_| Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => Err("no value"),
        }
    }

    fn word(&mut self, word: &'static str) -> Result<&'static str, Fault> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err("no value");
        }
        self.at += word.len();
        Ok(word)
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err("a number without digits") }
    }

    fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(self.since(start))
    }

    /// An array or object inside the row.
    fn nested(&mut self, depth: usize) -> Result<(), Fault> {
        if depth > MAX_JSON_DEPTH {
            return Err("nested too deeply");
        }
        let object = self.peek() == Some(b'{');
        let close = if object { b'}' } else { b']' };
        self.at += 1;
        self.space();
        if self.take(close) {
            return Ok(());
        }
        loop {
            self.space();
            if object {
                self.string()?;
                self.space();
                self.need(b':', "no colon after a key")?;
                self.space();
            }
            self.value(depth)?;
            self.space();
            if self.take(close) {
                return Ok(());
            }
            self.need(b',', "no comma between values")?;
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.need(b'"', "no string")?;
        let start = self.at;
        let plain = self.plain_run();
        if self.take(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        self.at = start;
        let mut text = String::new();
        loop {
            text.push_str(self.plain_run());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err("a control character in a string"),
                None => return Err("a string without end"),
            }
        }
    }

    /// Characters up to a quote, a backslash or a control character.
    fn plain_run(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|b| b != b'"' && b != b'\\' && b >= 0x20) {
            self.at += 1;
        }
        self.since(start)
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let kind = self.peek().ok_or("a string without end")?;
        self.at += 1;
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err("an unknown escape"),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let high = self.hex4()?;
        let code = match high {
            0xD800..=0xDBFF => {
                self.need(b'\\', "half a surrogate pair")?;
                self.need(b'u', "half a surrogate pair")?;
                match self.hex4()? {
                    low @ 0xDC00..=0xDFFF => 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00),
                    _ => return Err("half a surrogate pair"),
                }
            }
            code => code,
        };
        char::from_u32(code).ok_or("half a surrogate pair")
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self.rest().get(..4).ok_or("a short \\u escape")?;
        let mut code = 0;
        for digit in digits {
            code = code * 16 + char::from(*digit).to_digit(16).ok_or("a wrong \\u escape")?;
        }
        self.at += 4;
        Ok(code)
    }
}
