//! Style sheet, scripts and mark, inside the program. Their addresses hold a digest of them all, so a browser
//! may keep them for ever and a script's relative imports stay within one version.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// One asset.
#[derive(Debug)]
pub struct Asset {
    pub name: &'static str,
    pub content_type: &'static str,
    pub body: &'static str,
}

/// A script of ours, by its name.
macro_rules! script {
    ($name:literal) => {
        Asset {
            name: $name,
            content_type: "text/javascript; charset=utf-8",
            body: include_str!(concat!("../../assets/", $name)),
        }
    };
}

/// Every asset of ours.
static OURS: [Asset; 12] = [
    Asset {
        name: "portal.css",
        content_type: "text/css; charset=utf-8",
        body: include_str!("../../assets/portal.css"),
    },
    script!("bytes.js"),
    script!("label.js"),
    script!("note.js"),
    script!("receipt.js"),
    script!("scale.js"),
    script!("state.js"),
    script!("statement.js"),
    script!("verify.js"),
    script!("verify-page.js"),
    script!("words.js"),
    Asset { name: "mark.svg", content_type: "image/svg+xml", body: include_str!("../../assets/mark.svg") },
];

/// The group ristretto255 of others with their licence, see `build.rs`.
static NOBLE: &[Asset] = include!(concat!(env!("OUT_DIR"), "/noble_assets.rs"));

/// Every asset of the portal.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    OURS.iter().chain(NOBLE)
}

/// Sixteen hexadecimal digits of SHA-256 over names and contents.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in all() {
        digest.update(asset.name);
        digest.update([0]);
        digest.update(asset.body);
        digest.update([0]);
    }
    hex::encode(digest.finalize()).chars().take(16).collect()
});

/// The version of all assets together.
#[must_use]
pub fn version() -> &'static str {
    &VERSION
}

/// Address of an asset of this version.
#[must_use]
pub fn href(name: &str) -> String {
    format!("/assets/{}/{name}", version())
}

/// The asset of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    all().find(|asset| asset.name == name)
}
