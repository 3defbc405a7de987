// The state map: what a log alone does not answer, "is it the latest?" and "is it absent?". Nodes are hashed as the
// crate jmt does with SHA-256; the keys are those of docs/LEDGER.md.

import { concat, need, same, sha256, toUtf8 } from "./bytes.js";

const EMPTY = toUtf8("SPARSE_MERKLE_PLACEHOLDER_HASH__");
const LEAF = toUtf8("JMT::LeafNode");
const INNER = toUtf8("JMT::IntrnalNode");
const DEPTH_MAX = 256;

const bit = (key, depth) => (key[depth >> 3] >> (7 - (depth & 7))) & 1;

function commonBits(left, right) {
  let depth = 0;
  while (depth < DEPTH_MAX && bit(left, depth) === bit(right, depth)) depth += 1;
  return depth;
}

export const ratingKey = (label) => sha256([1], label);
export const listKey = (list, subject) => sha256([2, list & 0xff, list >> 8], subject);

/** That the map of this root holds exactly `value` (null: nothing) under the hash of a key. */
export async function checkState({ value, proof }, root, key) {
  const { other, siblings } = proof;
  need(siblings.length <= DEPTH_MAX, "state_too_long");
  let found = EMPTY;
  if (value !== null) {
    need(other === null, "state_other_key");
    found = await sha256(LEAF, key, await sha256(value));
  } else if (other !== null) {
    need(!same(other[0], key), "state_same_key");
    need(commonBits(other[0], key) >= siblings.length, "state_off_path");
    found = await sha256(LEAF, concat(...other));
  }
  for (const [at, sibling] of siblings.entries()) {
    const right = bit(key, siblings.length - 1 - at) === 1;
    found = await (right ? sha256(INNER, sibling, found) : sha256(INNER, found, sibling));
  }
  need(same(found, root), "state_root");
}
