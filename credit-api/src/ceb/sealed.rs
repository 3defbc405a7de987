//! Files of customs messages on the disk: AES-256-GCM in pieces (the STREAM construction), so that none is ever there
//! in the clear. What reads one gets it in a file without a name, which is gone with the process.
//!
//! Form: a mark, a salt of 32 bytes, then pieces of 64 KiB with a tag each. The key of a file is HMAC-SHA256 of the
//! salt under the zone's key, so that no nonce is used twice; the last piece is sealed as the last, so that a file
//! cut short does not open.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::aead::KeyInit;
use aes_gcm::{Aes256Gcm, Key};
use sha2::{Digest, Sha256};

use super::keys::KEY_BYTES;
use crate::identity::secrets::mac;

const MARK: &[u8; 8] = b"xinjisf1";
const SALT_BYTES: usize = 32;
/// Bytes of the clear file that are sealed together.
const PIECE_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
/// A key seals one file only, so that nothing needs to tell nonces apart but the piece's number.
const NONCE: [u8; 7] = [0; 7];

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 of the clear file, lower-case hex.
    pub digest: String,
    /// Of the clear file.
    pub bytes: u64,
}

fn cipher(key: &[u8; KEY_BYTES], salt: &[u8]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(mac(key, salt)))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a sealed file is damaged, or sealed with another key")
}

/// Seals everything `input` gives, up to `limit` bytes.
///
/// # Errors
/// I/O errors, and `FileTooLarge` past the limit.
pub fn seal(
    key: &[u8; KEY_BYTES],
    mut input: impl Read,
    output: &mut File,
    limit: u64,
) -> io::Result<Sealed> {
    let mut salt = [0u8; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(io::Error::other)?;
    output.write_all(MARK)?;
    output.write_all(&salt)?;
    let mut sealer = EncryptorBE32::from_aead(cipher(key, &salt), &NONCE.into());
    let (mut hasher, mut total) = (Sha256::new(), 0u64);
    let mut piece = read_piece(&mut input, PIECE_BYTES)?;
    loop {
        hasher.update(&piece);
        total = total.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if total > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("over {limit} bytes")));
        }
        let next = if piece.len() < PIECE_BYTES { Vec::new() } else { read_piece(&mut input, PIECE_BYTES)? };
        if next.is_empty() {
            let last = sealer.encrypt_last(piece.as_slice()).map_err(|_| damaged())?;
            output.write_all(&last)?;
            break;
        }
        output.write_all(&sealer.encrypt_next(piece.as_slice()).map_err(|_| damaged())?)?;
        piece = next;
    }
    output.sync_all()?;
    Ok(Sealed { digest: hex::encode(hasher.finalize()), bytes: total })
}

/// Opens a sealed file as one without a name in `folder`.
///
/// # Errors
/// I/O errors, and `InvalidData` for a file that is not as it was sealed.
pub fn open(key: &[u8; KEY_BYTES], path: &Path, folder: &Path) -> io::Result<File> {
    let mut input = File::open(path)?;
    let mut mark = [0u8; MARK.len()];
    let mut salt = [0u8; SALT_BYTES];
    input.read_exact(&mut mark)?;
    input.read_exact(&mut salt)?;
    if mark != *MARK {
        return Err(damaged());
    }
    let mut opener = DecryptorBE32::from_aead(cipher(key, &salt), &NONCE.into());
    let mut output = tempfile::tempfile_in(folder)?;
    let mut piece = read_piece(&mut input, PIECE_BYTES + TAG_BYTES)?;
    loop {
        let next = read_piece(&mut input, PIECE_BYTES + TAG_BYTES)?;
        if next.is_empty() {
            output.write_all(&opener.decrypt_last(piece.as_slice()).map_err(|_| damaged())?)?;
            break;
        }
        output.write_all(&opener.decrypt_next(piece.as_slice()).map_err(|_| damaged())?)?;
        piece = next;
    }
    output.seek(SeekFrom::Start(0))?;
    Ok(output)
}

/// Reads until the piece is full or the input ends.
fn read_piece(input: &mut impl Read, bytes: usize) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(bytes);
    input.take(u64::try_from(bytes).unwrap_or(u64::MAX)).read_to_end(&mut piece)?;
    Ok(piece)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn sealed(text: &[u8]) -> (tempfile::TempDir, std::path::PathBuf, Sealed) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealed");
        let told = seal(&KEY, text, &mut File::create(&path).unwrap(), u64::MAX).unwrap();
        (folder, path, told)
    }

    fn opened(folder: &Path, path: &Path) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        open(&KEY, path, folder)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn what_was_sealed_opens_at_every_border_of_a_piece() {
        for length in
            [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 3 * PIECE_BYTES + 5]
        {
            let text: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let (folder, path, told) = sealed(&text);
            assert_eq!(told.bytes, u64::try_from(length).unwrap());
            assert_eq!(told.digest, hex::encode(Sha256::digest(&text)));
            assert_eq!(opened(folder.path(), &path).unwrap(), text, "{length}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no clear file has a name");
        }
    }

    #[test]
    fn nothing_of_the_text_is_in_the_file_and_no_changed_file_opens() {
        let text = vec![b'x'; PIECE_BYTES + 100];
        let (folder, path, _) = sealed(&text);
        let bytes = std::fs::read(&path).unwrap();
        assert!(memchr::memmem::find(&bytes, b"xxxxxxxx").is_none());
        for at in (0..bytes.len()).step_by(997).chain([0, 8, 40, bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(opened(folder.path(), &path).is_err(), "byte {at}");
        }
        for length in [0, 7, 39, 40, 40 + PIECE_BYTES, 40 + PIECE_BYTES + TAG_BYTES, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(opened(folder.path(), &path).is_err(), "cut at {length}");
        }
        std::fs::write(&path, &bytes).unwrap();
        assert!(open(&[8; 32], &path, folder.path()).is_err(), "another key");
    }

    #[test]
    fn a_limit_holds() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(folder.path().join("f")).unwrap();
        let error = seal(&KEY, &b"12345"[..], &mut file, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
