//! Addresses for servers that tests start.
//!
//! A port that the kernel gave and took back may be given to somebody else's connection before the server binds it.
//! So these lie where the kernel gives none by itself, and a locked file keeps each for one test process at a time.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// Below what Linux gives out by itself (`ip_local_port_range`).
const PORTS: std::ops::Range<u16> = 18_000..28_000;

/// The locks of this process, until it ends.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// An address at which nobody listens, and which no other test is given.
#[must_use]
pub fn free_address() -> String {
    let count = u64::from(PORTS.end - PORTS.start);
    let start = RandomState::new().hash_one(std::process::id()) % count;
    let folder = std::env::temp_dir().join("xinji-test-ports");
    std::fs::create_dir_all(&folder).unwrap();
    for step in 0..count {
        let port = PORTS.start + u16::try_from((start + step) % count).unwrap();
        let path = folder.join(port.to_string());
        let Ok(file) = File::options().create(true).truncate(false).write(true).open(path) else { continue };
        let address = format!("127.0.0.1:{port}");
        if file.try_lock().is_ok() && TcpListener::bind(&address).is_ok() {
            HELD.lock().unwrap_or_else(PoisonError::into_inner).push(file);
            return address;
        }
    }
    unreachable!("every port of {PORTS:?} is taken")
}
