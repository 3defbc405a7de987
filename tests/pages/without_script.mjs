// Without JavaScript a reader gets from the first page to an enterprise and back.

import assert from "node:assert/strict";
import test from "node:test";

import { session, uscc, visit } from "./world.mjs";

test("search leads to an enterprise without JavaScript", async () => {
  const { page, troubles, close } = await visit({ script: false });
  await page.goto("/");
  await page.fill("#q", uscc);
  await page.click(".ask button");
  await page.waitForURL("**/enterprises?q=*");
  assert.equal(await page.inputValue("#q"), uscc, "what was typed is kept");
  await page.click(`a[href="/enterprises/${uscc}"]`);
  assert.ok((await page.textContent(".ids")).includes(uscc));
  assert.deepEqual(troubles, []);
  await close();
});

test("a row of the points ledger opens without JavaScript", async () => {
  const { page, close } = await visit({ script: false, session });
  await page.goto(`/enterprises/${uscc}?sort=loss`);
  const row = page.locator("details.row").first();
  assert.equal(await row.locator(".rule").isVisible(), false);
  await row.locator("summary").click();
  assert.equal(await row.locator(".rule").isVisible(), true);
  await close();
});

test("the verify page says what to do without JavaScript", async () => {
  const { page, close } = await visit({ script: false, lang: "en" });
  await page.goto("/verify");
  assert.equal(await page.locator("#verify").isVisible(), false);
  assert.match(await page.textContent("main"), /node verify receipt\.json/);
  await close();
});
