//! Looks at the folders from time to time, and at once when told to.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks. Reading some ten small files costs less than a millisecond.
const INTERVAL: Duration = Duration::from_secs(5);

enum Word {
    Look,
    Stop,
}

/// The thread that looks; stops when it is dropped.
pub struct Watch {
    words: SyncSender<Word>,
    thread: Option<JoinHandle<()>>,
}

/// Tells the thread to look now.
#[derive(Clone)]
pub struct Nudge(SyncSender<Word>);

impl Nudge {
    pub fn look_now(&self) {
        // One that is on its way already will do.
        let _ = self.0.try_send(Word::Look);
    }
}

impl Watch {
    /// # Errors
    /// No thread can be had.
    pub fn start(look: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (words, heard) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("folders".to_owned()).spawn(move || {
            while let Ok(Word::Look) | Err(RecvTimeoutError::Timeout) = heard.recv_timeout(INTERVAL) {
                look();
            }
        })?;
        Ok(Self { words, thread: Some(thread) })
    }

    /// To look before the time.
    #[must_use]
    pub fn nudge(&self) -> Nudge {
        Nudge(self.words.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Fails only when the thread has gone already.
        let _ = self.words.send(Word::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
