//! Trust policies (C2SP `tlog-policy`): which log keys are believed, which witnesses are known, and which set
//! of witnesses is enough. Names and comments must be UTF-8 here; the specification allows any bytes.

use std::collections::BTreeSet;
use std::str::FromStr;

#[cfg(any(feature = "pq", feature = "gm"))]
use crate::extra::ExtraVkey;
use crate::note::{KeyKind, Note, NoteError, SignatureLine, Vkey};

/// Longest policy file, in bytes.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;

/// Most logs, most witnesses and most groups, each (the least the specification recommends to support).
pub const MAX_ITEMS: usize = 32;

/// The name that means "no witness needed".
const NONE: &str = "none";

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("the line begins with no known word")]
    Keyword,
    #[error("the line has too few or too many parts")]
    Parts,
    #[error("{0}")]
    Key(#[from] NoteError),
    #[error("a log signs with type 0x01, a witness with type 0x04")]
    KeyKind,
    #[error("the key is there twice")]
    DuplicateKey,
    #[error("the name {0} is there twice or reserved")]
    DuplicateName(String),
    #[error("the name {0} is not defined above")]
    UnknownName(String),
    #[error("the name {0} is a member of two groups")]
    SecondGroup(String),
    #[error("the threshold is not between 1 and the number of members")]
    Threshold,
    #[error("more than {MAX_ITEMS} of one kind")]
    TooMany,
    #[error("a second quorum")]
    SecondQuorum,
}

/// Why a text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("a policy of {0} bytes is above the limit of {MAX_POLICY_BYTES}")]
    TooLong(usize),
    #[error("the policy is not UTF-8")]
    NotUtf8,
    #[error("the policy holds a control character")]
    ControlCharacter,
    #[error("line {line}: {error}")]
    Line { line: usize, error: LineError },
    #[error("the policy has no quorum line")]
    NoQuorum,
}

/// A log that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its name is the origin of the log.
    pub vkey: Vkey,
    pub url: Option<String>,
}

/// A witness that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Name inside the policy.
    pub name: String,
    pub vkey: Vkey,
    pub url: Option<String>,
}

/// A set of members of which `threshold` are enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub threshold: usize,
    pub members: Vec<Member>,
}

/// Place of a witness or group in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    Witness(usize),
    Group(usize),
}

/// A policy. [`Policy::of_log`] makes one without witnesses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Option<Member>,
    #[cfg(any(feature = "pq", feature = "gm"))]
    extra: Vec<ExtraVkey>,
}

