// Two matters that are followed to their end: a consumer's dispute from its filing to the outcome of the mediation, and
// the repair of a record from its guidance to the certificate, which the command that the page names verifies.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { agent, auditor, bank, commerce, visit, zone } from "./world.mjs";

const WAIT_MS = 120_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const PDF = Buffer.from("%PDF-1.4\n% A fictitious receipt of a fictitious payment.\n");
const file = (name) => ({ name, mimeType: "application/pdf", buffer: PDF });
const uscc = zone.agentOf;

/** So many days ago, as sources write a day. */
const daysAgo = (days) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

const picture = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true });
};

/** Has a source send a file, and waits until it is taken in. */
async function send(source, text) {
  const headers = { authorization: `Bearer ${zone.token}` };
  const sent = await fetch(`${zone.base}/api/v1/sources/${source}/batches`, { method: "POST", headers, body: text });
  assert.equal(sent.status, 202, await sent.text());
  const job = `${zone.base}${sent.headers.get("location")}`;
  for (const end = Date.now() + WAIT_MS; ;) {
    const { state, ...more } = await (await fetch(job, { headers })).json();
    if (state === "succeeded") return;
    assert.ok(state !== "failed" && Date.now() < end, JSON.stringify(more));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Takes a step of the case at this address, with what it brings. */
async function take(page, address, verb, { reason, outcome, attached } = {}) {
  await page.goto(address);
  await page.locator("details.act").evaluateAll((parts) => parts.forEach((part) => { part.open = true; }));
  const form = page.locator(`form:has(input[name=verb][value=${verb}])`);
  if (outcome) await form.locator("select[name=outcome]").selectOption(outcome);
  if (reason) await form.locator("[name=reason]").fill(reason);
  if (attached) await form.locator("[name=files]").setInputFiles(file(attached));
  await form.locator("button").click();
  assert.match(await page.textContent("[role=status]"), /Done; a commitment/, verb);
}

/** Which steps the page offers. */
const offered = (page) => page.locator("input[name=verb]").evaluateAll((all) => all.map((one) => one.value));

/** The value beside a name in a dispute. */
const said = (page, name) => page.locator(`.dispute dl > div:has(dt:text-is("${name}")) dd`).textContent();

async function opened(page) {
  assert.match(await page.textContent("[role=status]"), /Submitted/);
  return `/cases/${(await page.locator(".facts dd.code").first().textContent()).trim()}`;
}

for (const width of WIDTHS) {
  test(`a dispute is followed from its filing to the outcome of the mediation, ${width} px`, async () => {
    const order = `DISPUTED-${width}`;
    const row = `${uscc},${order},9610,export,${daysAgo(20)}T10:00:00+08:00,268.00,CNY\n`;
    await send("transactions", `uscc,order_no,mode,direction,ordered_at,amount_cny,currency\n${row}`);
    const [desk, here] = await Promise.all([
      visit({ lang: "en", session: commerce, width }),
      visit({ lang: "en", session: agent, width }),
    ]);
    await desk.page.goto(`/enterprises/${uscc}`);
    await desk.page.click("a:has-text('File a consumer dispute')");
    await desk.page.fill("#order", order);
    await desk.page.fill("#reason", "Returned on the ninth, not refunded.");
    await desk.page.click("main form.fields button");
    const address = await opened(desk.page);
    assert.match(await said(desk.page, "Complaint"), /Returned on the ninth, not refunded\./);
    assert.match(await said(desk.page, "The trader's answer"), /not given yet/);

    await take(desk.page, address, "accept");
    await here.page.goto(address);
    assert.match(await here.page.textContent("main"), new RegExp(order));
    await take(here.page, address, "answer", { outcome: "refused", reason: "It came back used." });
    assert.match(await said(here.page, "The trader's answer"), /refused.*It came back used\./s);
    assert.match(await said(here.page, "Outcome of the mediation"), /in mediation/);
    assert.deepEqual(await offered(here.page), [], "the trader does not settle its own dispute");

    await take(desk.page, address, "settle", { outcome: "settled", reason: "Half of it is refunded by the tenth." });
    assert.match(await said(desk.page, "Outcome of the mediation"), /settled.*Half of it is refunded by the tenth\./s);
    assert.match(await said(desk.page, "Performance"), /none yet/);
    await take(here.page, address, "perform", { attached: "refund.pdf" });
    assert.match(await said(here.page, "Performance"), /shown that it was done/);
    await isAccessible(here.page);
    await take(desk.page, address, "close");
    assert.match(await desk.page.textContent(".facts"), /closed/);
    assert.match(await desk.page.textContent("main"), /This case is at an end/);
    await picture(desk.page, `dispute-closed-${width}`);

    // Whoever filed it and whom it is about see how it ended, and nobody else that there was one.
    await here.page.goto(address);
    assert.match(await said(here.page, "Outcome of the mediation"), /Half of it is refunded/);
    await picture(here.page, `dispute-of-enterprise-${width}`);
    for (const session of [undefined, bank]) {
      const other = await visit({ lang: "en", session });
      assert.ok([401, 404].includes((await other.page.goto(address)).status()));
      await other.close();
    }
    assert.deepEqual([...desk.troubles, ...here.troubles], []);
    await Promise.all([desk.close(), here.close()]);
  });
}

const HEADER = "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_CFJG,CF_CFJGDM,CF_XFRQ\n";
const PENALTY = "宜市监罚〔2026〕7007号";
const repairedSection = "#repaired";

test("a repaired record has its certificate on my credit, and the command that the page names verifies it", async () => {
  const [desk, here] = await Promise.all([
    visit({ lang: "en", session: commerce }),
    visit({ lang: "en", session: agent, width: 390 }),
  ]);
  await here.page.goto("/my-credit");
  const name = (await here.page.locator(".ids a").first().textContent()).trim();
  assert.equal(await here.page.locator(repairedSection).count(), 0);
  const penalty = (repaired) =>
    `${HEADER}${name},${uscc},${PENALTY},罚款,1,${daysAgo(200)},宜宾市市场监督管理局,115115,${repaired}\n`;
  await send("penalties", penalty(""));

  await here.page.goto("/my-credit");
  const record = here.page.locator("article.paper", { hasText: PENALTY });
  await record.locator("a", { hasText: "Begin and follow the repair" }).click();
  await here.page.fill("#reason", "Paid on the first day.");
  await here.page.click("main form.fields button");
  const address = await opened(here.page);
  await take(here.page, address, "report_filed", { attached: "filed.pdf" });
  await take(desk.page, address, "note_forwarded");
  await take(desk.page, address, "note_taken_up");
  await take(desk.page, address, "record_decision", { outcome: "granted", attached: "decision.pdf" });
  await here.page.goto("/my-credit");
  assert.equal(await here.page.locator(repairedSection).count(), 0, "decided is not yet said by the source");

  await send("penalties", penalty(daysAgo(1)));
  const shown = here.page.locator(`${repairedSection} article`, { hasText: PENALTY });
  for (const end = Date.now() + WAIT_MS; ;) {
    await here.page.goto("/my-credit");
    if (await shown.count()) break;
    assert.ok(Date.now() < end, await here.page.textContent("main"));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.match(await shown.textContent(), new RegExp(daysAgo(1)));
  for (const width of WIDTHS) {
    await here.page.setViewportSize({ width, height: 844 });
    const beyond = await here.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(beyond <= 0, `${beyond} px too wide at ${width}`);
    await isAccessible(here.page);
    await picture(here.page, `my-credit-repaired-${width}`);
  }

  // What the page names: the file, the key of the page Ledger, and the command.
  const command = (await here.page.textContent(`${repairedSection} code`)).trim();
  const [saved] = await Promise.all([here.page.waitForEvent("download"), shown.locator("a[download]").click()]);
  assert.match(saved.suggestedFilename(), /^repair-[0-9a-f]{16}\.json$/);
  const watch = await visit({ lang: "en", session: auditor });
  await watch.page.goto("/ledger-view");
  const key = await (await fetch(`${zone.base}/ledger/log.vkey`)).text();
  assert.ok((await watch.page.textContent("main")).includes(key.trim()), "the key stands on the page too");
  const folder = mkdtempSync(join(tmpdir(), "xinji-repair."));
  await saved.saveAs(join(folder, saved.suggestedFilename()));
  writeFileSync(join(folder, "log.vkey"), key);
  const [program, ...wish] = command.replace("repair-….json", saved.suggestedFilename()).split(" ");
  assert.equal(program, "node");
  // A trusted key of whoever runs this is none of the test's.
  const settings = { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } };
  const verify = () => execFileSync(join(dirname(process.env.CREDIT_API_PROGRAM), program), wish, settings);
  const report = verify();
  assert.match(report, /^VALID/m);
  assert.ok(report.includes(PENALTY) && report.includes(daysAgo(1)), report);

  // The page of the case gives the same file.
  await here.page.goto(address);
  const [again] = await Promise.all([here.page.waitForEvent("download"), here.page.click(".certificate a[download]")]);
  await again.saveAs(join(folder, "again.json"));
  const text = readFileSync(join(folder, saved.suggestedFilename()), "utf8");
  assert.equal(readFileSync(join(folder, "again.json"), "utf8"), text);
  // One changed character is refused.
  writeFileSync(join(folder, saved.suggestedFilename()), text.replace(daysAgo(1), daysAgo(2)));
  assert.throws(verify, (error) => error.status === 1 && !/^VALID/m.test(error.stdout));
  rmSync(folder, { recursive: true });

  // A download is a request that the page does not finish.
  const troubles = [...desk.troubles, ...here.troubles, ...watch.troubles];
  assert.deepEqual(troubles.filter((trouble) => !/\/certificate/.test(trouble)), []);
  await Promise.all([desk.close(), here.close(), watch.close()]);
});
