// Bytes and their spellings, refusals, and the Merkle tree of RFC 6962: what the other modules of the page's verifier
// share. No page, no network, no clock; of the browser only WebCrypto.

const utf8 = new TextEncoder();

/** Why a check fails: a stable code (those of the Rust verifier, `ledger::codes`) with the words' arguments. */
export class Refused extends Error {
  constructor(code, ...args) {
    super(code);
    this.code = code;
    this.args = args;
  }
}

export function need(holds, code, ...args) {
  if (!holds) throw new Refused(code, ...args);
}

export const toUtf8 = (text) => utf8.encode(text);

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hexadecimal of either letter case, else null. */
export function fromHex(text) {
  if (typeof text !== "string" || !/^([0-9a-fA-F]{2})*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Padded base64 with one spelling, else null. */
export function fromBase64(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return base64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

export function hash32(text) {
  const bytes = fromBase64(text);
  return bytes?.length === 32 ? bytes : null;
}

/** A decimal without sign or leading zeroes that fits 64 bits, as BigInt. */
export function decimal(text) {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
  const number = BigInt(text);
  return number < 1n << 64n ? number : null;
}

// RFC 6962

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

export const leafHash = (bytes) => sha256([0], bytes);
export const nodeHash = (left, right) => sha256([1], left, right);

const bitLength = (number) => (number === 0n ? 0 : number.toString(2).length);

/** Inclusion as in RFC 9162 section 2.1.3.2. */
export async function checkInclusion(leaf, index, size, hashes, root) {
  need(index < size, "inclusion_index", String(index), String(size));
  let [place, last, found] = [index, size - 1n, leaf];
  const inner = bitLength(place ^ last);
  const border = (place >> BigInt(inner)).toString(2).replaceAll("0", "").length;
  need(hashes.length === inner + border, "inclusion_length");
  for (const sibling of hashes) {
    if (place & 1n || place === last) {
      found = await nodeHash(sibling, found);
      while (!(place & 1n) && place !== 0n) [place, last] = [place >> 1n, last >> 1n];
    } else {
      found = await nodeHash(found, sibling);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  need(same(found, root), "inclusion_root");
}

/** Whether the leaf is in the tree. */
export async function isIncluded(...proof) {
  try {
    await checkInclusion(...proof);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