impl Policy {
    /// One log, no witness, no quorum.
    ///
    /// # Errors
    /// When the key is a cosigner's.
    pub fn of_log(vkey: Vkey) -> Result<Self, LineError> {
        let mut policy = Self::default();
        policy.add_log(vkey, None)?;
        Ok(policy)
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotUtf8)?;
        if text.bytes().any(|byte| byte == 0x7f || byte < 0x20 && byte != b'\t' && byte != b'\n') {
            return Err(PolicyError::ControlCharacter);
        }
        let mut reader = Reader::default();
        for (at, line) in text.split('\n').enumerate() {
            reader.line(line).map_err(|error| PolicyError::Line { line: at + 1, error })?;
        }
        if reader.quorum_seen { Ok(reader.policy) } else { Err(PolicyError::NoQuorum) }
    }

    #[must_use]
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// `None` when the policy asks for no witness.
    #[must_use]
    pub fn quorum(&self) -> Option<Member> {
        self.quorum
    }

    /// Every key the policy knows: logs, then witnesses, in their order.
    #[must_use]
    pub fn keys(&self) -> Vec<Vkey> {
        let logs = self.logs.iter().map(|log| log.vkey.clone());
        logs.chain(self.witnesses.iter().map(|witness| witness.vkey.clone())).collect()
    }

    /// The note with the lines of known keys only, each once, logs first, in the policy's order.
    #[must_use]
    pub fn keep_known(&self, note: &Note) -> Note {
        let line_of = |vkey: Vkey| note.signatures.iter().find(|line| vkey.claims(line)).cloned();
        let known = self.keys().into_iter().filter_map(line_of);
        #[cfg(any(feature = "pq", feature = "gm"))]
        let known = known.chain(self.extra.iter().filter_map(|vkey| {
            let mut lines = note.signatures.iter();
            lines.find(|line| vkey.claims(line)).cloned()
        }));
        Note { text: note.text.clone(), signatures: known.collect() }
    }

    /// Keys of extra signature lines, in their order.
    #[cfg(any(feature = "pq", feature = "gm"))]
    #[must_use]
    pub fn extra(&self) -> &[ExtraVkey] {
        &self.extra
    }

    /// Place of the extra key that a line claims to be by, and whether the line is right; `None` when no such key
    /// of this log is known.
    pub(crate) fn check_extra(
        &self,
        origin: &str,
        text: &str,
        line: &SignatureLine,
    ) -> Option<(usize, bool)> {
        #[cfg(any(feature = "pq", feature = "gm"))]
        {
            let mut keys = self.extra.iter().enumerate();
            let (place, vkey) = keys.find(|(_, vkey)| vkey.name() == origin && vkey.claims(line))?;
            Some((place, vkey.verify(text, line).is_ok()))
        }
        #[cfg(not(any(feature = "pq", feature = "gm")))]
        {
            let _ = (origin, text, line);
            None
        }
    }

    /// A log's line in the file: its key, or with the features for them a key of its extra lines.
    fn log_line(&mut self, text: &str, url: Option<&str>) -> Result<(), LineError> {
        match text.parse::<Vkey>() {
            Ok(vkey) => self.add_log(vkey, url.map(ToOwned::to_owned)),
            #[cfg(any(feature = "pq", feature = "gm"))]
            Err(NoteError::VkeyType(_)) => self.add_extra(text.parse()?),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(any(feature = "pq", feature = "gm"))]
    fn add_extra(&mut self, vkey: ExtraVkey) -> Result<(), LineError> {
        if self.extra.contains(&vkey) {
            return Err(LineError::DuplicateKey);
        }
        if self.extra.len() == MAX_ITEMS {
            return Err(LineError::TooMany);
        }
        self.extra.push(vkey);
        Ok(())
    }

    /// Whether these witnesses (places in [`Policy::witnesses`]) are enough. Always true without a quorum.
    #[must_use]
    pub fn is_quorum(&self, cosigned: &BTreeSet<usize>) -> bool {
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        let has = |member: &Member, groups: &[bool]| match member {
            Member::Witness(at) => cosigned.contains(at),
            Member::Group(at) => groups.get(*at).copied().unwrap_or(false),
        };
        // A group's members are defined above it, so one pass in order is enough.
        for group in &self.groups {
            let count = group.members.iter().filter(|member| has(member, &groups)).count();
            groups.push(count >= group.threshold);
        }
        self.quorum.is_none_or(|quorum| has(&quorum, &groups))
    }

    fn add_log(&mut self, vkey: Vkey, url: Option<String>) -> Result<(), LineError> {
        if vkey.kind() != KeyKind::Ed25519 {
            return Err(LineError::KeyKind);
        }
        if self.logs.iter().any(|log| log.vkey.key() == vkey.key()) {
            return Err(LineError::DuplicateKey);
        }
        if self.logs.len() == MAX_ITEMS {
            return Err(LineError::TooMany);
        }
        self.logs.push(Log { vkey, url });
        Ok(())
    }

    fn add_witness(&mut self, name: &str, vkey: Vkey, url: Option<String>) -> Result<(), LineError> {
        if vkey.kind() != KeyKind::CosignatureV1 {
            return Err(LineError::KeyKind);
        }
        if self.witnesses.iter().any(|witness| witness.vkey.key() == vkey.key()) {
            return Err(LineError::DuplicateKey);
        }
        self.check_new_name(name)?;
        if self.witnesses.len() == MAX_ITEMS {
            return Err(LineError::TooMany);
        }
        self.witnesses.push(Witness { name: name.to_owned(), vkey, url });
        Ok(())
    }

    /// Witnesses and groups share one namespace.
    fn check_new_name(&self, name: &str) -> Result<(), LineError> {
        if name == NONE || self.member(name).is_some() {
            return Err(LineError::DuplicateName(name.to_owned()));
        }
        Ok(())
    }

    fn member(&self, name: &str) -> Option<Member> {
        let witness = self.witnesses.iter().position(|witness| witness.name == name).map(Member::Witness);
        witness.or_else(|| self.groups.iter().position(|group| group.name == name).map(Member::Group))
    }

    /// Adds a group; a name is a member of one group at most, so that no witness counts twice.
    fn add_group(&mut self, name: &str, rule: &str, names: &[&str]) -> Result<(), LineError> {
        self.check_new_name(name)?;
        if self.groups.len() == MAX_ITEMS {
            return Err(LineError::TooMany);
        }
        let mut members = Vec::new();
        for name in names {
            let member = self.member(name).ok_or_else(|| LineError::UnknownName((*name).to_owned()))?;
            if members.contains(&member) || self.groups.iter().any(|group| group.members.contains(&member)) {
                return Err(LineError::SecondGroup((*name).to_owned()));
            }
            members.push(member);
        }
        let threshold = match rule {
            "any" => 1,
            "all" => members.len(),
            number => {
                let number = crate::encoding::decimal(number).ok_or(LineError::Threshold)?;
                usize::try_from(number).map_err(|_| LineError::Threshold)?
            }
        };
        if threshold == 0 || threshold > members.len() {
            return Err(LineError::Threshold);
        }
        self.groups.push(Group { name: name.to_owned(), threshold, members });
        Ok(())
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text.as_bytes())
    }
}

/// A policy while its file is read.
#[derive(Default)]
struct Reader {
    policy: Policy,
    quorum_seen: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), LineError> {
        let parts: Vec<&str> = line.split([' ', '\t']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", vkey] => self.policy.log_line(vkey, None),
            ["log", vkey, url] => self.policy.log_line(vkey, Some(url)),
            ["witness", name, vkey] => self.policy.add_witness(name, vkey.parse()?, None),
            ["witness", name, vkey, url] => {
                self.policy.add_witness(name, vkey.parse()?, Some((*url).to_owned()))
            }
            ["group", name, rule, members @ ..] if !members.is_empty() => {
                self.policy.add_group(name, rule, members)
            }
            ["quorum", name] => self.quorum(name),
            ["log" | "witness" | "group" | "quorum", ..] => Err(LineError::Parts),
            _ => Err(LineError::Keyword),
        }
    }

    fn quorum(&mut self, name: &str) -> Result<(), LineError> {
        if self.quorum_seen {
            return Err(LineError::SecondQuorum);
        }
        if name != NONE {
            let member = self.policy.member(name).ok_or_else(|| LineError::UnknownName(name.to_owned()))?;
            self.policy.quorum = Some(member);
        }
        self.quorum_seen = true;
        Ok(())
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
