//! A whole ledger folder, made beside its place and moved there when it is complete: a crash leaves no half a ledger
//! that could be taken for one.

use super::notes::{KeptOf, sign_again};
use super::{Builder, Known, RebuildError, raise_guard};
use ledger::note::Signer;
use ledger::store::{Store, StoreOptions, StoreTip};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the folder under construction is called, beside its place.
const UNDER_CONSTRUCTION: &str = "rebuilding";

/// Builds the ledger of `folder`, which must not exist. `fill` adds the blocks; afterwards the tree must be the
/// `known` one and end there. Every checkpoint is made again, see [`sign_again`].
///
/// # Errors
/// [`RebuildError`]; then there is no folder.
pub fn rebuild(
    folder: &Path,
    options: &StoreOptions,
    signers: &[Signer],
    known: Known,
    fill: &mut dyn FnMut(&mut Builder) -> Result<(), RebuildError>,
    kept: &mut KeptOf<'_>,
) -> Result<StoreTip, RebuildError> {
    if folder.exists() {
        return Err(RebuildError::Exists(folder.to_path_buf()));
    }
    let building = beside(folder);
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |why| RebuildError::Folder { path, why }
    };
    if building.exists() {
        // An earlier attempt that was interrupted; nobody else makes folders of this name.
        fs::remove_dir_all(&building).map_err(failed(&building))?;
    }
    let tip = match build(&building, options, signers, known, fill, kept) {
        Ok(tip) => tip,
        Err(error) => {
            let _ = fs::remove_dir_all(&building);
            return Err(error);
        }
    };
    fs::rename(&building, folder).map_err(failed(folder))?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    ledger::store::folder::sync(parent).map_err(failed(parent))?;
    Ok(tip)
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(UNDER_CONSTRUCTION);
    folder.with_file_name(name)
}

fn build(
    building: &Path,
    options: &StoreOptions,
    signers: &[Signer],
    known: Known,
    fill: &mut dyn FnMut(&mut Builder) -> Result<(), RebuildError>,
    kept: &mut KeptOf<'_>,
) -> Result<StoreTip, RebuildError> {
    let mut builder = Builder::resume(Arc::new(Store::open(building, options)?))?;
    fill(&mut builder)?;
    builder.check(known)?;
    builder.finish()?;
    let store = builder.store();
    let tip = store.tip()?;
    if tip.size != known.size {
        let what = format!("the blocks go on to leaf {}, {} ends at {}", tip.size, known.by, known.size);
        return Err(RebuildError::Other(what));
    }
    raise_guard(store, tip.size)?;
    sign_again(store, signers, tip.size, kept)?;
    store.make_durable()?;
    Ok(tip)
}
