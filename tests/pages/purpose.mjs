// An officer chooses what it looks for on a page, and comes back to that page.

import assert from "node:assert/strict";
import test from "node:test";

import { customs, uscc, visit } from "./world.mjs";

test("an officer who looks for statistics sees no single enterprise, and changes back", async () => {
  const { page, troubles, close } = await visit({ lang: "en", session: customs, width: 390 });
  const address = `/enterprises/${uscc}`;
  await page.goto(address);
  assert.match(await page.textContent(".purpose"), /Customs Law, Art\. 6/);
  assert.equal(await page.locator(".ruler").count(), 1);
  for (const [purpose, rulers] of [["statistics", 0], ["supervision", 1]]) {
    await page.selectOption("#purpose", purpose);
    await page.click(".purpose button");
    assert.equal(new URL(page.url()).pathname, address);
    assert.equal(await page.inputValue("#purpose"), purpose);
    assert.equal(await page.locator(".ruler").count(), rulers);
  }
  assert.deepEqual(troubles, []);
  await close();
});
