//! Names and references of XML: what may stand in them, and what they stand for.

use std::borrow::Cow;

use super::error::Problem;
use super::text::is_allowed;

/// Whether a name without prefix may be one (XML 1.0, 2.3; of letters and digits what Unicode calls so).
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| matches!(c, '_' | '-' | '.') || c.is_alphanumeric())
}

/// Prefix and local name; the prefix is empty where there is none.
pub(super) fn split(name: &str) -> Result<(&str, &str), Problem> {
    let (prefix, local) = match name.split_once(':') {
        None => ("", name),
        Some((prefix, local)) if is_name(prefix) => (prefix, local),
        Some(_) => return Err(Problem::Name),
    };
    if is_name(local) { Ok((prefix, local)) } else { Err(Problem::Name) }
}

/// What a reference without `&` and `;` stands for: one of the five predefined entities, or a character.
pub(super) fn resolve(reference: &str) -> Result<char, Problem> {
    let Some(number) = reference.strip_prefix('#') else {
        return match reference {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            _ => Err(Problem::Entity),
        };
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(Problem::Entity);
    }
    let code = u32::from_str_radix(digits, radix).map_err(|_| Problem::Entity)?;
    let c = char::from_u32(code).ok_or(Problem::Entity)?;
    if is_allowed(c) { Ok(c) } else { Err(Problem::ControlChar) }
}

/// The value of an attribute as XML 1.0, 3.3.3 normalises it.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Problem> {
    if raw.contains('<') {
        return Err(Problem::Syntax);
    }
    if !raw.contains(['&', '\n', '\t']) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        let (reference, after) = after.split_once(';').ok_or(Problem::Entity)?;
        push_plain(&mut value, before);
        value.push(resolve(reference)?);
        rest = after;
    }
    push_plain(&mut value, rest);
    Ok(Cow::Owned(value))
}

fn push_plain(value: &mut String, text: &str) {
    value.extend(text.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }));
}

/// Whether a text is nothing but the white space of XML.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
