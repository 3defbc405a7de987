// Entries of the log, values of the state map and its proofs, in SCALE. Every byte is read and has one spelling.

import { hex, need } from "./bytes.js";

const MAX_ENTRY_BYTES = 4096;
const MAX_STATE_DEPTH = 256;
const NAMES = { 0: "genesis", 1: "rating", 2: "listing", 3: "scorecard", 4: "key", 5: "statement", 6: "erasure", 7: "digest", 15: "seal" };

class Reader {
  constructor(bytes, code) {
    this.bytes = bytes;
    this.code = code;
    this.at = 0;
  }
  take(length) {
    need(this.at + length <= this.bytes.length, this.code);
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
  byte(limit = 256) {
    const [byte] = this.take(1);
    need(byte < limit, this.code);
    return byte;
  }
  little(length) {
    return this.take(length).reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);
  }
  /** A compact integer of at most so many bytes, in its shortest form. */
  compact(most = 8) {
    const mode = this.bytes[this.at] & 3;
    if (mode < 3) {
      const number = this.little(1 << mode) >> 2n;
      need(mode === 0 || number >> BigInt(mode === 1 ? 6 : 14) > 0n, this.code);
      return number;
    }
    const length = (this.byte() >> 2) + 4;
    need(length <= most, this.code);
    const number = this.little(length);
    need(number >> BigInt(length === 4 ? 30 : (length - 1) * 8) > 0n, this.code);
    return number;
  }
  length(limit) {
    const length = this.compact(4);
    need(length <= BigInt(limit), this.code);
    return Number(length);
  }
  text(limit) {
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(this.length(limit)));
      need(!/[\u0000-\u001f\u007f-\u009f]/.test(text), this.code);
      return text;
    } catch {
      return need(false, this.code);
    }
  }
  option(read) {
    return this.byte(2) === 1 ? read() : null;
  }
  exactly(bytes) {
    bytes.forEach((byte) => need(this.byte() === byte, this.code));
  }
  end(value) {
    need(this.at === this.bytes.length, this.code);
    return value;
  }
  env() {
    const env = { subject: this.take(32), seq: this.compact(), previous: this.take(32), atMs: this.little(8) };
    env.cause = this.take(32);
    env.commitment = this.take(32);
    env.author = this.little(4);
    env.signature = this.option(() => this.take(64));
    return env;
  }
  genesis() {
    const origin = this.text(255);
    this.take(4 * 32);
    return { origin, labelKey: this.take(32), zone: this.text(32) };
  }
  listing() {
    return { list: Number(this.little(2)), listed: this.byte(2) === 1, uscc: this.option(() => this.take(18)) };
  }
  key() {
    this.byte(3);
    this.text(255);
    this.byte();
    this.take(this.length(1312));
    this.option(() => this.take(32));
    this.take(8);
    this.option(() => this.take(64));
    this.take(64);
  }
  /** A header of Substrate's shape with the two digest items that ours have. */
  seal() {
    this.take(32);
    this.compact(4);
    const stateRoot = this.take(32);
    this.take(32);
    this.exactly([8, 6, ...ascii("XINJ"), 60 << 2]);
    const seal = { stateRoot, firstIndex: this.little(8), count: this.little(4), atMs: this.little(8) };
    this.take(8 + 32);
    this.exactly([5, ...ascii("ed25"), 1, 1]);
    this.take(64);
    seal.treeSize = seal.firstIndex + seal.count + 1n;
    return seal;
  }
}

const ascii = (text) => Array.from(text, (letter) => letter.charCodeAt(0));

/** What an entry says, as far as a receipt needs it. */
export function decodeEntry(bytes) {
  need(bytes.length <= MAX_ENTRY_BYTES, "entry_too_long");
  const reader = new Reader(bytes, "entry_scale");
  const entry = { name: NAMES[reader.byte()], env: null, scorecardDigest: null };
  need(entry.name, "entry_scale");
  if (["rating", "listing", "statement", "erasure"].includes(entry.name)) entry.env = reader.env();
  if (entry.name === "rating") entry.scorecardDigest = hex(reader.take(32));
  if (entry.name === "statement") reader.byte(4);
  if (entry.name === "listing") entry.listing = reader.listing();
  if (entry.name === "genesis") entry.genesis = reader.genesis();
  if (entry.name === "seal") entry.seal = reader.seal();
  if (entry.name === "key") reader.key();
  if (entry.name === "scorecard") (reader.text(64), reader.take(36));
  if (entry.name === "digest") (reader.byte(4), reader.take(36));
  return reader.end(entry);
}

/** `{ other: [key, value] or null, siblings }`. */
export function decodeStateProof(bytes) {
  const reader = new Reader(bytes, "part_state");
  need(bytes.length <= 32 * (MAX_STATE_DEPTH + 2) + 5, "part_state");
  const other = reader.option(() => [reader.take(32), reader.take(32)]);
  const siblings = Array.from({ length: reader.length(MAX_STATE_DEPTH + 2) }, () => reader.take(32));
  return reader.end({ other, siblings });
}

export function decodeRating(bytes) {
  const reader = new Reader(bytes, "state_value");
  return reader.end({ seq: reader.compact(), leafIndex: reader.compact(), leafHash: reader.take(32) });
}

export function decodeListed(bytes) {
  const reader = new Reader(bytes, "state_value");
  return reader.end({ listed: reader.byte(2) === 1, leafIndex: reader.compact() });
}
