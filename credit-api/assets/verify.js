// Checks a receipt of the ledger: `verifyReceipt(text, vkey, policy)`. A pure module: no page, no network, no
// clock; it needs only WebCrypto. It follows the Rust verifier step for step, and refuses what that refuses.
//
// A step is { number, state: "proven" | "not_proven" | "failed", code, args }. The first step that fails ends
// the check; what comes after it is then not proven (code "not_reached"). Step 0 is the reading of the file.

const MAX_RECEIPT_BYTES = 1024 * 1024;
const MAX_ENTRY_BYTES = 4096;
const MAX_FIELDS = 512;
const MAX_VALUE_BYTES = 4096;
const MAX_NOTE_BYTES = 128 * 1024;
const MAX_SIGNATURES = 64;
const MAX_PROOF_HASHES = 65;
const MAX_TREE_SIZE = 1n << 62n;
const MAX_TIME = (1n << 63n) - 1n;
const MAX_NAME_BYTES = 255;
const MAX_POLICY_BYTES = 64 * 1024;
const MAX_POLICY_ITEMS = 32;
const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const ED25519 = 1;
const COSIGNATURE = 4;
const KEYS = ["version", "disclosed", "commitment_proof", "entry", "proof", "state_proof", "vrf_proof", "scorecard_digest"];

const utf8 = new TextEncoder();

/** Why a step fails: a code with the words' arguments. */
export class Refused extends Error {
  constructor(code, ...args) {
    super(code);
    this.code = code;
    this.args = args;
  }
}

function need(holds, code, ...args) {
  if (!holds) throw new Refused(code, ...args);
}

// Bytes

