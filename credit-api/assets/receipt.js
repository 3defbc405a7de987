// Reads receipts and statuses. A file has one spelling: what is read is written again and compared.

import { base64, fromBase64, fromHex, hash32, hex, need, Refused, toUtf8 } from "./bytes.js";
import { parseProof } from "./note.js";
import { decodeEntry, decodeStateProof } from "./scale.js";

const RECEIPT_VERSION = 2;
const STATUS_VERSION = 1;
const MAX_RECEIPT_BYTES = 1024 * 1024;
const MAX_STATE_VALUE_BYTES = 64;
const MAX_STATUS_LISTS = 64;
const MAX_PROOF_HASHES = 65;

// The shape of the JSON: what is not of it is no receipt, whatever it says.

const isText = (value) => typeof value === "string";
const isU16 = (value) => Number.isInteger(value) && value >= 0 && value <= 0xffff;
const isU32 = (value) => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
const isBool = (value) => typeof value === "boolean";
const isListOf = (item) => (value) => Array.isArray(value) && value.every(item);
const orNull = (shape) => (value) => value === null || value === undefined || shape(value);

/** An object with these fields, and with no others unless it is `open`. */
function isObject(fields, open = false) {
  return (value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
    const known = Object.entries(fields).every(([name, shape]) => shape(value[name]));
    return known && (open || Object.keys(value).every((name) => Object.hasOwn(fields, name)));
  };
}

const isValue = (value) => isObject({ text: isText })(value) || isObject({ hex: isText })(value);
const CLAIM = { value: orNull(isText), state: isText };
const isLabel = isObject({ uscc: isText, vrf: isText, genesis: isText, genesis_proof: isText });
const isReceipt = isObject({
  version: isU32,
  disclosed: isListOf(isObject({ position: isU16, field: isU16, salt: isText, value: isValue })),
  commitment_proof: orNull(isObject({ fields: isU16, hidden: isListOf(isText) })),
  entry: isText,
  proof: isText,
  state_proof: orNull(isObject({ seal: isText, seal_proof: isText, ...CLAIM }, true)),
  vrf_proof: orNull(isLabel),
  scorecard_digest: orNull(isText),
});
const isStatus = isObject({
  status_version: isU32,
  subject: (value) => isLabel(value) || isObject({ uscc: isText })(value),
  seal: isText,
  proof: isText,
  rating: orNull(isObject(CLAIM, true)),
  lists: isListOf(isObject({ list: isU16, public: isBool, ...CLAIM }, true)),
});

/** Whether some object has a name twice, which JSON.parse lets pass. The text is known to be JSON. */
function hasDoubledNames(text) {
  const open = [];
  let before = null;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}:]/g)) {
    if (token === "{") open.push(new Set());
    if (token === "}") open.pop();
    if (token === ":") {
      const name = JSON.parse(before);
      if (open.at(-1).has(name)) return true;
      open.at(-1).add(name);
    }
    before = token;
  }
  return false;
}

function readJson(text, shape) {
  need(toUtf8(text).length <= MAX_RECEIPT_BYTES, "too_long");
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Refused("json");
  }
  need(shape(file) && !hasDoubledNames(text), "json");
  return file;
}

// The parts

function readHashes(text, code) {
  const bytes = fromBase64(text);
  need(bytes && bytes.length % 32 === 0 && bytes.length <= 32 * MAX_PROOF_HASHES, code);
  return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.slice(32 * at, 32 * at + 32));
}

/** The entry of this name in base64. */
function readEntry(text, name, code) {
  try {
    const bytes = fromBase64(text);
    const entry = decodeEntry(bytes);
    if (entry.name === name) return { ...entry[name], bytes };
  } catch {
    // Refused below.
  }
  return need(false, code);
}

function readClaim({ value, state }) {
  const bytes = fromBase64(state);
  need(bytes, "part_state");
  const claim = { value: null, proof: decodeStateProof(bytes) };
  if (isText(value)) {
    claim.value = fromBase64(value);
    need(claim.value && claim.value.length <= MAX_STATE_VALUE_BYTES, "part_value");
  }
  return claim;
}

