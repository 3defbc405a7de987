// Signed notes, checkpoints, offline proofs and policies of C2SP, and who signed.

import { concat, decimal, fromBase64, hash32, hex, need, Refused, same, sha256, toUtf8 } from "./bytes.js";

const MAX_NOTE_BYTES = 128 * 1024;
const MAX_PROOF_BYTES = MAX_NOTE_BYTES + 16 * 1024;
const MAX_EXTRA_BYTES = 4096;
const MAX_SIGNATURES = 64;
const MAX_PROOF_HASHES = 65;
const MAX_TREE_SIZE = 1n << 62n;
const MAX_TIME = (1n << 63n) - 1n;
const MAX_NAME_BYTES = 255;
const MAX_POLICY_BYTES = 64 * 1024;
const MAX_POLICY_ITEMS = 32;
const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const ED25519 = 1;
const COSIGNATURE = 4;

function isKeyName(name) {
  return name !== "" && toUtf8(name).length <= MAX_NAME_BYTES && !/[\s+\u0000-\u001f\u007f-\u009f\u0085]/.test(name);
}

/** Reads `name+hex key ID+base64(type ‖ key)`. */
export async function parseVkey(text, kinds = [ED25519]) {
  const [, name, id, key] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text.trim()) ?? [];
  const bytes = fromBase64(key);
  need(name && isKeyName(name) && bytes?.length === 33 && kinds.includes(bytes[0]), "vkey");
  const expected = (await sha256(toUtf8(`${name}\n`), bytes)).slice(0, 4);
  need(hex(expected) === id, "vkey");
  return { name, id: expected, kind: bytes[0], key: bytes.slice(1) };
}

export function parseNote(text) {
  need(toUtf8(text).length <= MAX_NOTE_BYTES, "note_too_long");
  need(!/[\u0000-\u0009\u000b-\u001f]/.test(text), "note_control");
  const end = text.lastIndexOf("\n\n");
  const block = text.slice(end + 2);
  need(end >= 0 && block.endsWith("\n"), "note_no_signatures");
  const signatures = block.slice(0, -1).split("\n").map((line, at) => {
    need(at < MAX_SIGNATURES, "note_too_many");
    const [, name, sig] = /^\u2014 ([^ ]+) (.+)$/.exec(line) ?? [];
    const bytes = fromBase64(sig);
    need(name && isKeyName(name) && bytes?.length > 4, "note_line", String(at + 1));
    return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: text.slice(0, end + 1), signatures };
}

/** Reads the text of a note. */
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  need(lines.length === 4 && lines[3] === "", "checkpoint_lines");
  need(isKeyName(lines[0]), "checkpoint_origin");
  const [size, root] = [decimal(lines[1]), hash32(lines[2])];
  need(size !== null && size <= MAX_TREE_SIZE, "checkpoint_size");
  need(root, "checkpoint_root");
  need(size !== 0n || lines[2] === EMPTY_ROOT, "checkpoint_empty_root");
  return { origin: lines[0], size, root };
}

/** Reads a tlog-proof. */
export function parseProof(text) {
  need(toUtf8(text).length <= MAX_PROOF_BYTES, "proof_too_long");
  const end = text.indexOf("\n\n");
  need(end >= 0, "proof_no_checkpoint");
  const lines = text.slice(0, end).split("\n");
  need(lines.shift() === FIRST_LINE, "proof_first_line");
  need(lines.length > 0, "proof_index");
  let extra = null;
  if (lines[0].startsWith("extra ")) {
    need(lines.length > 1, "proof_index");
    extra = fromBase64(lines.shift().slice("extra ".length));
    need(extra && extra.length > 0 && extra.length <= MAX_EXTRA_BYTES, "proof_extra");
  }
  const line = lines.shift();
  const index = line.startsWith("index ") ? decimal(line.slice("index ".length)) : null;
  need(index !== null, "proof_index");
  const hashes = lines.map((hash, at) => {
    need(at < MAX_PROOF_HASHES, "proof_too_many_hashes");
    return hash32(hash) ?? need(false, "proof_hash", String(at + 1));
  });
  return { extra, index, hashes, note: parseNote(text.slice(end + 2)) };
}

async function ed25519(key, signature, message) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    throw new Refused(error.name === "NotSupportedError" ? "no_ed25519" : "vkey");
  }
  return signature.length === 64 && crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** Whether the line is by the key; a cosignature signs its time with the text. */
async function lineIsBy(vkey, line, text) {
  if (vkey.kind === ED25519) return ed25519(vkey.key, line.signature, toUtf8(text));
  if (line.signature.length !== 72) return false;
  const time = line.signature.slice(0, 8).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  if (time > MAX_TIME) return false;
  return ed25519(vkey.key, line.signature.slice(8), toUtf8(`cosignature/v1\ntime ${time}\n${text}`));
}

