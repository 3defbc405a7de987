//! The settings that a ledger was begun with.

use std::sync::Arc;

use ed25519_dalek::SigningKey;

use super::{Anchor, AnchorError};
use crate::clock::SystemClock;
use crate::config::{Config, ConfigError};
use crate::service::Service;

fn root(seed: u8) -> [u8; 32] {
    SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes()
}

#[test]
fn the_offline_root_of_the_settings_is_that_of_the_genesis() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("offline.pub");
    std::fs::write(&file, hex::encode(root(5)) + "\n").unwrap();
    let open = |root: String| {
        let data = folder.path().join("data").to_string_lossy().into_owned();
        let flags = [("data", data), ("offline_root", root)];
        let config = Config::load(None, std::iter::empty(), &flags).unwrap();
        let service = Service::open_with(config, Arc::new(SystemClock)).unwrap();
        Anchor::open(&service.config, &service.database, &service.clock)
    };
    let begun = open(file.to_string_lossy().into_owned()).unwrap();
    assert_eq!(begun.view().store().genesis().unwrap().offline_root_key, root(5));
    drop(begun);
    // Given as digits, or not at all, it is the same ledger; another one is refused.
    for same in [hex::encode(root(5)), String::new()] {
        drop(open(same).unwrap());
    }
    let Err(AnchorError::Setting(refused)) = open(hex::encode(root(6))) else { unreachable!("it was taken") };
    let ConfigError::Value { key: "offline_root", why, .. } = &refused else { unreachable!("{refused}") };
    assert!(why.contains(&hex::encode(root(5))), "{why}");
}
