// Checks files of the ledger: `verifyReceipt`, `verifyStatus`, `verifyProof`. Pure: no page, no network, no clock; it
// needs WebCrypto, and for labels the group ristretto255, which is handed in (see label.js). It follows the Rust
// verifier (`ledger::verify`) check for check and refuses what that refuses, with the same code; tests/corpus holds
// both to it.
//
// A step is { number, state: "proven" | "not_proven" | "failed", code, args }. The first check that fails ends the
// whole; steps not done until then are not proven (code "not_reached"). Step 0 is the reading of the file.

import { checkInclusion, isIncluded, leafHash, need, nodeHash, Refused, same, sha256, toUtf8 } from "./bytes.js";
import { verifyLabel } from "./label.js";
import { checkSignatures, parseCheckpoint, parseProof, quorumStep, trusted } from "./note.js";
import { kindOf, parseReceipt, parseStatus } from "./receipt.js";
import { decodeEntry, decodeListed, decodeRating } from "./scale.js";
import { checkState, listKey, ratingKey } from "./state.js";

export { kindOf };

const MAX_FIELDS = 512;
const MAX_VALUE_BYTES = 4096;
/** Field of a statement that holds the code of the enterprise. */
const USCC_FIELD = 1;
const STEPS = 7;

// Step 1

function scaleField(id, salt, value) {
  const length = value.length;
  const prefix = length < 64 ? [length << 2] : [((length << 2) | 1) & 0xff, length >> 6];
  return [[id & 0xff, id >> 8], salt, prefix, value];
}

async function checkFields({ count, fields, hidden }, commitment) {
  need(count <= MAX_FIELDS && fields.length <= MAX_FIELDS, "fields_too_many");
  const [first] = fields;
  need(first.id === 0 && first.position === 0, "fields_no_count");
  need(same(first.value, [count & 0xff, count >> 8]), "fields_count");
  const follows = (field, before) => !before || (before.id < field.id && before.position < field.position);
  need(fields.every((field, at) => follows(field, fields[at - 1])), "fields_order");
  for (const field of fields) {
    need(field.position < count, "fields_position");
    // The longest value is also the longest that two bytes of prefix can say.
    need(field.value.length <= MAX_VALUE_BYTES, "fields_value_too_long");
  }
  const leaves = [];
  for (const field of fields) {
    const hash = await sha256([0], ...scaleField(field.id, field.salt, field.value));
    leaves.push({ position: field.position, hash });
  }
  let [leaf, hash] = [0, 0];
  const rebuild = async (start, length) => {
    if (leaf === leaves.length || leaves[leaf].position >= start + length) {
      need(hash < hidden.length, "fields_proof_length");
      return hidden[hash++];
    }
    if (length === 1) return leaves[leaf++].hash;
    let split = 1;
    while (split * 2 < length) split *= 2;
    const left = await rebuild(start, split);
    return nodeHash(left, await rebuild(start + split, length - split));
  };
  const root = await rebuild(0, count);
  need(leaf === leaves.length && hash === hidden.length, "fields_proof_length");
  need(same(root, commitment), "fields_other");
}

// Step 6

async function checkSeal(seal, hashes, checkpoint) {
  const leaf = await leafHash(seal.bytes);
  const last = checkpoint.size === 0n ? 0n : checkpoint.size - 1n;
  const isLast = await isIncluded(leaf, last, checkpoint.size, hashes, checkpoint.root);
  need(seal.treeSize === checkpoint.size && isLast, "not_the_seal");
}

async function checkLabel({ uscc, proof, genesis, hashes }, checkpoint, curve) {
  const isFirst = await isIncluded(await leafHash(genesis.bytes), 0n, checkpoint.size, hashes, checkpoint.root);
  need(genesis.origin === checkpoint.origin && isFirst, "genesis");
  return verifyLabel(curve, genesis.labelKey, uscc, proof);
}

/** The code of the enterprise that the entry is about, where the receipt shows it. */
async function checkSubject({ entry, disclosure, label }, checkpoint, curve) {
  if (entry.listing?.uscc) {
    let uscc;
    try {
      uscc = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.listing.uscc);
    } catch {
      need(false, "subject");
    }
    need(same(await sha256(entry.listing.uscc), entry.env.subject) && label === null, "subject");
    return uscc;
  }
  if (label === null) return null;
  const subject = await checkLabel(label, checkpoint, curve);
  need(entry.env && same(entry.env.subject, subject), "subject");
  const shown = (disclosure?.fields ?? []).filter((field) => field.id === USCC_FIELD);
  need(shown.every((field) => same(field.value, toUtf8(label.uscc))), "subject");
  return label.uscc;
}

/** What the map holds under the key, decoded; null for nothing. */
async function checkClaim(claim, root, key, decode) {
  await checkState(claim, root, key);
  return claim.value === null ? null : decode(claim.value);
}

async function checkLatest(receipt, leaf, checkpoint, curve) {
  const { entry, proof, state, label } = receipt;
  if (label !== null && !curve) return ["not_proven", "no_ristretto"];
  const uscc = await checkSubject(receipt, checkpoint, curve);
  if (state === null) return ["not_proven", "no_state_proof"];
  await checkSeal(state.seal, state.hashes, checkpoint);
  const root = state.seal.stateRoot;
  let found;
  if (entry.name === "rating") {
    found = await checkClaim(state.claim, root, await ratingKey(entry.env.subject), decodeRating);
    need(found, "state_contradicts");
    const isSame = same(found.leafHash, leaf) && found.seq === entry.env.seq;
    need(found.leafIndex !== proof.index || isSame, "state_contradicts");
  } else {
    need(entry.name === "listing", "no_state");
    const key = await listKey(entry.listing.list, entry.env.subject);
    found = await checkClaim(state.claim, root, key, decodeListed);
    need(found, "state_contradicts");
    need(found.leafIndex !== proof.index || found.listed === entry.listing.listed, "state_contradicts");
  }
  need(found.leafIndex >= proof.index, "state_contradicts");
  if (found.leafIndex > proof.index) return ["not_proven", "superseded", String(found.leafIndex)];
  if (uscc === null) return ["not_proven", "no_label_proof"];
  return ["proven", "latest", uscc, String(checkpoint.size), String(state.seal.atMs)];
}

