// What docs/LEDGER.md tells a verifier to save and to type is run here, on a log and a receipt of ours.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
const SIZE = 1000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const SCRIPTS = ['check.py', 'state.py', 'audit.py', 'entry.py', 'evidence.py'];

const python = process.env.STRANGERS_PYTHON;
let folder;
let server;
let address;

/** The Python programs of the document, by the name it gives each. */
function scripts() {
    const text = readFileSync(join(ROOT, 'docs/LEDGER.md'), 'utf8');
    return Object.fromEntries([...text.matchAll(/```python\n(.*?)```/gs)].map((found) => {
        const named = [...text.slice(0, found.index).matchAll(/`([a-z]+\.py)`/g)].at(-1);
        return [named[1], found[1]];
    }));
}

async function run(program, ...args) {
    const options = { cwd: folder, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES };
    return (await promisify(execFile)(program, args, options)).stdout;
}

const openssl = () => run('openssl', ...'pkeyutl -verify -pubin -keyform DER -inkey log.der -rawin'.split(' '),
    '-in', 'note.txt', '-sigfile', 'note.sig');

before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xinji-document-'));
    execFileSync(process.env.EXPORT_LOG_PROGRAM, ['sealed', join(folder, 'log'), String(SIZE)]);
    const log = join(folder, 'log', String(SIZE));
    for (const name of ['receipt.json', 'status.json', 'log.vkey']) copyFileSync(join(log, name), join(folder, name));
    for (const [name, text] of Object.entries(scripts())) writeFileSync(join(folder, name), text);
    server = createServer((request, response) => {
        try {
            response.end(readFileSync(join(log, normalize(request.url))));
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
});

test('the document has the programs that are run here', () => {
    assert.deepEqual(Object.keys(scripts()).sort(), [...SCRIPTS].sort());
});

test('a receipt, by check.py and OpenSSL', async () => {
    const said = await run('python3', 'check.py', 'receipt.json', 'log.vkey');
    assert.match(said, /^entry is leaf \d+ of 1000 in ledger\.example\/credit\n/);
    assert.match(said, /\nthe 1 shown fields are those committed to\n$/);
    assert.match(await openssl(), /Signature Verified Successfully/);
    writeFileSync(join(folder, 'note.txt'), 'ledger.example/credit\n1001\n');
    await assert.rejects(openssl);
});

test('a receipt that was changed is refused by check.py and by state.py', async () => {
    const good = readFileSync(join(folder, 'receipt.json'), 'utf8');
    const receipt = JSON.parse(good);
    const entry = Buffer.from(receipt.entry, 'base64');
    entry[entry.length - 1] ^= 1;
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify({ ...receipt, entry: entry.toString('base64') }));
    await assert.rejects(run('python3', 'check.py', 'other.json', 'log.vkey'), /the entry is not in this tree/);
    assert.match(await run('python3', 'state.py', 'other.json'), /a later rating is leaf/);
    const proof = Buffer.from(receipt.state_proof.state, 'base64');
    proof[proof.length - 1] ^= 1;
    receipt.state_proof.state = proof.toString('base64');
    writeFileSync(other, JSON.stringify(receipt));
    await assert.rejects(run('python3', 'state.py', 'other.json'), /not what the state map holds/);
});

test('what is in force, by state.py', async () => {
    assert.equal(await run('python3', 'state.py', 'receipt.json'),
        'in ledger.example/credit at 1000 leaves:\nthe rating is the latest of its label\n');
    assert.equal(await run('python3', 'state.py', 'status.json'), `in ledger.example/credit at 1000 leaves:
91511500MA6200000W has a rating
91511500MA6200000W is not on list 7
91511500MA6200000W is not on list 300
`);
});

test('whose label it is, by label.mjs', async () => {
    const program = join(ROOT, 'docs/examples/javascript/label.mjs');
    const said = [];
    for (const file of ['receipt.json', 'status.json']) said.push(await run(process.execPath, program, file));
    assert.match(said[0], /^91511500MA6200000W has the label [0-9a-f]{64}\n$/);
    assert.equal(said[0], said[1]);
    const document = readFileSync(join(ROOT, 'docs/LEDGER.md'), 'utf8');
    assert.ok(document.includes(said[0]), `the document shows another label than ${said[0]}`);
    const receipt = JSON.parse(readFileSync(join(folder, 'receipt.json'), 'utf8'));
    receipt.vrf_proof.uscc = '91511500MA6200001X';
    writeFileSync(join(folder, 'other.json'), JSON.stringify(receipt));
    await assert.rejects(run(process.execPath, program, 'other.json'), /the proof is not for 91511500MA6200001X/);
});

