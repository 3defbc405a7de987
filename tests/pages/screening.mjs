// An officer screens typed and pasted names, sees why each match scores as it does, reviews one as two bodies and does not
// see it again; more names become a job whose results are saved.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { agent, bank, commerce, customs, uscc, visit } from "./world.mjs";

const picture = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true });
};

/** Name of the showcase enterprise, as anybody sees it. */
async function nameOf(page) {
  await page.goto(`/enterprises/${uscc}`);
  return (await page.textContent("h1")).trim();
}

const RESULTS_MS = 20_000;

for (const width of WIDTHS) {
  test(`names are screened, explained and reviewed, without a script, ${width} px`, async () => {
    // Each width its own organisation: a review of one does not silence another's.
    const session = width === 390 ? bank : customs;
    const { page, troubles, close } = await visit({ lang: "en", width, session, script: false });
    const name = await nameOf(page);
    await page.goto("/screening");
    await page.click("form#ask button");
    assert.match(await page.textContent("[role=alert]"), /Type a name/);
    await page.uncheck("[name=against_list]");
    await page.fill("#names", name);
    await page.click("form#ask button");
    assert.match(await page.textContent("[role=alert]"), /at least one thing/);
    assert.equal(await page.inputValue("#names"), name, "what was typed stays");

    await page.check("[name=against_enterprises]");
    await page.selectOption("#use", "payment");
    await page.fill("#names", `${name}\n${uscc}\t${name}\n91511500MA620000XX\nzz qq vv\n`);
    await page.click("form#ask button");
    const asked = page.locator(".asked");
    assert.equal(await asked.count(), 4);
    const first = asked.nth(0).locator(".match").first();
    assert.equal(await first.locator(".code").first().textContent(), uscc);
    assert.equal((await first.locator(".huge").textContent()).trim(), "1000");
    assert.ok(await first.locator("tbody tr").count() > 3, "each part has its row");
    assert.match(await first.locator("tbody").textContent(), /brand.*the same/s);
    assert.match(await asked.nth(2).textContent(), /91511500MA620000XX.*check/s, "a code whose check character is wrong costs its line alone");
    assert.match(await asked.nth(3).textContent(), /No enterprise matches/);
    await picture(page, `screening-${width}`);

    // Without a reason nothing is kept; with one the pair is silent, and the other line of it too.
    await first.locator("summary").click();
    await first.locator("button", { hasText: "Two bodies" }).click();
    assert.match(await page.textContent("[role=alert]"), /reason/);
    assert.equal(await asked.count(), 4, "what was screened stays");
    await asked.nth(0).locator(".match summary").first().click();
    await asked.nth(0).locator(".match input").first().fill("Another body of the same name, says its register.");
    await asked.nth(0).locator("button", { hasText: "Two bodies" }).first().click();
    assert.match(await page.textContent("[role=status]"), /silent/);
    assert.match(await asked.nth(0).textContent(), /not shown: 1/);
    await page.check("[name=include_reviewed]");
    await page.click("form#ask button");
    assert.match(await asked.nth(0).locator(".match").first().textContent(), /reviewed: two bodies/);
    assert.deepEqual(troubles, []);
    await close();
    const seen = await visit({ lang: "en", width, session });
    await seen.page.goto("/screening");
    await isAccessible(seen.page);
    await seen.close();
  });
}

test("many names are a job, and its results are its own organisation's", async () => {
  const { page, close } = await visit({ lang: "en", session: commerce });
  const name = await nameOf(page);
  await page.goto("/screening");
  await page.check("[name=against_watch_list]");
  await page.check("[name=against_enterprises]");
  const csv = `name,uscc,reference\n${name},,A-1\n,${uscc},A-2\n`;
  await page.setInputFiles("#file", { name: "names.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.click("form#ask button");
  assert.match(await page.textContent("[role=status]"), /A job was made/);
  const started = Date.now();
  while (await page.locator("tbody .files a").count() === 0) {
    assert.ok(Date.now() - started < RESULTS_MS, await page.textContent("main"));
    await page.waitForTimeout(300);
    await page.goto("/screening");
  }
  await picture(page, "screening-job-1280");
  const link = page.locator("tbody .files a", { hasText: "results.csv" }).first();
  const address = await link.getAttribute("href");
  const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const text = await readFile(await saved.path(), "utf8");
  assert.match(text, /A-1/);
  assert.match(text, new RegExp(uscc));
  await close();

  const other = await visit({ lang: "en", session: customs });
  assert.equal((await other.page.goto(address)).status(), 404);
  // A department that sees the watch list of one enterprise at a time is not offered it of many.
  await other.page.goto("/screening");
  assert.equal(await other.page.locator("[name=against_watch_list]").count(), 0);
  await other.close();
  const own = await visit({ lang: "en", session: agent });
  await own.page.goto("/screening");
  assert.equal(await own.page.locator("tbody .files a").count(), 0, "an enterprise sees no job of another");
  await own.close();
});