// The whole

/** Runs the checks of a file. `check` gets `at(number)`, which says what is checked from now on, and `add`. */
async function run(last, check) {
  const steps = new Map();
  let number = 0;
  const add = (step, state, code, ...args) => steps.set(step, { number: step, state, code, args });
  let found = {};
  try {
    found = await check((step) => (number = step), add);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    add(number, "failed", error.code, ...error.args);
    for (let step = 1; step <= last; step += 1) if (!steps.has(step)) add(step, "not_proven", "not_reached");
  }
  const list = [...steps.values()].sort((left, right) => left.number - right.number);
  return { ok: list.every((step) => step.state !== "failed"), steps: list, ...found };
}

async function checkReceipt(receipt, vkey, policyText, curve, at, add) {
  const { disclosure, entry, entryBytes, proof } = receipt;
  need(proof.extra === null, "extra");
  const checkpoint = parseCheckpoint(proof.note.text);
  at(4);
  const believed = await trusted(vkey, policyText);
  const cosigned = await checkSignatures(proof.note, checkpoint.origin, believed);
  add(4, "proven", "signed", checkpoint.origin);
  add(5, ...quorumStep(believed.policy, cosigned));
  at(3);
  const leaf = await leafHash(entryBytes);
  await checkInclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root);
  add(2, "proven", "leaf", String(proof.index));
  add(3, "proven", "included", String(proof.index), String(checkpoint.size));
  at(1);
  if (disclosure) {
    need(entry.env, "no_commitment");
    await checkFields(disclosure, entry.env.commitment);
    add(1, "proven", "fields", disclosure.fields.length - 1, disclosure.count - 1);
  } else {
    add(1, "not_proven", "nothing_shown");
  }
  at(6);
  add(6, ...(await checkLatest(receipt, leaf, checkpoint, curve)));
  add(7, "not_proven", "score_not_checked");
  return { receipt, checkpoint, cosigned: [...cosigned] };
}

/**
 * Verifies the text of a receipt file against the log's key, and against a witness policy where one is given. `curve`
 * is the module of ristretto255; without it a label is named as not checked.
 * Answers { ok, steps, receipt, checkpoint, cosigned }; `ok` when nothing failed. Step 7 is never proven here.
 */
export function verifyReceipt(text, vkey, policyText = "", curve = null) {
  return run(STEPS, (at, add) => checkReceipt(parseReceipt(text), vkey, policyText, curve, at, add));
}

/** The same for a tlog-proof; the entry is what is given, or what the proof's `extra` line holds. */
export function verifyProof(text, entry, vkey, policyText = "") {
  return run(STEPS, (at, add) => {
    const proof = parseProof(text);
    const extra = proof.extra;
    need(!entry || !extra || same(entry, extra), "extra");
    const entryBytes = entry ?? extra;
    need(entryBytes, "no_entry");
    const bare = { disclosure: null, state: null, label: null, entry: decodeEntry(entryBytes), entryBytes };
    return checkReceipt({ ...bare, proof: { ...proof, extra: null } }, vkey, policyText, null, at, add);
  });
}

/**
 * Verifies a status: what the log says of an enterprise. Its steps are 1 the label is the enterprise's, 2 the rating
 * in force, 3 the lists, 4 signed, 5 cosigned.
 */
export function verifyStatus(text, vkey, policyText = "", curve = null) {
  return run(5, async (at, add) => {
    const status = parseStatus(text);
    need(status.proof.extra === null, "extra");
    const checkpoint = parseCheckpoint(status.proof.note.text);
    at(4);
    const believed = await trusted(vkey, policyText);
    const cosigned = await checkSignatures(status.proof.note, checkpoint.origin, believed);
    add(4, "proven", "signed", checkpoint.origin);
    add(5, ...quorumStep(believed.policy, cosigned));
    at(2);
    need(status.proof.index + 1n === checkpoint.size, "not_the_seal");
    await checkSeal(status.seal, status.proof.hashes, checkpoint);
    at(1);
    let label = null;
    if (status.label) {
      need(curve, "no_ristretto");
      label = await checkLabel(status.label, checkpoint, curve);
      add(1, "proven", "subject_is", status.uscc);
    } else {
      add(1, "not_proven", "label_not_shown", status.uscc);
    }
    const root = status.seal.stateRoot;
    at(2);
    let rating = null;
    if (status.rating) {
      need(label, "label_missing");
      rating = await checkClaim(status.rating, root, await ratingKey(label), decodeRating);
      add(2, "proven", rating ? "rated" : "not_rated", rating && String(rating.leafIndex));
    } else {
      add(2, "not_proven", "rating_not_told");
    }
    at(3);
    const lists = [];
    for (const { list, isPublic, claim } of status.lists) {
      need(isPublic || label, "label_missing");
      const subject = isPublic ? await sha256(toUtf8(status.uscc)) : label;
      lists.push({ list, isPublic, state: await checkClaim(claim, root, await listKey(list, subject), decodeListed) });
    }
    add(3, ...(lists.length > 0 ? ["proven", "lists", lists] : ["not_proven", "lists_not_told"]));
    const sealedMs = String(status.seal.atMs);
    return { uscc: status.uscc, checkpoint, cosigned: [...cosigned], sealedMs, rating, lists };
  });
}
