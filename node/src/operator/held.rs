//! Which of the log's keys are at hand, and what a change of keys needs before it is taken.

use super::block::Draft;
use super::plan::Plan;
use super::{Operator, OperatorConfig, OperatorError, Refusal, State};
use ed25519_dalek::{SigningKey, VerifyingKey};
use ledger::authorship::{AuthorshipError, verify_author};
use ledger::entry::{Entry, KeyEvent};
use ledger::keyring::KeyRing;
use ledger::note::{KeyKind, Signer, Vkey};

/// The keys that the operator was given.
pub(super) struct HeldKeys {
    signers: Vec<Signer>,
}

impl HeldKeys {
    pub(super) fn of(config: &OperatorConfig) -> Result<Self, OperatorError> {
        let mut signers: Vec<Signer> = Vec::new();
        for key in [&config.signing_key].into_iter().chain(&config.more_keys) {
            let signer = Signer::new(&config.origin, KeyKind::Ed25519, key.clone())?;
            if signers.iter().all(|other| other.vkey() != signer.vkey()) {
                signers.push(signer);
            }
        }
        Ok(Self { signers })
    }

    /// The keys that sign checkpoints now, the one in force first, which must be at hand. Before the genesis it is
    /// the first key given.
    pub(super) fn check(&self, ring: Option<&KeyRing>) -> Result<Vec<Vkey>, OperatorError> {
        let Some(ring) = ring else {
            return Ok(self.signers.iter().take(1).map(|signer| signer.vkey().clone()).collect());
        };
        let vkeys = ring.checkpoint_keys();
        for (place, vkey) in vkeys.iter().enumerate() {
            if self.signer(vkey.key()).is_some() {
                continue;
            }
            if place == 0 {
                return Err(OperatorError::KeyNotHeld(vkey.to_string()));
            }
            tracing::warn!(
                key = %vkey,
                "an old log key that is not revoked is not at hand; whoever knows only this key cannot follow the log"
            );
        }
        Ok(vkeys)
    }

    pub(super) fn into_signers(self) -> Vec<Signer> {
        self.signers
    }

    fn signer(&self, key: &VerifyingKey) -> Option<&Signer> {
        self.signers.iter().find(|signer| signer.vkey().key() == key)
    }

    /// The key that seals the next block.
    pub(super) fn sealer(&self, ring: Option<&KeyRing>) -> Result<&SigningKey, OperatorError> {
        let signer = match ring {
            None => self.signers.first(),
            Some(ring) => ring.log_key().ok().and_then(|key| self.signer(&key)),
        };
        signer.map(Signer::key).ok_or(OperatorError::NoKey)
    }

    /// Those of these keys that are at hand, in their order.
    pub(super) fn signers_of(&self, vkeys: &[Vkey]) -> Vec<Signer> {
        vkeys.iter().filter_map(|vkey| self.signer(vkey.key())).cloned().collect()
    }
}

impl Operator {
    /// Refuses what the key ring refuses: changes of keys, and authors that are not in it. What a node would refuse
    /// must never be sealed, since nothing sealed can be taken back.
    pub(super) fn check_keys(&self, state: &State, plans: &mut [Plan]) -> Result<(), OperatorError> {
        let concerns = |entry: &Entry| match entry {
            Entry::Key(_) => true,
            other => other.env().is_some_and(|env| env.author != 0 || env.signature.is_some()),
        };
        if !plans.iter().any(|plan| matches!(plan, Plan::New(draft) if concerns(&draft.entry))) {
            return Ok(());
        }
        let mut ring = state.replay.ring().ok_or(OperatorError::Stopped)?.clone();
        // The block may be sealed later than this, never earlier.
        let at_ms = self.seal_time(state);
        for plan in plans {
            let Plan::New(draft) = plan else { continue };
            let checked = match &draft.entry {
                Entry::Key(event) => self.check_event(&mut ring, event, at_ms),
                other => check_author(&ring, other),
            };
            if let Err(reason) = checked {
                *plan = Plan::Refused(reason);
            }
        }
        Ok(())
    }

    fn check_event(&self, ring: &mut KeyRing, event: &KeyEvent, at_ms: u64) -> Result<(), Refusal> {
        let mut next = ring.clone();
        next.apply(event, at_ms)?;
        let key = next.log_key()?;
        if self.keys.signer(&key).is_none() {
            return Err(Refusal::NewKeyNotHeld(hex::encode(key.as_bytes())));
        }
        *ring = next;
        Ok(())
    }
}

fn check_author(ring: &KeyRing, entry: &Entry) -> Result<(), Refusal> {
    let Some(env) = entry.env() else { return Ok(()) };
    match (env.author, &env.signature) {
        (0, None) => Ok(()),
        (0, Some(_)) => Err(AuthorshipError::OperatorSigned.into()),
        (number, _) => {
            let key = ring.author(number).ok_or(Refusal::UnknownAuthor(number))?;
            Ok(verify_author(entry, &key)?)
        }
    }
}

/// The root is fixed by the genesis; another one in the settings is of no use, and somebody should know.
pub(super) fn warn_of_other_root(config: &OperatorConfig, ring: Option<&KeyRing>) {
    let Some(ring) = ring else { return };
    let in_genesis = ring.root().map(|root| root.to_bytes());
    if config.offline_root_key.is_some() && config.offline_root_key != in_genesis {
        let in_genesis = in_genesis.map_or_else(|| "none".to_owned(), hex::encode);
        tracing::warn!(%in_genesis, "the genesis names another offline root than the settings; the genesis holds");
    }
}

/// The entries of the next block. A change of keys ends its block, so that what follows stands under the new keys.
pub(super) fn next_block(drafts: &mut impl Iterator<Item = Draft>, max: usize) -> Vec<Draft> {
    let mut block = Vec::new();
    for draft in drafts.take(max) {
        let ends = matches!(draft.entry, Entry::Key(_));
        block.push(draft);
        if ends {
            break;
        }
    }
    block
}
