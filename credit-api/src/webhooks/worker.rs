//! What is due, and what came of it.
//!
//! One thread looks for subscriptions whose time has come and hands each to one of a few senders; a subscription is
//! with one sender at a time. What an attempt did is written when it has ended: killed before, the same change is sent
//! again with the same id, so that every change arrives at least once.

use std::collections::{BTreeMap, HashSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use credit_core::dates::Moment;

use super::event::{Event, Subscriber};
use super::store::{self, ACTIVE, DELIVERED, Delivery, FAILED, Subscription, WAITING, WITHHELD};
use super::wire::{Attempt, BODY_BYTES_MAX};
use super::{JITTER_PART, KEPT_DAYS, WAITS_MS, Webhooks};
use crate::access::{Audience, Block, Granted, Principal, Purpose};
use crate::access_log;
use crate::anchoring::Anchor;
use crate::consents;
use crate::identity::{IdentityError, letters};
use crate::sharing::feed::{self, Change};
use crate::sharing::requests;
use crate::store::{DbConnection, Lane, StoreError, write};

/// Between two looks at what is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Subscriptions that are sent to at the same time.
const SENDERS: usize = 8;
/// Subscriptions found due in one look.
const DUE_AT_ONCE: i64 = 100;
/// Changes read together.
const CHANGES_AT_ONCE: i64 = 200;
/// Changes sent to a subscription before it is another one's turn.
const DELIVERIES_A_TURN: usize = 50;
/// Looks between two at which old rows are taken away.
const LOOKS_PER_PRUNING: u32 = 7_200;
const DAY_MS: i64 = 24 * 60 * 60_000;

/// Why nothing could be sent.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Identity(#[from] IdentityError),
    #[error("the key file of webhooks: {0}")]
    Key(#[from] node::keys::file::KeyFileError),
}

impl From<diesel::result::Error> for WorkError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The running threads. Dropping it waits for the attempts under way.
pub struct Worker {
    stop: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts the threads. Only the active one of several processes sends.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(webhooks: &Arc<Webhooks>, anchor: &Arc<Anchor>) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let (queue, taken) = channel::<String>();
        let (taken, busy) = (Arc::new(Mutex::new(taken)), Arc::new(Mutex::new(HashSet::new())));
        let mut threads = Vec::with_capacity(SENDERS + 1);
        for number in 0..SENDERS {
            let (webhooks, taken, busy) = (Arc::clone(webhooks), Arc::clone(&taken), Arc::clone(&busy));
            let thread = std::thread::Builder::new().name(format!("webhooks {number}"));
            threads.push(thread.spawn(move || send_what_comes(&webhooks, &taken, &busy))?);
        }
        let (webhooks, anchor) = (Arc::clone(webhooks), Arc::clone(anchor));
        let thread = std::thread::Builder::new().name("webhooks".to_owned());
        threads.push(thread.spawn(move || look(&webhooks, &anchor, &queue, &busy, &stopped))?);
        Ok(Self { stop: Some(stop), threads })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn look(
    webhooks: &Webhooks,
    anchor: &Anchor,
    queue: &Sender<String>,
    busy: &Mutex<HashSet<String>>,
    stopped: &Receiver<()>,
) {
    let mut looks = 0u32;
    loop {
        if anchor.is_active() {
            if let Err(error) = hand_out(webhooks, queue, busy) {
                tracing::error!(%error, "webhooks that are due could not be found");
            }
            looks = looks.wrapping_add(1);
            if looks % LOOKS_PER_PRUNING == 1
                && let Err(error) = webhooks.prune()
            {
                tracing::error!(%error, "old deliveries could not be taken away");
            }
        }
        match stopped.recv_timeout(LOOK_EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn hand_out(
    webhooks: &Webhooks,
    queue: &Sender<String>,
    busy: &Mutex<HashSet<String>>,
) -> Result<(), StoreError> {
    for id in webhooks.due()? {
        // With a sender already.
        if busy.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone()) {
            let _ = queue.send(id);
        }
    }
    Ok(())
}

fn send_what_comes(webhooks: &Webhooks, taken: &Mutex<Receiver<String>>, busy: &Mutex<HashSet<String>>) {
    loop {
        let next = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(id) = next else { return };
        if let Err(error) = webhooks.turn(&id) {
            tracing::error!(%error, subscription = id, "a webhook could not be sent; it is tried again");
        }
        busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

impl Webhooks {
    /// Subscriptions to be looked at now.
    ///
    /// # Errors
    /// The database's.
    pub fn due(&self) -> Result<Vec<String>, StoreError> {
        store::due(&mut *self.service.database.connection()?, self.now(), DUE_AT_ONCE)
    }

    /// A turn of one subscription: what was asked for again, then changes in order until there is none, one is not
    /// taken, or others have waited long enough.
    ///
    /// # Errors
    /// [`WorkError`]; what was written stays.
    pub fn turn(&self, id: &str) -> Result<(), WorkError> {
        let mut connection = self.service.database.connection()?;
        let Some(subscription) = store::find(&mut connection, id)? else { return Ok(()) };
        let subscriber = match self.subscriber(&mut connection, &subscription)? {
            Ok(subscriber) => subscriber,
            Err(reason) => return Ok(store::disable(&mut connection, id, reason)?),
        };
        for asked in store::asked_again(&mut connection, id)? {
            self.again(&mut connection, &subscription, &subscriber, asked)?;
        }
        if subscription.state != ACTIVE || subscription.next_at > self.now() {
            return Ok(());
        }
        self.go_on(&mut connection, subscription, &subscriber)
    }

    fn go_on(
        &self,
        connection: &mut DbConnection,
        mut subscription: Subscription,
        subscriber: &Subscriber,
    ) -> Result<(), WorkError> {
        let mut sent = 0;
        loop {
            // Read before the changes: what is committed in between has a greater number, and is read the next time.
            let last = feed::last(connection)?;
            let changes = wanted(connection, &subscription, subscriber)?;
            let more = i64::try_from(changes.len()).unwrap_or(0) == CHANGES_AT_ONCE;
            let mut passed = subscription.cursor;
            for change in &changes {
                let Some(event) = self.event(&subscription, subscriber, change) else {
                    // What was tried before, and may not be shown any more.
                    if subscription.attempts > 0 {
                        self.withhold(connection, &subscription, change)?;
                        subscription.attempts = 0;
                    }
                    passed = change.seq;
                    continue;
                };
                if sent == DELIVERIES_A_TURN || !still_wanted(connection, &subscription.id)? {
                    return self.pass(connection, &subscription.id, passed);
                }
                if !self.deliver(connection, &subscription, subscriber, change, &event)? {
                    return Ok(());
                }
                (passed, sent, subscription.attempts) = (change.seq, sent + 1, 0);
            }
            let reached = if more { passed } else { passed.max(last) };
            if reached > subscription.cursor {
                self.pass(connection, &subscription.id, reached)?;
                subscription.cursor = reached;
            }
            if !more {
                return Ok(());
            }
        }
    }

    fn pass(&self, connection: &mut DbConnection, id: &str, cursor: i64) -> Result<(), WorkError> {
        Ok(store::advance(connection, id, cursor, self.now())?)
    }

    fn event(&self, subscription: &Subscription, subscriber: &Subscriber, change: &Change) -> Option<Event> {
        let event = subscriber.event(subscription, &self.service.config.zone, change)?;
        if event.body.len() > BODY_BYTES_MAX {
            tracing::error!(change = change.seq, bytes = event.body.len(), "a change is too long to be sent");
            return None;
        }
        Some(event)
    }

    /// One attempt at the change after the cursor; whether it was taken.
    fn deliver(
        &self,
        connection: &mut DbConnection,
        subscription: &Subscription,
        subscriber: &Subscriber,
        change: &Change,
        event: &Event,
    ) -> Result<bool, WorkError> {
        let before = store::delivery(connection, &subscription.id, change.seq)?;
        let attempt = self.attempt(connection, subscription, subscriber, event)?;
        let now = self.now();
        let state = if attempt.is_taken() { DELIVERED } else { WAITING };
        let row = row_of(subscription, change, before.as_ref(), state, &attempt, now);
        let attempts = subscription.attempts + 1;
        let wait = usize::try_from(attempts - 1).ok().and_then(|at| WAITS_MS.get(at));
        write(connection, Lane::Bookkeeping, |connection| {
            store::keep(connection, &row)?;
            let id = &subscription.id;
            if attempt.is_taken() {
                return store::advance(connection, id, change.seq, now);
            }
            let since = subscription.failing_since.unwrap_or(now);
            store::retry(connection, id, (attempts, since, now + wait.map_or(0, |wait| with_jitter(*wait))))?;
            match wait {
                _ if attempt.is_gone() => store::disable(connection, id, "gone"),
                None => store::disable(connection, id, "gave_up"),
                Some(_) => Ok(()),
            }
        })?;
        Ok(attempt.is_taken())
    }

    /// An attempt that somebody asked for; the cursor stays where it is.
    fn again(
        &self,
        connection: &mut DbConnection,
        subscription: &Subscription,
        subscriber: &Subscriber,
        asked: Delivery,
    ) -> Result<(), WorkError> {
        let change = feed::after(connection, asked.seq - 1, 1)?.pop().filter(|found| found.seq == asked.seq);
        let event = change.as_ref().and_then(|change| self.event(subscription, subscriber, change));
        let now = self.now();
        let row = match (&change, event) {
            (Some(change), Some(event)) => {
                let attempt = self.attempt(connection, subscription, subscriber, &event)?;
                let state = if attempt.is_taken() { DELIVERED } else { FAILED };
                row_of(subscription, change, Some(&asked), state, &attempt, now)
            }
            _ => Delivery { state: WITHHELD.to_owned(), last_at: now, ..asked },
        };
        Ok(store::keep(connection, &row)?)
    }

    fn withhold(
        &self,
        connection: &mut DbConnection,
        subscription: &Subscription,
        change: &Change,
    ) -> Result<(), WorkError> {
        match store::delivery(connection, &subscription.id, change.seq)? {
            Some(row) => {
                let row = Delivery { state: WITHHELD.to_owned(), last_at: self.now(), ..row };
                Ok(store::keep(connection, &row)?)
            }
            None => Ok(()),
        }
    }

    /// Writes the look down, then sends.
    fn attempt(
        &self,
        connection: &mut DbConnection,
        subscription: &Subscription,
        subscriber: &Subscriber,
        event: &Event,
    ) -> Result<Attempt, WorkError> {
        let now = self.now();
        let secrets = store::secrets(connection, &subscription.id, now)?
            .iter()
            .map(|secret| self.secret(&subscription.id, &secret.id, false))
            .collect::<Result<Vec<_>, _>>()?;
        self.log(subscriber, event, now)?;
        let seconds = now.div_euclid(1_000);
        let headers = [
            ("webhook-id", event.id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", super::secrets::signatures(&secrets, &event.id, seconds, &event.body)),
        ];
        Ok(self.wire.post(&subscription.url, &headers, &event.body))
    }

    /// What is not public is in the access log before it leaves.
    fn log(&self, subscriber: &Subscriber, event: &Event, now: i64) -> Result<(), WorkError> {
        use sha2::{Digest, Sha256};
        let looks: Vec<_> = event.looks.iter().filter(|look| !look.public).cloned().collect();
        if looks.is_empty() {
            return Ok(());
        }
        let request = access_log::Request {
            at_ms: now,
            id: &event.id,
            principal: &subscriber.principal,
            result: Some(hex::encode(Sha256::digest(&event.body))),
            status: 200,
        };
        Ok(self.service.access_log.write(access_log::rows(&request, &looks))?)
    }

    /// Takes away rows of deliveries that are older than they are kept.
    ///
    /// # Errors
    /// The database's.
    pub fn prune(&self) -> Result<usize, StoreError> {
        let before = self.now() - KEPT_DAYS * DAY_MS;
        store::prune(&mut *self.service.database.connection()?, before)
    }

    /// Who is sent changes at this moment, or why nobody is.
    fn subscriber(
        &self,
        connection: &mut DbConnection,
        subscription: &Subscription,
    ) -> Result<Result<Subscriber, &'static str>, WorkError> {
        let now = self.now();
        let (Some(audience), Ok(purpose)) =
            (Audience::of_code(&subscription.audience), subscription.purpose.parse::<Purpose>())
        else {
            return Ok(Err("unusable"));
        };
        let mut principal = Principal {
            id: format!("subscription:{}", subscription.id).into(),
            audience,
            organisation: subscription.organisation.as_deref().map(Into::into),
            enterprises: Vec::new().into(),
        };
        let mut granted: Vec<(String, Granted, i64)> = Vec::new();
        let mut requested: BTreeMap<Block, i64> = BTreeMap::new();
        match (audience, &subscription.user_id, &subscription.uscc) {
            (Audience::Enterprise, Some(user), Some(uscc)) => {
                if !letters::spoken_for(connection, user, now)?.contains(uscc) {
                    return Ok(Err("letter_ended"));
                }
                principal.enterprises = vec![uscc.clone()].into();
            }
            (Audience::Enterprise, ..) => return Ok(Err("unusable")),
            (Audience::Financier, ..) => {
                let all = consents::continuous(connection, &principal, Moment(now))?;
                granted.extend(all.into_iter().filter(|(_, one, _)| one.purpose == purpose));
            }
            _ => {
                let requests = requests::in_force_for(connection, &principal, Moment(now))?;
                let fits = requests.iter().filter(|request| request.known_purpose() == Some(purpose));
                for request in fits {
                    for (block, since) in requests::held_since(connection, request)? {
                        let earliest = requested.entry(block).or_insert(since);
                        *earliest = since.min(*earliest);
                    }
                }
            }
        }
        let rules = self.service.rules.clone();
        Ok(Ok(Subscriber { principal, purpose, consents: granted, requested, rules, now_ms: now }))
    }
}

/// Changes after the cursor that may concern a subscriber.
fn wanted(
    connection: &mut DbConnection,
    subscription: &Subscription,
    subscriber: &Subscriber,
) -> Result<Vec<Change>, StoreError> {
    let of: Vec<String> = match subscriber.principal.audience {
        Audience::Enterprise => subscriber.principal.enterprises.to_vec(),
        Audience::Financier => subscriber.consents.iter().map(|(uscc, ..)| uscc.clone()).collect(),
        _ => return feed::after(connection, subscription.cursor, CHANGES_AT_ONCE),
    };
    feed::after_of(connection, &of, subscription.cursor, CHANGES_AT_ONCE)
}

/// Whether it was neither deleted nor disabled while others were sent.
fn still_wanted(connection: &mut DbConnection, id: &str) -> Result<bool, StoreError> {
    Ok(store::find(connection, id)?.is_some_and(|one| one.state == ACTIVE))
}

fn row_of(
    subscription: &Subscription,
    change: &Change,
    before: Option<&Delivery>,
    state: &str,
    attempt: &Attempt,
    now: i64,
) -> Delivery {
    Delivery {
        subscription_id: subscription.id.clone(),
        seq: change.seq,
        uscc: change.uscc.clone(),
        kind: change.kind.code().to_owned(),
        state: state.to_owned(),
        attempts: before.map_or(0, |before| before.attempts) + 1,
        first_at: before.map_or(now, |before| before.first_at),
        last_at: now,
        status: attempt.status.map(i32::from),
        latency_ms: Some(attempt.latency_ms),
        answer: attempt.answer.clone(),
        trouble: attempt.trouble.map(str::to_owned),
    }
}

/// A wait, and up to a tenth of it more. Without randomness it is the wait.
fn with_jitter(wait: i64) -> i64 {
    let mut bytes = [0u8; 4];
    let _ = getrandom::fill(&mut bytes);
    wait + i64::from(u32::from_le_bytes(bytes)) % (wait / JITTER_PART).max(1)
}
