//! `node inspect`: what is in a file or a ledger, without judging it.

use super::{CommandError, evidence, print, read_file};
use base64::Engine;
use ledger::entry::{Entry, MAX_ENTRY_BYTES};
use ledger::evidence::{MAX_EVIDENCE_BYTES, Wrong};
use ledger::note::Note;
use ledger::proof::{FIRST_LINE, TlogProof};
use ledger::receipt::{MAX_RECEIPT_BYTES, Receipt};
use ledger::store::Store;
use ledger::tile::{self, TileKind, TilePath};
use std::path::{Path, PathBuf};

/// Show what is in a receipt, proof, checkpoint, entry, tile, evidence file or ledger
///
/// The kind of a file is told from its content, that of a tile from its path (it must contain `tile/…`).
/// Nothing is verified: use `node verify` and `node audit` for that.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A file, or the folder of a ledger.
    path: PathBuf,
    /// Block to show of a ledger; the last one when absent.
    #[arg(long, value_name = "NUMBER")]
    block: Option<u32>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let text = if arguments.path.is_dir() {
        ledger_folder(&arguments.path, arguments.block)?
    } else {
        file(&arguments.path)?
    };
    print(&text)
}

fn ledger_folder(path: &Path, block: Option<u32>) -> Result<String, CommandError> {
    let refused = |error: ledger::store::StoreError| CommandError::Refused(error.to_string());
    let store = Store::open_read_only(path).map_err(refused)?;
    let tip = store.tip().map_err(refused)?;
    let mut text = format!(
        "Ledger {}: {} leaves in {} blocks, root {}\n",
        store.origin(),
        tip.size,
        tip.blocks,
        hex::encode(tip.root)
    );
    let Some(number) = block.or_else(|| tip.blocks.checked_sub(1)) else { return Ok(text) };
    let bundle = store.block_bundle(number).map_err(refused)?;
    text.push_str(&format!("Block {number}:\n"));
    let mut last = None;
    for bytes in tile::entries(&bundle) {
        let bytes = bytes.map_err(|error| CommandError::Refused(error.to_string()))?;
        text.push_str(&entry_line(bytes));
        last = Entry::decode_strict(bytes).ok();
    }
    if let Some(Entry::Seal(header)) = last
        && let Some(note) = store.note(header.tree_size()).map_err(refused)?
    {
        text.push_str(&format!("Checkpoint:\n{note}"));
    }
    Ok(text)
}

fn file(path: &Path) -> Result<String, CommandError> {
    let bytes = read_file(path, MAX_RECEIPT_BYTES.max(MAX_EVIDENCE_BYTES))?;
    if let Some(name) = tile_name(path) {
        return tile_text(&name, &bytes);
    }
    if let Ok(wrong) = Wrong::parse(&bytes) {
        return Ok(evidence::describe(&wrong, &bytes));
    }
    if bytes.starts_with(b"{") {
        let receipt = Receipt::parse(&bytes).map_err(|error| CommandError::Refused(error.to_string()))?;
        return Ok(receipt_text(&receipt));
    }
    if bytes.starts_with(FIRST_LINE.as_bytes()) {
        let proof = TlogProof::parse(&bytes).map_err(|error| CommandError::Refused(error.to_string()))?;
        return Ok(proof_text(&proof));
    }
    if let Ok(note) = Note::parse(&bytes) {
        return Ok(note_text(&note));
    }
    entry_of(&bytes).map(|entry| format!("{entry:#?}\n")).ok_or_else(|| {
        CommandError::Refused(format!(
            "{}: neither receipt, proof, checkpoint, tile nor entry (an entry is SCALE of at most \
             {MAX_ENTRY_BYTES} bytes, plain, base64 or hexadecimal)",
            path.display()
        ))
    })
}

/// The tile's name, when the path ends like one.
fn tile_name(path: &Path) -> Option<TilePath> {
    let text = path.to_str()?;
    let place = text.rfind("tile/")?;
    TilePath::parse(text.get(place..)?).ok()
}

fn tile_text(name: &TilePath, bytes: &[u8]) -> Result<String, CommandError> {
    let refused = |error: tile::TileError| CommandError::Refused(error.to_string());
    let mut text = format!("{name}\n");
    match name.kind {
        TileKind::Hashes { .. } => {
            for hash in tile::parse_hashes(bytes, name.width).map_err(refused)? {
                text.push_str(&format!("  {}\n", hex::encode(hash)));
            }
        }
        TileKind::Entries => {
            for entry in tile::parse_bundle(bytes, name.width).map_err(refused)? {
                text.push_str(&entry_line(entry));
            }
        }
    }
    Ok(text)
}

fn entry_of(bytes: &[u8]) -> Option<Entry> {
    if let Ok(entry) = Entry::decode_strict(bytes) {
        return Some(entry);
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let decoded =
        hex::decode(text).or_else(|_| base64::engine::general_purpose::STANDARD.decode(text)).ok()?;
    Entry::decode_strict(&decoded).ok()
}

fn entry_line(bytes: &[u8]) -> String {
    match Entry::decode_strict(bytes) {
        Err(error) => format!("  {} bytes, not an entry: {error}\n", bytes.len()),
        Ok(Entry::Seal(header)) => format!(
            "  seal of block {}: leaves {} to {}, at {} ms, epoch {}, entries root {}\n",
            header.body.number,
            header.body.batch.first_index,
            header.seal_index(),
            header.body.batch.at_ms,
            header.body.batch.epoch,
            hex::encode(header.body.extrinsics_root)
        ),
        Ok(entry) => match entry.env() {
            Some(env) => format!(
                "  {} {} of subject {}, cause {}\n",
                entry.kind(),
                env.seq,
                hex::encode(env.subject),
                hex::encode(env.cause)
            ),
            None => format!("  {}: {entry:?}\n", entry.kind()),
        },
    }
}

fn receipt_text(receipt: &Receipt) -> String {
    let mut text = format!("Receipt for a {}\n{:#?}\n", receipt.entry.kind(), receipt.entry);
    if let Some(shown) = &receipt.disclosure {
        text.push_str(&format!("{} of {} fields shown:\n", shown.fields.len(), shown.count));
        for field in &shown.fields {
            let name = credit_core::statement::field::name(field.id).unwrap_or("count");
            text.push_str(&format!("  {} {name} = {}\n", field.id, hex::encode(&field.value)));
        }
    }
    text.push_str(&proof_text(&receipt.proof));
    text
}

fn proof_text(proof: &TlogProof) -> String {
    let mut text = format!("Proof of leaf {}:\n", proof.index);
    for hash in &proof.hashes {
        text.push_str(&format!("  {}\n", hex::encode(hash)));
    }
    text.push_str(&note_text(&proof.checkpoint));
    text
}

pub(super) fn note_text(note: &Note) -> String {
    let mut text = format!("Checkpoint:\n{}", note.text);
    for line in &note.signatures {
        text.push_str(&format!("  signed as {} with key {}\n", line.name, hex::encode(line.key_id)));
    }
    text
}
