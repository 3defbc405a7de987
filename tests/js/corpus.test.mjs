// The browser's verifier on the corpus that the Rust verifier made: it must give the same steps and the same codes. It
// reads receipts, statuses, proofs, policies, entries and tlog texts; tiles it never reads.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Refused } from "../../credit-api/assets/bytes.js";
import { parseCheckpoint, parseNote, parsePolicy, parseVkey, checkSignatures } from "../../credit-api/assets/note.js";
import { decodeEntry } from "../../credit-api/assets/scale.js";
import { kindOf, verifyProof, verifyReceipt, verifyStatus } from "../../credit-api/assets/verify.js";
import { hasWords } from "../../credit-api/assets/words.js";
import * as curve from "../../credit-api/web/node_modules/@noble/curves/ed25519.js";

const corpus = new URL("../corpus/", import.meta.url);
const { log, files } = JSON.parse(readFileSync(new URL("manifest.json", corpus), "utf8"));
const policy = readFileSync(new URL("policy.txt", corpus), "utf8");
const vkey = await parseVkey(log);
const bytesOf = (hex) => (hex === undefined ? null : Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16)));

/** `[code of the refusal or null, codes of steps 1 to 6]` of a whole file. */
async function whole(report) {
  const { ok, steps } = await report;
  assert.equal(ok, !steps.some((step) => step.state === "failed"));
  assert.ok(steps.every((step) => hasWords(step.code)), "every outcome has words");
  const failed = steps.find((step) => step.state === "failed");
  return [failed?.code ?? null, failed ? undefined : steps.filter(({ number }) => number <= 6).map(({ code }) => code)];
}

/** The code of the refusal of a part, or null. */
async function part(read) {
  try {
    await read();
    return [null, undefined];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [error.code, undefined];
  }
}

const signedBy = async (text) => {
  const note = parseNote(text);
  const { origin } = parseCheckpoint(note.text);
  await checkSignatures(note, origin, { logs: [vkey], policy: null });
};

const READERS = {
  receipt: (text) => whole(verifyReceipt(text, log, policy, curve)),
  status: async (text) => [(await whole(verifyStatus(text, log, policy, curve)))[0], undefined],
  proof: (text, { entry }) => whole(verifyProof(text, bytesOf(entry), log, policy)),
  policy: (text) => part(() => parsePolicy(text)),
};
/** The page checks a signature before it reads what was signed, or after; only the refusal is compared. */
const LOOSE = { note: signedBy, checkpoint: signedBy };

const read = (file) => readFileSync(new URL(file, corpus));
const kinds = (names) => files.filter(({ file }) => names.includes(file.split("/")[0]));

test("receipts, statuses and proofs: the same steps and codes as the Rust verifier", async () => {
  const wrong = [];
  for (const line of kinds(["receipt", "status", "proof"])) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(read(line.file));
    const kind = line.file.split("/")[0];
    const [code, steps] = await READERS[kind](text, line);
    const agrees = code === line.code && String(steps) === String(line.steps);
    if (!agrees) wrong.push(`${line.file}: ${code} ${steps}, not ${line.code} ${line.steps}`);
    if (line.code === null) assert.equal(kindOf(text), kind);
  }
  assert.deepEqual(wrong, []);
});

test("entries: the same codes", async () => {
  for (const { file, code } of kinds(["entry"])) {
    const [found] = await part(() => decodeEntry(new Uint8Array(read(file))));
    assert.equal(found, code, file);
  }
});

test("notes, checkpoints and policies are taken and refused alike", async () => {
  for (const { file, code } of kinds(["note", "checkpoint", "policy"])) {
    const text = new TextDecoder().decode(read(file));
    const kind = file.split("/")[0];
    const [found] = await (LOOSE[kind] ? part(() => LOOSE[kind](text)) : READERS[kind](text));
    assert.equal(found === null, code === null, `${file}: ${found}`);
  }
});

test("without the group a label is named as not checked, and a status is refused", async () => {
  const receipt = await verifyReceipt(read("receipt/good-some-fields.json").toString(), log, policy);
  assert.equal(receipt.ok, true);
  assert.equal(receipt.steps[5].code, "no_ristretto");
  const status = await verifyStatus(read("status/good-not-listed.json").toString(), log, policy);
  assert.equal(status.ok, false);
});