function concat(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Padded base64 with one spelling, else null. */
function fromBase64(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return base64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

function hash32(text) {
  const bytes = fromBase64(text);
  return bytes?.length === 32 ? bytes : null;
}

/** A decimal without sign or leading zeroes that fits 64 bits, as BigInt. */
function decimal(text) {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
  const number = BigInt(text);
  return number < 1n << 64n ? number : null;
}

// RFC 6962

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export const leafHash = (bytes) => sha256(concat([0], bytes));
export const nodeHash = (left, right) => sha256(concat([1], left, right));

/** Inclusion as in RFC 9162 section 2.1.3.2. */
async function checkInclusion(leaf, index, size, hashes, root) {
  need(index < size, "not_in_log");
  let [place, last, found] = [index, size - 1n, leaf];
  for (const sibling of hashes) {
    need(last > 0n, "not_in_log");
    if (place & 1n || place === last) {
      found = await nodeHash(sibling, found);
      while (!(place & 1n) && place !== 0n) [place, last] = [place >> 1n, last >> 1n];
    } else {
      found = await nodeHash(found, sibling);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  need(last === 0n && same(found, root), "not_in_log");
}

// Signed notes (C2SP signed-note)

function isKeyName(name) {
  return name !== "" && utf8.encode(name).length <= MAX_NAME_BYTES && !/[\s+\u0000-\u001f\u007f-\u009f\u0085]/.test(name);
}

/** Reads `name+hex key ID+base64(type ‖ key)`. */
export async function parseVkey(text, kinds = [ED25519]) {
  const [, name, id, key] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text.trim()) ?? [];
  const bytes = fromBase64(key);
  need(name && isKeyName(name) && bytes?.length === 33 && kinds.includes(bytes[0]), "bad_vkey");
  const expected = (await sha256(concat(utf8.encode(`${name}\n`), bytes))).slice(0, 4);
  need(hex(expected) === id, "bad_vkey");
  return { name, id: expected, kind: bytes[0], key: bytes.slice(1) };
}

function parseNote(text) {
  need(utf8.encode(text).length <= MAX_NOTE_BYTES && !/[\u0000-\u0009\u000b-\u001f]/.test(text), "bad_note");
  const end = text.lastIndexOf("\n\n");
  need(end >= 0 && text.endsWith("\n"), "bad_note");
  const lines = text.slice(end + 2, -1).split("\n");
  need(lines.length <= MAX_SIGNATURES, "bad_note");
  const signatures = lines.map((line) => {
    const [, name, sig] = /^\u2014 ([^ ]+) (.+)$/.exec(line) ?? [];
    const bytes = fromBase64(sig);
    need(name && isKeyName(name) && bytes?.length > 4, "bad_note");
    return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: text.slice(0, end + 1), signatures };
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  need(lines.length === 4 && lines[3] === "" && isKeyName(lines[0]), "bad_checkpoint");
  const [size, root] = [decimal(lines[1]), hash32(lines[2])];
  need(size !== null && size <= MAX_TREE_SIZE && root, "bad_checkpoint");
  return { origin: lines[0], size, root };
}

function parseProof(text) {
  const end = text.indexOf("\n\n");
  need(end >= 0, "bad_proof");
  const [first, index, ...hashes] = text.slice(0, end).split("\n");
  need(first === FIRST_LINE, "bad_proof");
  need(!index?.startsWith("extra "), "extra_data");
  const place = index?.startsWith("index ") ? decimal(index.slice(6)) : null;
  need(place !== null && hashes.length <= MAX_PROOF_HASHES, "bad_proof");
  const read = hashes.map(hash32);
  need(read.every((hash) => hash), "bad_proof");
  return { index: place, hashes: read, note: parseNote(text.slice(end + 2)) };
}

async function ed25519(key, signature, message) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    throw new Refused(error.name === "NotSupportedError" ? "no_ed25519" : "bad_vkey");
  }
  return signature.length === 64 && crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** Whether the line is by the key; a cosignature signs its time with the text. */
async function lineIsBy(vkey, line, text) {
  if (vkey.kind === ED25519) return ed25519(vkey.key, line.signature, utf8.encode(text));
  if (line.signature.length !== 72) return false;
  const time = line.signature.slice(0, 8).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  if (time > MAX_TIME) return false;
  return ed25519(vkey.key, line.signature.slice(8), utf8.encode(`cosignature/v1\ntime ${time}\n${text}`));
}

// Policies (C2SP tlog-policy)

export async function parsePolicy(text) {
  need(utf8.encode(text).length <= MAX_POLICY_BYTES && !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text), "bad_policy");
  const policy = { logs: [], witnesses: [], groups: new Map(), quorum: undefined };
  const [witnesses, taken, keys] = [new Map(), new Set(), new Set()];
  const isFree = (name) => name !== "none" && !witnesses.has(name) && !policy.groups.has(name);
  const isKnown = (name) => witnesses.has(name) || policy.groups.has(name);
  const addKey = async (place, text, kind) => {
    const vkey = await parseVkey(text, [kind]).catch(() => need(false, "bad_policy"));
    need(!keys.has(`${place} ${hex(vkey.key)}`), "bad_policy");
    keys.add(`${place} ${hex(vkey.key)}`);
    return vkey;
  };
  for (const line of text.split("\n")) {
    const [word, ...parts] = line.split(/[ \t]+/).filter((part) => part !== "");
    if (word === undefined || word.startsWith("#")) continue;
    if (word === "log" && (parts.length === 1 || parts.length === 2)) {
      policy.logs.push(await addKey("log", parts[0], ED25519));
    } else if (word === "witness" && (parts.length === 2 || parts.length === 3)) {
      need(isFree(parts[0]), "bad_policy");
      policy.witnesses.push({ name: parts[0], vkey: await addKey("witness", parts[1], COSIGNATURE) });
      witnesses.set(parts[0], policy.witnesses.length - 1);
    } else if (word === "group" && parts.length >= 3) {
      const [name, rule, ...members] = parts;
      const counted = rule === "any" ? 1 : rule === "all" ? members.length : Number(decimal(rule) ?? 0n);
      const fits = members.every((member) => isKnown(member) && !taken.has(member));
      need(isFree(name) && fits && new Set(members).size === members.length, "bad_policy");
      need(counted >= 1 && counted <= members.length, "bad_policy");
      members.forEach((member) => taken.add(member));
      policy.groups.set(name, { counted, members });
    } else {
      const isQuorum = word === "quorum" && parts.length === 1 && policy.quorum === undefined;
      need(isQuorum && (parts[0] === "none" || isKnown(parts[0])), "bad_policy");
      policy.quorum = parts[0] === "none" ? null : parts[0];
    }
    const most = Math.max(policy.logs.length, policy.witnesses.length, policy.groups.size);
    need(most <= MAX_POLICY_ITEMS, "bad_policy");
  }
  need(policy.quorum !== undefined, "bad_policy");
  return policy;
}

function isQuorum(policy, cosigned) {
  const has = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(has).length >= group.counted : cosigned.has(name);
  };
  return has(policy.quorum);
}

// Entries (SCALE)

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  take(length) {
    need(this.at + length <= this.bytes.length, "bad_entry");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
  byte(limit = 256) {
    const [byte] = this.take(1);
    need(byte < limit, "bad_entry");
    return byte;
  }
  little(length) {
    return this.take(length).reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);
  }
  /** A compact integer in its shortest form. */
  compact() {
    const mode = this.bytes[this.at] & 3;
    if (mode < 3) {
      const number = this.little(1 << mode) >> 2n;
      need(mode === 0 || number >> BigInt(mode === 1 ? 6 : 14) > 0n, "bad_entry");
      return number;
    }
    const length = (this.byte() >> 2) + 4;
    need(length <= 8, "bad_entry");
    const number = this.little(length);
    need(number >> BigInt(length === 4 ? 30 : (length - 1) * 8) > 0n, "bad_entry");
    return number;
  }
  env() {
    const subject = this.take(32);
    const seq = this.compact();
    this.take(32);
    const atMs = this.little(8);
    this.take(32);
    const commitment = this.take(32);
    const author = this.little(4);
    if (this.byte(2) === 1) this.take(64);
    return { subject, seq, atMs, commitment, author };
  }
}

