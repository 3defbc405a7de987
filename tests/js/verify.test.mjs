// Runs the browser's verifier on receipts: `node --test tests/js`. What it must refuse, and with which code, is in the
// corpus (corpus.test.mjs); here is what is its own.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { parsePolicy, parseVkey } from "../../credit-api/assets/note.js";
import { decodeEntry } from "../../credit-api/assets/scale.js";
import { certificateWords, readField } from "../../credit-api/assets/statement.js";
import { verifyReceipt, verifyStatus } from "../../credit-api/assets/verify.js";
import { hasWords } from "../../credit-api/assets/words.js";
import * as curve from "../../credit-api/web/node_modules/@noble/curves/ed25519.js";

const here = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const receipt = here("../corpus/receipt/good-some-fields.json");
const status = here("../corpus/status/good-not-listed.json");
const policy = here("../corpus/policy.txt");
const vkey = policy.split("\n")[0].slice("log ".length);

const states = ({ steps }) => steps.map((step) => `${step.number} ${step.code}`);
const failure = async (text, key = vkey, rules = policy) => {
  const { ok, steps } = await verifyReceipt(text, key, rules, curve);
  assert.equal(ok, false);
  return steps.find((step) => step.state === "failed").code;
};

test("a valid receipt proves steps 1 to 6", async () => {
  const report = await verifyReceipt(receipt, vkey, policy, curve);
  assert.equal(report.ok, true);
  assert.deepEqual(states(report), [
    "1 fields", "2 leaf", "3 included", "4 signed", "5 quorum", "6 latest", "7 score_not_checked",
  ]);
  assert.deepEqual(report.cosigned, ["w1", "w3"]);
});

test("a status says what the log says of an enterprise", async () => {
  const report = await verifyStatus(status, vkey, policy, curve);
  assert.equal(report.ok, true);
  assert.deepEqual(states(report), ["1 subject_is", "2 rated", "3 lists", "4 signed", "5 quorum"]);
  assert.ok(report.lists.every(({ state }) => state === null));
});

test("without a policy the cosignatures are named as not proven", async () => {
  const report = await verifyReceipt(receipt, vkey, "", curve);
  assert.equal(report.ok, true);
  assert.equal(report.steps[4].code, "no_policy");
  const strict = policy.replace("group agencies 2", "group agencies 3");
  assert.equal((await verifyReceipt(receipt, vkey, strict, curve)).steps[4].code, "quorum_missing");
});

test("what is no receipt at all is refused", async () => {
  for (const wrong of ["", "{}", "null", "[1]", "\u0000", "{".repeat(10_000)]) await failure(wrong);
  assert.equal(await failure(" ".repeat(1024 * 1024 + 1)), "too_long");
});

test("keys and policies are read strictly", async () => {
  assert.equal(await failure(receipt, "xinji.example/yibin+00000000+AA=="), "vkey");
  const other = policy.split("\n")[1].split(" ")[2];
  assert.equal(await failure(receipt, other), "vkey");
  assert.equal(await failure(receipt, vkey, "quorum none"), "policy_other_log");
  for (const wrong of ["log x", "quorum none\nquorum none", "group a 2 b\nquorum a", "nonsense", "quorum w9"]) {
    assert.equal(await failure(receipt, vkey, wrong), "policy");
  }
  assert.equal((await parseVkey(vkey)).name, "xinji.example/yibin");
  assert.equal((await parsePolicy(policy)).witnesses.length, 3);
});

test("a flipped bit anywhere is refused", async () => {
  const bytes = new TextEncoder().encode(receipt);
  for (let at = 0; at < bytes.length; at += 7) {
    const bad = bytes.slice();
    bad[at] ^= 1;
    const { ok } = await verifyReceipt(new TextDecoder().decode(bad), vkey, policy, curve);
    assert.equal(ok, false, `byte ${at}`);
  }
});

test("hostile entries are refused without harm", () => {
  for (const bytes of [[], [1], [9], [1, ...new Array(40).fill(255)], new Array(5000).fill(1)]) {
    assert.throws(() => decodeEntry(Uint8Array.from(bytes)));
  }
});

test("every code in the modules has words on the page", () => {
  const modules = ["bytes", "label", "note", "receipt", "scale", "state", "verify"].map((name) => here(`../../credit-api/assets/${name}.js`));
  const used = /(?:Refused\(|proven", |\? |: |, )"([a-z0-9]+(?:_[a-z0-9]+)+)"/g;
  const codes = new Set(modules.flatMap((module) => [...module.matchAll(used)].map(([, code]) => code)));
  assert.ok(codes.size > 60, String(codes.size));
  const silent = [...codes].filter((code) => !hasWords(code));
  assert.deepEqual(silent, ["not_proven", "status_version"].filter((word) => codes.has(word)));
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

test("a certificate of repair is told by its fields, and nothing else is one", () => {
  const field = (id, text) => ({ id, value: new TextEncoder().encode(text) });
  const fields = [field(2, "xinji/repair-certificate/v1"), field(12, "已修复"), field(13, "repaired")];
  const certificate = { entry: { name: "statement" }, disclosure: { fields } };
  assert.deepEqual(certificateWords(certificate), ["已修复", "repaired"]);
  assert.equal(certificateWords({ ...certificate, entry: { name: "rating" } }), null);
  assert.equal(certificateWords({ ...certificate, disclosure: null }), null);
  const other = [field(2, "xinji/repair-certificate/v2"), ...fields.slice(1)];
  assert.equal(certificateWords({ ...certificate, disclosure: { fields: other } }), null);
});
