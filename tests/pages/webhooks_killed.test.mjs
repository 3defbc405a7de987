// Webhooks of a service that is killed again and again while a slow receiver takes them: every change arrives, in order,
// what arrives twice has the same id, and all of it is signed. The verifier here is written from the text of Standard
// Webhooks with the HMAC of Node.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { startService } from "./service.mjs";

const USCC = "91511502MA6TEXT13K";
const CHANGES = 40;
const KILLS = 3;
const SLOW_MS = 40;
const WAIT_MS = 120_000;
const TOLERANCE_S = 5 * 60;

const start = (data) => startService(data, { settings: { XINJI_WEBHOOK_RECEIVERS: "any" } });

async function until(holds) {
  const end = Date.now() + WAIT_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < end, "it took too long");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What the text of Standard Webhooks asks of a receiver. */
function isSigned({ headers, body }, secret) {
  const [id, at] = [headers["webhook-id"], headers["webhook-timestamp"]];
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  const fresh = Math.abs(Date.now() / 1000 - Number(at)) < TOLERANCE_S;
  return fresh && headers["webhook-signature"].split(" ").includes(`v1,${expected}`);
}

test("what was acknowledged is sent by whoever comes after a kill, in order and signed", async () => {
  const data = mkdtempSync(join(tmpdir(), "xinji-webhooks."));
  const arrived = [];
  const receiver = createServer((request, answer) => {
    let body = "";
    request.on("data", (part) => { body += part; });
    request.on("end", () => {
      arrived.push({ headers: request.headers, body });
      setTimeout(() => answer.writeHead(204).end(), SLOW_MS);
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  let service = await start(data);
  const token = readFileSync(join(data, "admin-token"), "utf8").trim();
  const send = async (key, path, body, more = {}) => {
    const isJson = typeof body !== "string";
    const headers = { authorization: `Bearer ${key}`, ...(isJson && { "content-type": "application/json" }), ...more };
    const sent = await fetch(service.base + path, { method: "POST", headers, body: isJson ? JSON.stringify(body) : body });
    const text = await sent.text();
    assert.ok(sent.ok, `${path}: ${text}`);
    return { place: sent.headers.get("location"), ...JSON.parse(text) };
  };
  const owner = { audience: "customs", organisation: "5115", scopes: ["share"] };
  const { secret: key } = await send(token, "/api/v1/keys", { name: "desk", ...owner });
  const terms = { purpose: "supervision", blocks: ["lists"], basis: "海关法第六条", cycle: "event", valid_to: "2028-12-31" };
  const { place } = await send(key, "/api/v1/standing-requests", terms);
  await send(token, `${place}/answer`, { decision: "grant" }, { "if-match": '"1"' });
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  const made = await send(key, "/api/v1/subscriptions", { name: "desk", url, kinds: ["list.changed"] });
  const rows = Array.from({ length: CHANGES }, (_, at) => `${USCC},abnormal_operation,试验〔2026〕${at + 1}号,某市场监管局,2026-11-01`);
  await send(token, "/api/v1/sources/lists/batches", ["uscc,list,decision_no,authority,effective_on", ...rows, ""].join("\n"));

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const enough = (CHANGES / (KILLS + 1)) * kill;
    await until(() => arrived.length >= enough);
    await service.end("SIGKILL");
    service = await start(data);
  }
  const seqs = () => arrived.map(({ body }) => JSON.parse(body).data.seq);
  await until(() => new Set(seqs()).size === CHANGES);
  const all = seqs();
  assert.ok(all.every((seq, at) => at === 0 || seq >= all[at - 1]), `in order: ${all}`);
  assert.ok(all.length <= CHANGES + KILLS, `only what was under way is sent again: ${all}`);
  assert.ok(arrived.every((one) => isSigned(one, made.secret)));
  assert.ok(!arrived.some((one) => isSigned(one, `whsec_${"A".repeat(43)}=`)));
  const ids = new Map(arrived.map(({ headers, body }) => [JSON.parse(body).data.seq, headers["webhook-id"]]));
  assert.ok(arrived.every(({ headers, body }) => ids.get(JSON.parse(body).data.seq) === headers["webhook-id"]));
  await service.end("SIGTERM");
  receiver.close();
  rmSync(data, { recursive: true, force: true });
});