/** Name and envelope of an entry. Entries without an envelope are not decoded further: they commit to nothing. */
export function decodeEntry(bytes) {
  need(bytes.length > 0 && bytes.length <= MAX_ENTRY_BYTES, "bad_entry");
  const names = { 0: "genesis", 1: "rating", 2: "listing", 3: "scorecard", 4: "key", 5: "statement", 6: "erasure", 7: "digest", 15: "seal" };
  const reader = new Reader(bytes);
  const entry = { name: names[reader.byte()], env: null, scorecardDigest: null };
  need(entry.name, "bad_entry");
  if (!["rating", "listing", "statement", "erasure"].includes(entry.name)) return entry;
  entry.env = reader.env();
  if (entry.name === "rating") entry.scorecardDigest = hex(reader.take(32));
  if (entry.name === "statement") reader.byte(4);
  if (entry.name === "listing") {
    reader.take(2);
    reader.byte(2);
    if (reader.byte(2) === 1) reader.take(18);
  }
  need(reader.at === bytes.length, "bad_entry");
  return entry;
}

// The receipt

const isU16 = (number) => Number.isInteger(number) && number >= 0 && number <= 0xffff;

function readValue(value) {
  const [[kind, text], ...more] = Object.entries(value ?? {}).concat([["", null]]);
  need(more.length === 1 && typeof text === "string", "bad_json");
  if (kind === "hex") return fromHex(text) ?? need(false, "bad_json");
  need(kind === "text", "bad_json");
  return utf8.encode(text);
}

/** The one way in which the bytes of a value are written. */
function writeValue(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text !== "" && !/[\u0000-\u001f\u007f-\u009f]/.test(text)) return { text };
  } catch {
    // Not UTF-8: written in hexadecimal.
  }
  return { hex: hex(bytes) };
}

/** Reads a receipt; only the spelling that the ledger itself writes is accepted. */
export function parseReceipt(text) {
  need(utf8.encode(text).length <= MAX_RECEIPT_BYTES, "too_long");
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Refused("bad_json");
  }
  need(file !== null && typeof file === "object" && Object.keys(file).join() === KEYS.join(), "bad_json");
  need(file.version === 1, "bad_version", String(file.version));
  need(file.state_proof === null && file.vrf_proof === null && typeof file.proof === "string", "bad_json");
  need(Array.isArray(file.disclosed), "bad_json");
  const entryBytes = fromBase64(file.entry) ?? need(false, "bad_entry");
  const entry = decodeEntry(entryBytes);
  need(file.scorecard_digest === entry.scorecardDigest, "other_scorecard");
  const fields = file.disclosed.map((field) => {
    const salt = fromHex(field?.salt);
    need(isU16(field?.position) && isU16(field.field) && salt?.length === 32, "bad_json");
    return { position: field.position, id: field.field, salt, value: readValue(field.value) };
  });
  const shown = file.commitment_proof;
  need((shown !== null) === fields.length > 0, "half_disclosure");
  let disclosure = null;
  if (shown !== null) {
    need(isU16(shown?.fields) && Array.isArray(shown.hidden), "bad_json");
    const hidden = shown.hidden.map((hash) => hash32(hash) ?? need(false, "bad_json"));
    disclosure = { count: shown.fields, fields, hidden };
  }
  const written = {
    version: 1,
    disclosed: fields.map(({ position, id, salt, value }) => ({ position, field: id, salt: hex(salt), value: writeValue(value) })),
    commitment_proof: disclosure && { fields: disclosure.count, hidden: disclosure.hidden.map(base64) },
    entry: file.entry,
    proof: file.proof,
    state_proof: null,
    vrf_proof: null,
    scorecard_digest: entry.scorecardDigest,
  };
  need(`${JSON.stringify(written, null, 2)}\n` === text, "not_canonical");
  return { disclosure, entry, entryBytes, proof: parseProof(file.proof) };
}

// Step 1

function scaleValue(id, salt, value) {
  const length = value.length;
  const prefix = length < 64 ? [length << 2] : [((length << 2) | 1) & 0xff, length >> 6];
  return concat([id & 0xff, id >> 8], salt, prefix, value);
}