test('a whole log, by audit.py and OpenSSL', async () => {
    // It asks OpenSSL for every seal, with the key file that check.py wrote.
    await run('python3', 'check.py', 'receipt.json', 'log.vkey');
    const said = await run('python3', 'audit.py', address);
    assert.match(said, /^1000 leaves in \d+ blocks of ledger\.example\/credit are sound\n$/);
});

test('one entry, by tlog-scales', async () => {
    const said = await run(python, 'entry.py', address, 'log.vkey', '0');
    assert.match(said, /^leaf 0 of 1000 in ledger\.example\/credit has \d+ bytes\n$/);
    assert.ok(readFileSync(join(ROOT, 'docs/LEDGER.md'), 'utf8').includes(said), said);
});

test('evidence of a fork, by tlog-scales', async () => {
    const evidence = (kind) => join(folder, 'log', String(SIZE), `evidence-${kind}.json`);
    const document = readFileSync(join(ROOT, 'docs/LEDGER.md'), 'utf8');
    const said = await run(python, 'evidence.py', evidence('fork'), 'log.vkey');
    assert.ok(document.includes(said), said);
    assert.equal(await run(python, 'evidence.py', evidence('two_roots'), 'log.vkey'),
        'ledger.example/credit signed two roots for 1000 leaves\n');
    const file = JSON.parse(readFileSync(evidence('fork'), 'utf8'));
    const refused = async (changed, pattern) => {
        writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...file, ...changed }));
        await assert.rejects(run(python, 'evidence.py', 'other.json', 'log.vkey'), pattern);
    };
    await refused({ kind: 'two_roots' }, /no contradiction/);
    await refused({ notes: [file.notes[0].replace('\n500\n', '\n501\n'), file.notes[1]] }, /InvalidSignature/);
    await refused({ prefix_root: file.notes[0].split('\n')[2] }, /ConsistencyProofInvalid/);
});

test('evidence of what is no block, by tlog-scales', async () => {
    const evidence = (kind) => join(folder, 'log', String(SIZE), `evidence-${kind}.json`);
    const said = (name) => run(python, 'evidence.py', name, 'log.vkey');
    assert.equal(await said(evidence('open_end')),
        'ledger.example/credit signed 1002 leaves that end inside the block from leaf 1000 on\n');
    assert.equal(await said(evidence('long_block')),
        'ledger.example/credit signed more than 256 entries without a seal, from leaf 1000 on\n');
    const refused = async (kind, change, pattern) => {
        const file = JSON.parse(readFileSync(evidence(kind), 'utf8'));
        change(file);
        writeFileSync(join(folder, 'other.json'), JSON.stringify(file));
        await assert.rejects(said('other.json'), pattern);
    };
    const block = (file) => Buffer.from(file.block, 'base64');
    // Half of what was shown, other leaves, another beginning, a checkpoint that nobody signed.
    await refused('long_block', (file) => {
        file.block = block(file).subarray(0, block(file).length / 257 * 100).toString('base64');
    }, /ConsistencyProof/);
    await refused('open_end', (file) => {
        const bytes = block(file);
        bytes[bytes.length - 1] ^= 1;
        file.block = bytes.toString('base64');
    }, /not in the signed tree/);
    await refused('open_end', (file) => { file.parent = file.block; }, /no seal before it/);
    await refused('open_end', (file) => { file.first_index -= 1; }, /not the tree before/);
    await refused('open_end', (file) => { file.notes[0] = file.notes[0].replace('\n1002\n', '\n1003\n'); },
        /InvalidSignature/);
    await refused('open_end', (file) => { file.kind = 'open_end'; }, /no such kind/);
});

test('the examples read a served log as they read a folder', async () => {
    const log = join(folder, 'log', String(SIZE));
    for (const [program, path] of [[process.execPath, 'javascript/decode.mjs'], [python, 'python/decode.py']]) {
        const example = join(ROOT, 'docs/examples', path);
        assert.equal(await run(program, example, address), await run(program, example, log));
    }
});