function readLabel({ uscc, vrf, genesis, genesis_proof: hashes }) {
  const first = readEntry(genesis, "genesis", "part_genesis");
  const proof = fromBase64(vrf);
  need(proof?.length === 80, "part_vrf");
  return { uscc, proof, genesis: first, hashes: readHashes(hashes, "part_genesis_proof") };
}

function readFields(disclosed, proof) {
  need((proof !== null) === disclosed.length > 0, "half_disclosure");
  if (proof === null) return null;
  const fields = disclosed.map(({ position, field, salt, value }) => {
    const bytes = isText(value.hex) ? fromHex(value.hex) : toUtf8(value.text);
    need(bytes, "value");
    const read = fromHex(salt);
    need(read?.length === 32 && hex(read) === salt, "salt");
    return { position, id: field, salt: read, value: bytes };
  });
  const hidden = proof.hidden.map((hash) => hash32(hash) ?? need(false, "hidden_hash"));
  return { count: proof.fields, fields, hidden };
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

const writeClaim = ({ value, state }) => ({ value: value ?? null, state });
const writeLabel = ({ uscc, vrf, genesis, genesis_proof }) => ({ uscc, vrf, genesis, genesis_proof });

function needSpelling(written, text) {
  need(`${JSON.stringify(written, null, 2)}\n` === text, "not_canonical");
}

/** Reads a receipt; only the spelling that the ledger itself writes is accepted. */
export function parseReceipt(text) {
  const file = readJson(text, isReceipt);
  need(file.version === RECEIPT_VERSION, "version", String(file.version));
  const entryBytes = fromBase64(file.entry) ?? need(false, "entry_base64");
  const disclosure = readFields(file.disclosed, file.commitment_proof ?? null);
  const entry = decodeEntry(entryBytes);
  const proof = parseProof(file.proof);
  const [placed, named] = [file.state_proof ?? null, file.vrf_proof ?? null];
  let state = null;
  if (placed) {
    const seal = readEntry(placed.seal, "seal", "part_seal");
    state = { seal, hashes: readHashes(placed.seal_proof, "part_seal_proof"), claim: readClaim(placed) };
  }
  const label = named && readLabel(named);
  need((file.scorecard_digest ?? null) === entry.scorecardDigest, "scorecard_digest");
  const written = {
    version: RECEIPT_VERSION,
    disclosed: (disclosure?.fields ?? []).map(({ position, id, salt, value }) => ({ position, field: id, salt: hex(salt), value: writeValue(value) })),
    commitment_proof: disclosure && { fields: disclosure.count, hidden: disclosure.hidden.map(base64) },
    entry: file.entry,
    proof: file.proof,
    state_proof: placed && { seal: placed.seal, seal_proof: placed.seal_proof, ...writeClaim(placed) },
    vrf_proof: named && writeLabel(named),
    scorecard_digest: entry.scorecardDigest,
  };
  needSpelling(written, text);
  return { disclosure, entry, entryBytes, proof, state, label };
}

/** Reads a status in the same way. */
export function parseStatus(text) {
  const file = readJson(text, isStatus);
  need(file.status_version === STATUS_VERSION, "version", String(file.status_version));
  need(file.lists.length <= MAX_STATUS_LISTS, "too_many_lists");
  const proof = parseProof(file.proof);
  // By its code alone where only published lists are told about: the label would show its entries in the log.
  const label = "vrf" in file.subject ? readLabel(file.subject) : null;
  const { uscc } = file.subject;
  const seal = readEntry(file.seal, "seal", "part_seal");
  const rating = file.rating ? readClaim(file.rating) : null;
  const lists = file.lists.map((one) => ({ list: one.list, isPublic: one.public, claim: readClaim(one) }));
  const written = {
    status_version: STATUS_VERSION,
    subject: label ? writeLabel(file.subject) : { uscc },
    seal: file.seal,
    proof: file.proof,
    rating: file.rating ? writeClaim(file.rating) : null,
    lists: file.lists.map((one) => ({ list: one.list, public: one.public, ...writeClaim(one) })),
  };
  needSpelling(written, text);
  return { proof, uscc, label, seal, rating, lists };
}

/** What a file looks like: "status", "proof", else "receipt". */
export function kindOf(text) {
  if (/^\s*\{\s*"status_version"/.test(text)) return "status";
  return text.startsWith("c2sp.org/tlog-proof@") ? "proof" : "receipt";
}