/** Reads a policy of trusted logs and witnesses (C2SP tlog-policy). */
export async function parsePolicy(text) {
  need(toUtf8(text).length <= MAX_POLICY_BYTES && !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text), "policy");
  const policy = { logs: [], witnesses: [], groups: new Map(), quorum: undefined };
  const [witnesses, taken, keys] = [new Map(), new Set(), new Set()];
  const isFree = (name) => name !== "none" && !witnesses.has(name) && !policy.groups.has(name);
  const isKnown = (name) => witnesses.has(name) || policy.groups.has(name);
  const addKey = async (place, text, kind) => {
    const vkey = await parseVkey(text, [kind]).catch(() => need(false, "policy"));
    need(!keys.has(`${place} ${hex(vkey.key)}`), "policy");
    keys.add(`${place} ${hex(vkey.key)}`);
    return vkey;
  };
  for (const line of text.split("\n")) {
    const [word, ...parts] = line.split(/[ \t]+/).filter((part) => part !== "");
    if (word === undefined || word.startsWith("#")) continue;
    if (word === "log" && (parts.length === 1 || parts.length === 2)) {
      policy.logs.push(await addKey("log", parts[0], ED25519));
    } else if (word === "witness" && (parts.length === 2 || parts.length === 3)) {
      need(isFree(parts[0]), "policy");
      policy.witnesses.push({ name: parts[0], vkey: await addKey("witness", parts[1], COSIGNATURE) });
      witnesses.set(parts[0], policy.witnesses.length - 1);
    } else if (word === "group" && parts.length >= 3) {
      const [name, rule, ...members] = parts;
      const counted = rule === "any" ? 1 : rule === "all" ? members.length : Number(decimal(rule) ?? 0n);
      const fits = members.every((member) => isKnown(member) && !taken.has(member));
      need(isFree(name) && fits && new Set(members).size === members.length, "policy");
      need(counted >= 1 && counted <= members.length, "policy");
      members.forEach((member) => taken.add(member));
      policy.groups.set(name, { counted, members });
    } else {
      const isQuorum = word === "quorum" && parts.length === 1 && policy.quorum === undefined;
      need(isQuorum && (parts[0] === "none" || isKnown(parts[0])), "policy");
      policy.quorum = parts[0] === "none" ? null : parts[0];
    }
    const most = Math.max(policy.logs.length, policy.witnesses.length, policy.groups.size);
    need(most <= MAX_POLICY_ITEMS, "policy");
  }
  need(policy.quorum !== undefined, "policy");
  return policy;
}

function isQuorum(policy, cosigned) {
  const has = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(has).length >= group.counted : cosigned.has(name);
  };
  return has(policy.quorum);
}

/**
 * Whom to believe: the log's key, and a policy where one is given. A policy must name the log; its other keys for the
 * same log count too.
 */
export async function trusted(vkey, policyText) {
  const log = await parseVkey(vkey);
  if (policyText.trim() === "") return { logs: [log], policy: null };
  const policy = await parsePolicy(policyText);
  const logs = policy.logs.filter((other) => other.name === log.name);
  need(logs.some((other) => same(other.key, log.key)), "policy_other_log");
  return { logs, policy };
}

/**
 * Every line must be by a known key, once, log before witnesses; only one under the log's own name may be by another,
 * since not everybody knows both keys while one replaces the other. Without a policy only the log is known, and the
 * lines of others are left aside. Answers the names of the witnesses.
 */
export async function checkSignatures(note, origin, { logs, policy }) {
  need(logs[0].name === origin, "unknown_log", origin);
  const known = [...logs.map((vkey) => ({ vkey })), ...(policy?.witnesses ?? [])];
  let [next, logSigned] = [0, false];
  const cosigned = new Set();
  for (const line of note.signatures) {
    const place = known.findIndex(({ vkey }) => vkey.name === line.name && same(vkey.id, line.id));
    if (place < 0 && (!policy || line.name === origin)) continue;
    need(place >= 0, "unknown_signature", line.name);
    need(place >= next, "signature_order");
    need(await lineIsBy(known[place].vkey, line, note.text), "signature", line.name);
    next = place + 1;
    if (place < logs.length) logSigned = true;
    else cosigned.add(known[place].name);
  }
  need(logSigned, "not_signed", origin);
  return cosigned;
}

/** How step 5 ends. */
export function quorumStep(policy, cosigned) {
  const names = [...cosigned];
  if (!policy) return ["not_proven", "no_policy"];
  if (policy.quorum === null) return ["not_proven", "no_quorum_asked"];
  if (isQuorum(policy, cosigned)) return ["proven", "quorum", names];
  return ["not_proven", "quorum_missing", names];
}
