//! Byte strings and texts with a limit, so that every entry has a greatest length and no length prefix
//! makes a reader allocate what the input cannot hold.

use parity_scale_codec::{
    Compact, CompactLen, Decode, DecodeWithMemTracking, Encode, EncodeLike, Error, Input, MaxEncodedLen,
    Output,
};
use scale_info::{Type, TypeInfo};

/// A value longer than its type allows, or a text with control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoundError {
    #[error("{found} bytes, at most {max} allowed")]
    TooLong { max: usize, found: usize },
    #[error("the text holds a control character")]
    ControlCharacter,
}

/// At most `MAX` bytes; in SCALE a `Vec<u8>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

/// UTF-8 of at most `MAX` bytes without control characters; in SCALE a `str`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Bytes<MAX> {
    /// # Errors
    /// When there are more than `MAX` bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, BoundError> {
        if bytes.len() > MAX {
            return Err(BoundError::TooLong { max: MAX, found: bytes.len() });
        }
        Ok(Self(bytes))
    }

    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> Text<MAX> {
    /// # Errors
    /// When there are more than `MAX` bytes or a control character.
    pub fn new(text: impl Into<String>) -> Result<Self, BoundError> {
        let text = text.into();
        if text.len() > MAX {
            return Err(BoundError::TooLong { max: MAX, found: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(BoundError::ControlCharacter);
        }
        Ok(Self(text))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Encode for Bytes<MAX> {
    fn size_hint(&self) -> usize {
        self.0.size_hint()
    }

    fn encode_to<O: Output + ?Sized>(&self, dest: &mut O) {
        self.0.encode_to(dest);
    }
}

impl<const MAX: usize> Encode for Text<MAX> {
    fn size_hint(&self) -> usize {
        self.0.size_hint()
    }

    fn encode_to<O: Output + ?Sized>(&self, dest: &mut O) {
        self.0.encode_to(dest);
    }
}

impl<const MAX: usize> EncodeLike for Bytes<MAX> {}
impl<const MAX: usize> EncodeLike for Text<MAX> {}

/// Reads the length, refuses it when above `max`, and only then makes room.
fn decode_bytes<I: Input>(input: &mut I, max: usize) -> Result<Vec<u8>, Error> {
    let length = Compact::<u32>::decode(input)?.0;
    let length = usize::try_from(length).map_err(|_| Error::from("length above the limit"))?;
    if length > max {
        return Err(Error::from("length above the limit"));
    }
    let mut bytes = vec![0; length];
    input.read(&mut bytes)?;
    Ok(bytes)
}

impl<const MAX: usize> Decode for Bytes<MAX> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        decode_bytes(input, MAX).map(Self)
    }
}

impl<const MAX: usize> Decode for Text<MAX> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let text = String::from_utf8(decode_bytes(input, MAX)?).map_err(|_| Error::from("not UTF-8"))?;
        Self::new(text).map_err(|_| Error::from("control character in a text"))
    }
}

impl<const MAX: usize> DecodeWithMemTracking for Bytes<MAX> {}
impl<const MAX: usize> DecodeWithMemTracking for Text<MAX> {}

/// Length prefix and content at their longest.
fn max_encoded_len(max: usize) -> usize {
    let prefix = u32::try_from(max).map_or(5, |length| Compact::<u32>::compact_len(&length));
    max.saturating_add(prefix)
}

impl<const MAX: usize> MaxEncodedLen for Bytes<MAX> {
    fn max_encoded_len() -> usize {
        max_encoded_len(MAX)
    }
}

impl<const MAX: usize> MaxEncodedLen for Text<MAX> {
    fn max_encoded_len() -> usize {
        max_encoded_len(MAX)
    }
}

impl<const MAX: usize> TypeInfo for Bytes<MAX> {
    type Identity = <Vec<u8> as TypeInfo>::Identity;

    fn type_info() -> Type {
        <Vec<u8> as TypeInfo>::type_info()
    }
}

impl<const MAX: usize> TypeInfo for Text<MAX> {
    type Identity = <str as TypeInfo>::Identity;

    fn type_info() -> Type {
        <str as TypeInfo>::type_info()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use parity_scale_codec::DecodeAll;

    #[test]
    fn limits_hold_on_both_ways() {
        assert_eq!(Bytes::<3>::new(vec![0; 4]), Err(BoundError::TooLong { max: 3, found: 4 }));
        assert!(Bytes::<3>::decode_all(&mut vec![0u8; 4].encode().as_slice()).is_err());
        let three = Bytes::<3>::new(vec![1, 2, 3]).unwrap();
        assert_eq!(three.encode(), vec![1u8, 2, 3].encode());
        assert_eq!(Bytes::<3>::decode_all(&mut three.encode().as_slice()).unwrap(), three);
        assert_eq!(Bytes::<3>::max_encoded_len(), three.encode().len());
        assert_eq!(Bytes::<64>::max_encoded_len(), 66);
        // A length prefix of four gigabytes with nothing behind it.
        assert!(Bytes::<3>::decode_all(&mut [0xfe, 0xff, 0xff, 0xff].as_slice()).is_err());
    }

    #[test]
    fn texts_are_clean_utf8() {
        assert_eq!(Text::<9>::new("宜宾\n"), Err(BoundError::ControlCharacter));
        assert!(Text::<9>::decode_all(&mut vec![0xffu8].encode().as_slice()).is_err());
        assert!(Text::<9>::decode_all(&mut "a\u{7f}".to_string().encode().as_slice()).is_err());
        let text = Text::<6>::new("宜宾").unwrap();
        assert_eq!(Text::<6>::decode_all(&mut text.encode().as_slice()).unwrap(), text);
    }
}
