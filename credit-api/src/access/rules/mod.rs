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
mod watch;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use decide::Answer;
pub use engine::{About, Engine};
pub use files::{PolicyError, SCHEMA, embedded};
pub use watch::{Nudge, Watch};

use super::ask::Question;
use super::outcome::Outcome;
use super::{Ask, Audience, Decision, Principal, Purpose};
use files::Text;

/// The rule, shared by everybody who asks it. Cheap to clone.
#[derive(Clone)]
pub struct Rules(Arc<Inside>);

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rules").field(&self.engine().version()).finish()
    }
}

struct Inside {
    /// Nothing: the embedded policies, which never change.
    folder: Option<PathBuf>,
    engine: RwLock<Arc<Engine>>,
    last: Mutex<Last>,
}

/// What became of the last look at the folder.
struct Last {
    /// Digest of the files looked at last, good or bad; nothing when they could not be read.
    seen: Option<String>,
    trouble: Option<String>,
}

impl Rules {
    /// The policies of the folder, or the embedded ones.
    ///
    /// # Errors
    /// [`PolicyError`] names file and line.
    pub fn open(folder: Option<&Path>) -> Result<Self, PolicyError> {
        let texts = match folder {
            Some(folder) => files::read(folder)?,
            None => embedded(),
        };
        let engine = Engine::new(&texts)?;
        let last = Last { seen: Some(engine.version().to_owned()), trouble: None };
        Ok(Self(Arc::new(Inside {
            folder: folder.map(Path::to_path_buf),
            engine: RwLock::new(Arc::new(engine)),
            last: Mutex::new(last),
        })))
    }

    /// The policies in force.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.0.engine.read().unwrap_or_else(PoisonError::into_inner))
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
        self.last().trouble.clone()
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the folder, and takes its policies when they changed and can be used. Whether they are others now.
    pub fn look(&self) -> bool {
        let Some(folder) = &self.0.folder else { return false };
        let mut last = self.last();
        let texts = match files::read(folder) {
            Ok(texts) => texts,
            Err(error) => {
                self.keep(&mut last, None, &error);
                return false;
            }
        };
        let version = files::version(&texts);
        if last.seen.as_deref() == Some(&version) {
            return false;
        }
        match Engine::new(&texts) {
            Ok(engine) => {
                self.take(engine, &mut last);
                true
            }
            Err(error) => {
                self.keep(&mut last, Some(version), &error);
                false
            }
        }
    }

    fn take(&self, engine: Engine, last: &mut Last) {
        tracing::info!(
            version = engine.version(),
            policies = engine.len(),
            "the access policies were replaced"
        );
        *last = Last { seen: Some(engine.version().to_owned()), trouble: None };
        *self.0.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
    }

    /// Keeps the policies there are; the same trouble is told once.
    fn keep(&self, last: &mut Last, seen: Option<String>, error: &PolicyError) {
        // Told to anybody who asks /readyz: the file and what is wrong with it, not where the folder lies.
        let folder = self.0.folder.as_deref().map_or_else(String::new, |folder| folder.display().to_string());
        let trouble = error.to_string().replace(&folder, "(folder)");
        if last.trouble.as_ref() != Some(&trouble) {
            tracing::error!(
                %error,
                in_force = self.engine().version(),
                "the access policies CANNOT be used; those before stay in force"
            );
        }
        *last = Last { seen, trouble: Some(trouble) };
    }
}

/// The policies of a folder, as a start would take or refuse them.
///
/// # Errors
/// [`PolicyError`] names file and line.
pub fn check(folder: &Path) -> Result<Engine, PolicyError> {
    Engine::new(&files::read(folder)?)
}

/// The embedded files, by name.
#[must_use]
pub fn embedded_files() -> Vec<(String, String)> {
    embedded().into_iter().map(|Text { name, body }| (name, body)).collect()
}
