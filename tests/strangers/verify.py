"""Has tlog-scales (PyPI, by others) verify exported logs: note, tiles, entries, proofs; and refuse them when one bit
is flipped.

usage: python verify.py VKEY FOLDER…   FOLDER: one log at one size, the sizes ascending
"""

import logging
import sys
from pathlib import Path

from tlog_scales import tiles
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tlog import Checkpoint
from tlog_scales.utils import b64enc

# Logs up to this many leaves are verified, and flipped, in every place; larger ones here and there.
EVERY_ENTRY_SIZE = 1000
EVERY_BYTE_SIZE = 3


class Flipped:
    """A log with one flipped bit in one file. Files are read once."""

    def __init__(self, backend):
        self.backend = backend
        self.files = {}
        self.flip = None

    def get(self, *path):
        if path not in self.files:
            self.files[path] = self.backend.get(*path)
        data = self.files[path]
        if data is None or self.flip is None or self.flip[0] != path:
            return data
        _, place, bit = self.flip
        return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


def checkpoint(backend, vkey):
    """The signed checkpoint, in the only spelling of it."""
    found = TilesReader(backend).get_checkpoint()
    found.verify(vkey)
    if found.origin != vkey.name:
        raise ValueError("another log")
    # The library takes base64 with stray bits and any line end; C2SP has one spelling.
    if found.serialize().encode() != backend.get("checkpoint"):
        raise ValueError("another spelling")
    return found


def verify(backend, vkey, chosen=None):
    """Every entry, or the chosen ones, is in the tree that the log's key signed."""
    found = checkpoint(backend, vkey)
    reader = TilesReader(backend)
    reader.set_size(found.size)
    if reader.calculate_root_hash() != found.root_hash:
        raise ValueError("another root")
    for index in range(found.size) if chosen is None else chosen:
        proof = reader.get_inclusion_proof(index, found.size)
        proof.check(tiles.leaf_hash(reader.get_entry(index)), found.root_hash)
    return found


def is_refused(job):
    try:
        job()
    except Exception:  # whatever the library raises on hostile bytes
        return True
    return False


def flips(backend, vkey, size):
    """Each: what was flipped, and whether the log was refused."""
    length = len(backend.get("checkpoint"))
    for place in range(length):
        backend.flip = (("checkpoint",), place, 1 << place % 8)
        yield backend.flip, is_refused(lambda: checkpoint(backend, vkey))
    every = size <= EVERY_BYTE_SIZE
    for bundle in sorted({0, size // 512, (size - 1) // 256}):
        width = min(256, size - 256 * bundle)
        chosen = range(256 * bundle, 256 * bundle + width)
        for kind in (-1, 0):
            path = tuple(tiles.tile_path(kind, bundle, width % 256))
            backend.flip = None
            length = len(backend.get(*path))
            for place in range(length) if every else (0, length // 2, length - 1):
                backend.flip = (path, place, 1 << place % 8)
                yield backend.flip, is_refused(lambda: verify(backend, vkey, chosen))
    backend.flip = None


def check_cosigned(folder, vkey):
    """Log and witness have signed; with one flipped bit, not both have."""
    known = VkeySet(vkey, Vkey.from_string(Path(folder, "witness.vkey").read_text().strip()))
    good = Path(folder, "checkpoint.cosigned").read_bytes()

    def verify_both(data):
        found = Checkpoint.from_text(data.decode())
        if found.serialize().encode() != data or len(known.verify(found.signatures, found)) != 2:
            raise ValueError("not signed by both")

    verify_both(good)
    logging.disable(logging.WARNING)  # it logs each line that fails
    for place in range(len(good)):
        flipped = good[:place] + bytes([good[place] ^ 1 << place % 8]) + good[place + 1 :]
        if not is_refused(lambda: verify_both(flipped)):
            raise ValueError(f"byte {place} of {folder}/checkpoint.cosigned may be flipped")


def main(vkey, folders):
    vkey = Vkey.from_string(vkey)
    older = []
    for folder in folders:
        backend = Flipped(LocalBackend(Path(folder)))
        found = checkpoint(backend, vkey)
        size = found.size
        spots = {0, 1, 255, 256, size // 2, size - 2, size - 1}
        chosen = None if size <= EVERY_ENTRY_SIZE else sorted(spot for spot in spots if 0 <= spot < size)
        verify(backend, vkey, chosen)
        reader = TilesReader(backend)
        reader.set_size(size)
        for old in older:
            reader.get_consistency_proof(old.size, size).check(old.root_hash, found.root_hash)
        older.append(found)
        ours = Path(folder, "entry.tlog-proof")
        if ours.exists():
            proof = reader.get_inclusion_proof(size - 2, size)
            hashes = "".join(b64enc(node) + "\n" for node in proof.node_hashes)
            theirs = f"c2sp.org/tlog-proof@v1\nindex {size - 2}\n{hashes}\n{found.serialize()}"
            if ours.read_text() != theirs:
                raise ValueError(f"{ours} is not the proof that the tiles give")
            check_cosigned(folder, vkey)
        results = list(flips(backend, vkey, size))
        accepted = [flip for flip, refused in results if not refused]
        print(f"{size} accepted, {len(results) - len(accepted)} of {len(results)} flips refused", *accepted)


if len(sys.argv) < 3:
    sys.exit("usage: python verify.py VKEY FOLDER…")
main(sys.argv[1], sys.argv[2:])
