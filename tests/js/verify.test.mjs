// Runs the browser's verifier on receipts: `node --test tests/js`. The valid receipt, key and policy are those
// of the ledger's own verifier tests; every way of spoiling it must be refused.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { readField } from "../../credit-api/assets/statement.js";
import { decodeEntry, parsePolicy, parseVkey, verifyReceipt } from "../../credit-api/assets/verify.js";

const here = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const receipt = here("receipt.json");
const policy = here("policy.txt");
const vkey = policy.split("\n")[0].slice("log ".length);

const states = ({ steps }) => steps.map((step) => `${step.number} ${step.code}`);
const changed = (from, to) => {
  assert.ok(receipt.includes(from), from);
  return receipt.replace(from, to);
};
const failure = async (text, key = vkey, rules = policy) => {
  const { ok, steps } = await verifyReceipt(text, key, rules);
  assert.equal(ok, false);
  return steps.find((step) => step.state === "failed").code;
};

test("a valid receipt proves steps 1 to 5", async () => {
  const report = await verifyReceipt(receipt, vkey, policy);
  assert.equal(report.ok, true);
  assert.deepEqual(states(report), [
    "1 fields", "2 leaf", "3 included", "4 signed", "5 quorum", "6 no_state_proof", "7 no_scorecard",
  ]);
});

test("without a policy the cosignatures are named as not proven", async () => {
  const report = await verifyReceipt(receipt, vkey);
  assert.equal(report.ok, true);
  assert.equal(report.steps[4].code, "no_policy");
  const strict = policy.replace("group agencies 2", "group agencies 3");
  assert.equal((await verifyReceipt(receipt, vkey, strict)).steps[4].code, "quorum_missing");
});

test("spoiled receipts are refused at their step", async () => {
  assert.equal(await failure(changed('"text": "AA"', '"text": "AAA"')), "other_fields");
  assert.equal(await failure(changed('"position": 4', '"position": 5')), "other_fields");
  assert.equal(await failure(changed('"fields": 8', '"fields": 9')), "bad_fields");
  assert.equal(await failure(changed('"00ff07"', '"00FF07"')), "bad_json");
  assert.equal(await failure(changed('"text": "AA"', '"hex": "4141"')), "not_canonical");
  assert.equal(await failure(changed('"text": "AA"', '"text": "\\u0041A"')), "not_canonical");
  assert.equal(await failure(changed('"version": 1', '"version":  1')), "not_canonical");
  assert.equal(await failure(receipt.trimEnd()), "not_canonical");
  assert.equal(await failure(changed('"version": 1', '"version": 2')), "bad_version");
  assert.equal(await failure(changed("index 2", "index 3")), "not_in_log");
  assert.equal(await failure(changed("yibin\\n5\\n", "yibin\\n6\\n")), "bad_signature");
  assert.equal(await failure(changed("index 2", "extra AA==\\nindex 2")), "extra_data");
  assert.equal(await failure(changed("abababab", "acababab")), "other_scorecard");
  assert.equal(await failure(changed("ai7ETzbwnu0f", "ai7ETzbwnu0g")), "bad_signature");
  assert.equal(await failure(changed("xb9FjwAAAABq", "xb9FjwAAAABr")), "bad_signature");
  assert.equal(await failure(changed("w1.example", "w9.example")), "unknown_signature");
  for (const wrong of ["", "{}", "null", "[1]", "\u0000", "{".repeat(10_000)]) await failure(wrong);
});

test("keys and policies are read strictly", async () => {
  assert.equal(await failure(receipt, "xinji.example/yibin+00000000+AA=="), "bad_vkey");
  const other = policy.split("\n")[1].split(" ")[2];
  assert.equal(await failure(receipt, other), "bad_vkey");
  assert.equal(await failure(receipt, vkey, "quorum none"), "policy_other_log");
  for (const wrong of ["log x", "quorum none\nquorum none", "group a 2 b\nquorum a", "nonsense", "quorum w9"]) {
    assert.equal(await failure(receipt, vkey, wrong), "bad_policy");
  }
  assert.equal((await parseVkey(vkey)).name, "xinji.example/yibin");
  assert.equal((await parsePolicy(policy)).witnesses.length, 3);
});

test("a flipped bit anywhere is refused", async () => {
  const bytes = new TextEncoder().encode(receipt);
  for (let at = 0; at < bytes.length; at += 7) {
    const bad = bytes.slice();
    bad[at] ^= 1;
    const { ok } = await verifyReceipt(new TextDecoder().decode(bad), vkey, policy);
    assert.equal(ok, false, `byte ${at}`);
  }
});

test("hostile entries are refused without harm", () => {
  for (const bytes of [[], [1], [9], [1, ...new Array(40).fill(255)], new Array(5000).fill(1)]) {
    assert.throws(() => decodeEntry(Uint8Array.from(bytes)));
  }
});

test("every outcome has words on the page, and every word is an outcome", () => {
  const module = here("../../credit-api/assets/verify.js");
  const page = here("../../credit-api/assets/verify-page.js");
  const used = /"(?:proven|not_proven|failed)", "([a-z0-9_]+)"|(?:Refused\(|, |\? |: )"(?!not_proven)((?:bad|other|no|not|too|half|extra|policy|unknown|signature)_[a-z0-9_]+)"/g;
  const codes = new Set([...module.matchAll(used)].map((found) => found[1] ?? found[2]));
  const words = new Set([...page.matchAll(/^  ([a-z0-9_]+): \(/gm)].map((found) => found[1]));
  assert.deepEqual([...codes].sort(), [...words].sort());
});

test("the fields of a rating read in words", () => {
  const words = (id, bytes) => readField(id, Uint8Array.from(bytes)).value[1];
  assert.equal(words(8, [1]), "AA");
  assert.equal(words(8, [9]), "09");
  assert.equal(words(7, [0]), "none");
  assert.equal(words(2, [0x15, 0x51, 0, 0]), "2026-10-31");
  assert.equal(words(11, [0x3d, 0x03]), "829");
  assert.equal(words(13, [0x9e, 0xd8, 0, 0]), "138.63");
  assert.equal(words(19, [4, 16, 115, 97, 102, 101, 0x0b, 3]), "safe ≤ 779");
  const ratio = [0, 1, 0, 3, ...new Array(15).fill(0), 4, ...new Array(15).fill(0), 40, ...new Array(32).fill(7)];
  assert.equal(words(101, ratio), "observed · 3/4 · n 10");
  assert.deepEqual(readField(146, Uint8Array.from([1])).name, ["C08", "C08"]);
});
