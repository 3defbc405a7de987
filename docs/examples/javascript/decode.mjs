// Decodes every entry of a log with nothing but its type registry, by @polkadot/types.
//
// usage: node decode.mjs LOG      LOG: an address such as http://127.0.0.1:8080/ledger, or a folder of the same files
//
// A line per entry: its place in the log and what it holds, as JSON. Below a seal, what its block holds.
// This decodes and proves nothing but that the registry is the one of the log's first entry: see docs/LEDGER.md.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TypeRegistry } from '@polkadot/types';
import { PortableRegistry } from '@polkadot/types/metadata';
import { hexToU8a, u8aEq, u8aToHex } from '@polkadot/util';

const BUNDLE_ENTRIES = 256;

const log = process.argv[2]?.replace(/\/$/, '');
if (!log) {
    console.error('usage: node decode.mjs LOG');
    process.exit(2);
}

async function get(path) {
    if (!/^https?:/.test(log)) return readFile(join(log, path));
    const response = await fetch(`${log}/${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
}

/** 1234067 is x001/x234/067. */
function bundlePath(index, width) {
    const groups = [String(index % 1000).padStart(3, '0')];
    for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
        groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
    }
    return `tile/entries/${groups.join('/')}${width < BUNDLE_ENTRIES ? `.p/${width}` : ''}`;
}

async function* entries(size) {
    for (let first = 0; first < size; first += BUNDLE_ENTRIES) {
        const width = Math.min(BUNDLE_ENTRIES, size - first);
        let rest = await get(bundlePath(first / BUNDLE_ENTRIES, width));
        while (rest.length > 0) {
            const length = rest.readUInt16BE(0);
            yield rest.subarray(2, 2 + length);
            rest = rest.subarray(2 + length);
        }
    }
}

const typesJson = await get('types.json');
const types = JSON.parse(typesJson);
const registry = new TypeRegistry();
const lookup = new PortableRegistry(registry, types, true);
registry.setLookup(lookup);
if (!u8aEq(lookup.toU8a(), await get('types.scale'))) throw new Error('types.json and types.scale differ');

/** The type of this path, ready for createType. */
function typeAt(path) {
    const found = types.types.find(({ type }) => (type.path ?? []).join('::') === path);
    return registry.createLookupType(found.id);
}

function decode(type, bytes) {
    const value = registry.createType(type, bytes);
    if (!u8aEq(value.toU8a(), bytes)) throw new Error(`these bytes are not all of one ${type}`);
    return value;
}

const entryType = typeAt('ledger::entry::Entry');
const batchType = typeAt('ledger::header::Batch');
const size = Number((await get('checkpoint')).toString().split('\n')[1]);
let index = 0;
for await (const bytes of entries(size)) {
    const entry = decode(entryType, bytes);
    console.log(index, JSON.stringify(entry));
    if (index === 0) {
        const promised = entry.asGenesis.typesDigest;
        const digest = createHash('sha256').update(typesJson).digest();
        if (!u8aEq(promised, digest)) throw new Error(`the log promises the types ${u8aToHex(promised)}`);
    }
    if (entry.isSeal) {
        const batch = entry.asSeal.digest.logs.find((item) => item.isPreRuntime).asPreRuntime[1];
        console.log(index, JSON.stringify({ batch: decode(batchType, hexToU8a(batch.toHex())) }));
    }
    index += 1;
}
