// Anybody looks at the mirror of the statutory lists, at one enterprise on it, and takes the ledger's proof to the page of
// verification; nobody was listed before the zone began, and a wrong code or date is said.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { uscc, visit } from "./world.mjs";

const code = async (line) => (await line.locator(".code").textContent()).trim();

async function downloaded(page, selector) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator(selector).first().click()]);
  return [file.suggestedFilename(), await readFile(await file.path(), "utf8")];
}

async function verified(page, name, text) {
  await page.goto("/verify");
  await page.setInputFiles("#file", { name, mimeType: "application/json", buffer: Buffer.from(text) });
  await page.waitForSelector("#result h2");
  assert.equal(await page.locator("#result li.failed").count(), 0, await page.textContent("#result"));
  return page.textContent("#result");
}

for (const width of WIDTHS) {
  test(`the negative list is looked at and proven, ${width} px`, async () => {
    const { page, troubles, close } = await visit({ lang: "en", width });
    await page.goto("/negative-list");
    assert.match(await page.locator("nav a[aria-current=page]").first().textContent(), /Lists/);
    const lines = page.locator("tbody tr");
    assert.ok((await lines.count()) > 0, "the sample zone has listed enterprises");
    await isAccessible(page);
    const listed = await code(lines.first());
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/negative-list-${width}.png`, fullPage: true });

    await page.fill("input[name=uscc]", listed.toLowerCase());
    await page.click("form.ask button");
    assert.ok((await lines.count()) >= 1);
    assert.equal(await code(lines.first()), listed);
    const [name, proof] = await downloaded(page, "a[download]");
    assert.equal(name, `status-${listed}.json`);
    assert.match(await verified(page, name, proof), /List of|Customs list/i);

    // The showcase has nobody on a list of dishonesty: proven as well.
    await page.goto(`/negative-list?uscc=${uscc}`);
    assert.match(await page.textContent("main"), /was not on these lists/);
    const [free, absence] = await downloaded(page, "a[download]");
    assert.match(await verified(page, free, absence), /not/);

    await page.goto("/negative-list?at=2001-01-01");
    assert.match(await page.textContent("main"), /Nobody was listed/);
    await page.goto("/negative-list?at=yesterday&uscc=123");
    assert.equal(await page.locator("[role=alert]").count(), 2);
    assert.deepEqual(troubles, []);
    await close();
  });
}
