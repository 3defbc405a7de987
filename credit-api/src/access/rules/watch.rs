//! Looks at the folder of policies from time to time, and at once when told to.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Rules;

/// Between two looks. Reading some ten small files costs less than a millisecond.
const INTERVAL: Duration = Duration::from_secs(5);

/// The thread that looks; stops when it is dropped.
pub struct Watch {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Tells the thread to look now.
#[derive(Clone)]
pub struct Nudge(SyncSender<()>);

impl Nudge {
    pub fn look_now(&self) {
        // One that is on its way already will do.
        let _ = self.0.try_send(());
    }
}

impl Watch {
    /// # Errors
    /// No thread can be had.
    pub fn start(rules: &Rules) -> io::Result<Self> {
        let (wake, woken) = mpsc::sync_channel(1);
        let rules = rules.clone();
        let thread = std::thread::Builder::new().name("policies".to_owned()).spawn(move || {
            while !matches!(woken.recv_timeout(INTERVAL), Err(RecvTimeoutError::Disconnected)) {
                rules.look();
            }
        })?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// To look before the time.
    #[must_use]
    pub fn nudge(&self) -> Option<Nudge> {
        self.wake.clone().map(Nudge)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.wake.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
