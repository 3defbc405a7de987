//! The one function that decides, over policies that can be replaced while the service runs.
//!
//! Policies are Cedar files, embedded in the program or in the folder that the setting `policies` names. They are
//! validated against the schema before they count. A folder that cannot be used at the start stops the start; one that
//! breaks later leaves the policies that were there, with an error in the log and in `/readyz` and `/healthz`.
//! Whatever the files say, nobody reads without a purpose what the public does not see.

mod decide;
mod engine;
mod files;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

pub use decide::Answer;
pub use engine::{About, Engine};
pub use files::{PolicyError, SCHEMA, embedded};

use super::ask::Question;
use super::outcome::Outcome;
use super::{Ask, Audience, Decision, Principal, Purpose};
use crate::folder::{Kept, Text};

/// The rule, shared by everybody who asks it. Cheap to clone.
#[derive(Clone)]
pub struct Rules(Arc<Kept<Engine>>);

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rules").field(&self.engine().version()).finish()
    }
}

impl Rules {
    /// The policies of the folder, or the embedded ones.
    ///
    /// # Errors
    /// [`PolicyError`] names file and line.
    pub fn open(folder: Option<&Path>) -> Result<Self, PolicyError> {
        Ok(Self(Arc::new(Kept::open(files::KIND, folder, embedded, Engine::new)?)))
    }

    /// The policies in force.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        self.0.now()
    }

    /// What the rule says: the one place where it is decided who sees what.
    #[must_use]
    pub fn decide(&self, ask: &Ask<'_>) -> Decision {
        let question = ask.question();
        let answer = self.engine().answer(question);
        let consent =
            answer.by_consent.then(|| ask.consent().map(|granted| granted.id.as_str().into())).flatten();
        Decision { outcome: answer.outcome, policy: answer.policy, consent }
    }

    /// The purposes this caller may name; none for whoever has not signed in.
    #[must_use]
    pub fn purposes_of(&self, principal: &Principal) -> Vec<Purpose> {
        self.engine().purposes_of(principal.audience).to_vec()
    }

    /// The purposes that this caller may name and for which the question would be allowed.
    #[must_use]
    pub fn purposes_for(&self, ask: &Ask<'_>) -> Vec<Purpose> {
        self.engine().purposes_for(ask.question())
    }

    /// What the public sees of a block: then no purpose is asked for and no look is logged.
    #[must_use]
    pub fn is_public(&self, ask: &Ask<'_>) -> bool {
        let question = Question { audience: Audience::Public, purpose: None, ..ask.question() };
        self.engine().answer(question).outcome == Outcome::Full
    }

    /// Why the files of the folder are not in force; nothing when they are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }

    /// Looks at the folder, and takes its policies when they changed and can be used. Whether they are others now.
    pub fn look(&self) -> bool {
        self.0.look(Engine::new)
    }
}

/// The policies of a folder, as a start would take or refuse them.
///
/// # Errors
/// [`PolicyError`] names file and line.
pub fn check(folder: &Path) -> Result<Engine, PolicyError> {
    Engine::new(&files::KIND.read(folder)?)
}

/// The embedded files, by name.
#[must_use]
pub fn embedded_files() -> Vec<(String, String)> {
    embedded().into_iter().map(|Text { name, body }| (name, body)).collect()
}
