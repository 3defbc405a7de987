"""Decodes every entry of a log with nothing but its type registry, by scalecodec.

usage: python decode.py LOG      LOG: an address such as http://127.0.0.1:8080/ledger, or a folder of the same files

A line per entry: its place in the log and what it holds, as JSON. Below a seal, what its block holds.
This decodes and proves nothing but that the registry is the one of the log's first entry: see docs/LEDGER.md.
"""

import hashlib
import json
import sys
import urllib.request
from pathlib import Path

from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

BUNDLE_ENTRIES = 256


def get(path):
    if LOG.startswith(("http://", "https://")):
        return urllib.request.urlopen(f"{LOG}/{path}").read()
    return Path(LOG, path).read_bytes()


def bundle_path(index, width):
    """1234067 is x001/x234/067."""
    groups = f"{index:,}".split(",")
    groups = [group.zfill(3) for group in groups]
    groups[:-1] = ["x" + group for group in groups[:-1]]
    return "tile/entries/" + "/".join(groups) + (f".p/{width}" if width < BUNDLE_ENTRIES else "")


def entries(size):
    for first in range(0, size, BUNDLE_ENTRIES):
        rest = get(bundle_path(first // BUNDLE_ENTRIES, min(BUNDLE_ENTRIES, size - first)))
        while rest:
            length = int.from_bytes(rest[:2], "big")
            yield rest[2 : 2 + length]
            rest = rest[2 + length :]


def read_registry(types_scale):
    """The library reads a registry inside the metadata of a chain. A log has none, so the two steps are made here."""
    config = RuntimeConfigurationObject(implements_scale_info=True)
    config.update_type_registry(load_type_registry_preset("core"))
    registry = config.create_scale_object("PortableRegistry", data=ScaleBytes(types_scale))
    registry.decode()
    types = registry.value_object["types"].value_object
    config.update_from_scale_info_types(types)
    # Left alone, the library shows a list of bytes as a text whenever its bytes happen to be one.
    for number, listed in enumerate(registry.value["types"]):
        element = listed["type"]["def"].get("sequence", {}).get("type")
        if element is not None and registry.value["types"][element]["type"]["def"].get("primitive") == "u8":
            config.update_type_registry({"types": {f"scale_info::{number}": "HexBytes"}})
    return config


def decode(config, type_name, data):
    value = config.create_scale_object(type_name, data=ScaleBytes(data))
    decoded = value.decode()
    if value.data.get_remaining_length() or bytes(config.create_scale_object(type_name).encode(decoded).data) != data:
        raise ValueError(f"these bytes are not all of one {type_name}")
    return decoded


def main():
    types_json, types_scale = get("types.json"), get("types.scale")
    config = read_registry(types_scale)
    encoded = config.create_scale_object("PortableRegistry").encode(json.loads(types_json))
    if bytes(encoded.data) != types_scale:
        raise ValueError("types.json and types.scale differ")
    size = int(get("checkpoint").decode().split("\n")[1])
    for index, data in enumerate(entries(size)):
        entry = decode(config, "ledger::entry::Entry", data)
        print(index, json.dumps(entry, ensure_ascii=False))
        if index == 0 and entry["Genesis"]["types_digest"] != "0x" + hashlib.sha256(types_json).hexdigest():
            raise ValueError(f"the log promises the types {entry['Genesis']['types_digest']}")
        if "Seal" in entry:
            items = [item["PreRuntime"] for item in entry["Seal"]["digest"]["logs"] if "PreRuntime" in item]
            batch = decode(config, "ledger::header::Batch", bytes.fromhex(items[0][1][2:]))
            print(index, json.dumps({"Batch": batch}))


if len(sys.argv) != 2:
    sys.exit("usage: python decode.py LOG")
LOG = sys.argv[1].rstrip("/")
main()
