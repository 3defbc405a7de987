// Other people's programs read our logs: the two decoders of docs/examples, and a verifier by others.
// Set by scripts/strangers.sh: EXPORT_LOG_PROGRAM writes the logs, STRANGERS_PYTHON has the packages of Python.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
const VKEY = 'ledger.example/credit+66c6febb+AZsfhHkc/HZjBFhU04netcqVRJ2HXydqg4QLBgqznPxx';
const KNOWN_SIZES = [1, 2, 3, 255, 256, 257, 1000, 70_000];
// The operator seals its genesis first: no log of its making has one leaf.
const SEALED_SIZES = KNOWN_SIZES.slice(1);
// Holds every kind of entry, in more than one bundle.
const DECODED_SIZE = 1000;
const KINDS = ['Genesis', 'Rating', 'Listing', 'Scorecard', 'Key', 'Statement', 'Erasure', 'Digest', 'Seal', 'Batch'];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const python = process.env.STRANGERS_PYTHON;
let folder;

function run(program, ...args) {
    return execFileSync(program, args, { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: 'pipe' });
}

function refuses(job, pattern) {
    assert.throws(job, (error) => pattern.test(error.stderr));
}

const logs = (kind, sizes) => sizes.map((size) => join(folder, kind, String(size)));
const decoded = () => join(folder, 'sealed', String(DECODED_SIZE));

before(() => {
    folder = mkdtempSync(join(tmpdir(), 'xinji-strangers-'));
    for (const [kind, sizes] of [['known', KNOWN_SIZES], ['sealed', SEALED_SIZES]]) {
        run(process.env.EXPORT_LOG_PROGRAM, kind, join(folder, kind), ...sizes.map(String));
    }
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of a decoder: place and value. */
function lines(text) {
    return text.trimEnd().split('\n').map((line) => {
        const space = line.indexOf(' ');
        return [Number(line.slice(0, space)), JSON.parse(line.slice(space))];
    });
}

/** @polkadot/types writes names its own way: at_ms as atMs, Rating as rating. Our names, for comparison. */
function renamed(value, kinds = KINDS) {
    if (Array.isArray(value)) return value.map((item) => renamed(item, ['PreRuntime', 'Seal']));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, held]) => {
        const kind = kinds.find((name) => name.toLowerCase() === key.toLowerCase());
        return [kind ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), renamed(held, [])];
    }));
}

function compare(text, name = (value) => value) {
    const ours = lines(readFileSync(join(decoded(), 'entries.txt'), 'utf8'));
    const theirs = lines(text);
    assert.equal(theirs.length, ours.length);
    for (const [at, [index, value]] of ours.entries()) {
        assert.deepEqual([theirs[at][0], name(theirs[at][1])], [index, value]);
    }
    const seen = new Set(ours.flatMap(([, value]) => Object.keys(value)));
    assert.deepEqual([...seen].sort(), [...KINDS].sort(), 'the log holds every kind of entry');
}

test('JavaScript decodes every entry and header from the registry alone', () => {
    compare(run(process.execPath, join(ROOT, 'docs/examples/javascript/decode.mjs'), decoded()), renamed);
});

test('Python decodes every entry and header from the registry alone', () => {
    compare(run(python, join(ROOT, 'docs/examples/python/decode.py'), decoded()));
});

test('a registry that the log does not promise is refused', () => {
    const types = join(decoded(), 'types.json');
    const good = readFileSync(types, 'utf8');
    writeFileSync(types, `${good} `);
    try {
        for (const [program, ...args] of [
            [process.execPath, join(ROOT, 'docs/examples/javascript/decode.mjs')],
            [python, join(ROOT, 'docs/examples/python/decode.py')],
        ]) {
            refuses(() => run(program, ...args, decoded()), /the log promises the types 0x[0-9a-f]{64}/);
        }
    } finally {
        writeFileSync(types, good);
    }
});

for (const [kind, sizes] of [['known', KNOWN_SIZES], ['sealed', SEALED_SIZES]]) {
    test(`a Python verifier accepts the ${kind} logs and refuses every flipped bit`, () => {
        const verdicts = run(python, join(ROOT, 'tests/strangers/verify.py'), VKEY, ...logs(kind, sizes));
        const found = verdicts.trimEnd().split('\n').map((line) => {
            const [, size, refused, of] = line.match(/^(\d+) accepted, (\d+) of (\d+) flips refused$/) ?? [line];
            assert.ok(Number(refused) > 0 && refused === of, line);
            return Number(size);
        });
        assert.deepEqual(found, sizes);
    });
}

test('a Python verifier refuses another log\'s key', () => {
    const other = 'ledger.example/credit+00000000+AZsfhHkc/HZjBFhU04netcqVRJ2HXydqg4QLBgqznPxx';
    refuses(() => run(python, join(ROOT, 'tests/strangers/verify.py'), other, ...logs('known', [3])), /no signature/);
});
