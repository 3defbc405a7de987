//! Physical lines of a file, each at most [`MAX_LINE_BYTES`] long, in constant memory.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::limits::MAX_LINE_BYTES;

/// A physical line.
#[derive(Debug)]
pub(super) struct Line {
    /// Counted from 1.
    pub number: u64,
    /// With its line end; of a line that is too long only the beginning.
    pub bytes: Vec<u8>,
    pub too_long: bool,
}

impl Line {
    /// Without LF, CRLF, or a lone CR at the end.
    pub fn content(&self) -> &[u8] {
        strip_line_end(&self.bytes)
    }
}

pub(super) fn strip_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    /// Lines that were read and given back.
    pending: VecDeque<Line>,
    next_number: u64,
    bytes_read: u64,
    last_len: usize,
}

impl Lines {
    pub fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, pending: VecDeque::new(), next_number: 1, bytes_read: 0, last_len: 0 }
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next line, or `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.pending.pop_front() {
            return Ok(Some(line));
        }
        // Rows of a file are of similar length: one allocation of the last one's size serves most.
        let mut bytes = Vec::with_capacity(self.last_len + 16);
        let too_long = self.read_into(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.last_len = if too_long { 0 } else { bytes.len() };
        let number = self.next_number;
        self.next_number += 1;
        Ok(Some(Line { number, bytes, too_long }))
    }

    /// Gives lines back, to be read again in the same order before anything else.
    pub fn give_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.pending.push_front(line);
        }
    }

    /// Reads one line; the part beyond the limit is skipped. Answers whether there was such a part.
    fn read_into(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let mut too_long = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = memchr::memchr(b'\n', chunk);
            let taken = end.map_or(chunk.len(), |at| at + 1);
            let part = chunk.get(..taken).unwrap_or_default();
            // Two bytes for the line end itself.
            let room = (MAX_LINE_BYTES + 2).saturating_sub(bytes.len());
            too_long |= part.len() > room;
            bytes.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            self.reader.consume(taken);
            self.bytes_read = self.bytes_read.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
            if end.is_some() || taken == 0 {
                return Ok(too_long || strip_line_end(bytes).len() > MAX_LINE_BYTES);
            }
        }
    }
}