async function checkFields({ count, fields, hidden }, commitment) {
  need(count <= MAX_FIELDS && fields.length <= MAX_FIELDS, "bad_fields");
  const [first] = fields;
  need(first.id === 0 && first.position === 0 && same(first.value, [count & 0xff, count >> 8]), "bad_fields");
  fields.forEach((field, at) => {
    const before = fields[at - 1];
    need(!before || (before.id < field.id && before.position < field.position), "bad_fields");
    // A value of 4096 bytes is the longest, and the longest that two bytes of prefix can say.
    need(field.position < count && field.value.length <= MAX_VALUE_BYTES, "bad_fields");
  });
  const leaves = [];
  for (const field of fields) {
    leaves.push({ position: field.position, hash: await leafHash(scaleValue(field.id, field.salt, field.value)) });
  }
  let [leaf, hash] = [0, 0];
  const rebuild = async (start, length) => {
    if (leaf === leaves.length || leaves[leaf].position >= start + length) {
      need(hash < hidden.length, "bad_fields");
      return hidden[hash++];
    }
    if (length === 1) return leaves[leaf++].hash;
    let split = 1;
    while (split * 2 < length) split *= 2;
    const left = await rebuild(start, split);
    return nodeHash(left, await rebuild(start + split, length - split));
  };
  const root = await rebuild(0, count);
  need(leaf === leaves.length && hash === hidden.length, "bad_fields");
  need(same(root, commitment), "other_fields");
}

// Steps 4 and 5

/** Every line must be by a known key, once, log before witnesses; only one under the log's own name may be by another. Without a policy only the log is known, and
 *  the lines of others are left aside. */
async function checkSignatures(note, origin, log, policy) {
  need(log.name === origin, "other_log", origin);
  const known = [{ vkey: log }, ...(policy?.witnesses ?? [])];
  let [next, logSigned] = [0, false];
  const cosigned = new Set();
  for (const line of note.signatures) {
    const place = known.findIndex(({ vkey }) => vkey.name === line.name && same(vkey.id, line.id));
    // While the log's key is being replaced two of them sign, and not everybody knows both.
    if (place < 0 && (!policy || line.name === origin)) continue;
    need(place >= 0, "unknown_signature", line.name);
    need(place >= next, "signature_order");
    need(await lineIsBy(known[place].vkey, line, note.text), "bad_signature", line.name);
    next = place + 1;
    if (place === 0) logSigned = true;
    else cosigned.add(known[place].name);
  }
  need(logSigned, "not_signed", origin);
  return cosigned;
}

function quorumStep(policy, cosigned) {
  const names = [...cosigned];
  if (!policy) return ["not_proven", "no_policy"];
  if (policy.quorum === null) return ["not_proven", "no_quorum_asked"];
  if (isQuorum(policy, cosigned)) return ["proven", "quorum", names];
  return ["not_proven", "quorum_missing", names];
}

/**
 * Verifies the text of a receipt file against the log's key, and against a witness policy where one is given.
 * Answers { ok, steps, receipt, checkpoint }; `ok` when nothing failed. Steps 6 and 7 are never proven here.
 */
export async function verifyReceipt(text, vkey, policyText = "") {
  const steps = [];
  const add = (number, state, code, ...args) => steps.push({ number, state, code, args });
  let [number, receipt, checkpoint] = [0, null, null];
  try {
    receipt = parseReceipt(text);
    const { disclosure, entry, proof } = receipt;
    checkpoint = parseCheckpoint(proof.note.text);
    number = 1;
    if (disclosure) {
      need(entry.env, "no_commitment");
      await checkFields(disclosure, entry.env.commitment);
      add(1, "proven", "fields", disclosure.fields.length - 1, disclosure.count - 1);
    } else {
      add(1, "not_proven", "nothing_shown");
    }
    number = 2;
    const leaf = await leafHash(receipt.entryBytes);
    add(2, "proven", "leaf", String(proof.index));
    number = 3;
    await checkInclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root);
    add(3, "proven", "included", String(proof.index), String(checkpoint.size));
    number = 4;
    const log = await parseVkey(vkey);
    const policy = policyText.trim() === "" ? null : await parsePolicy(policyText);
    need(!policy || policy.logs.some((other) => same(other.key, log.key) && other.name === log.name), "policy_other_log");
    const cosigned = await checkSignatures(proof.note, checkpoint.origin, log, policy);
    add(4, "proven", "signed", checkpoint.origin);
    add(5, ...quorumStep(policy, cosigned));
    add(6, "not_proven", "no_state_proof");
    add(7, "not_proven", "no_scorecard");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    add(number, "failed", error.code, ...error.args);
    for (let rest = number + 1; rest <= 7; rest += 1) add(rest, "not_proven", "not_reached");
  }
  return { ok: steps.every((step) => step.state !== "failed"), steps, receipt, checkpoint };
}
