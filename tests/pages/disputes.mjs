// A dispute has a form of its own; what it refuses it says, and keeps what was typed.

import assert from "node:assert/strict";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { agent, commerce, uscc, visit } from "./world.mjs";

for (const width of WIDTHS) {
  test(`a dispute is filed by the number of the order, ${width} px`, async () => {
    const { page, troubles, close } = await visit({ lang: "en", width, session: commerce });
    await page.goto(`/enterprises/${uscc}`);
    await page.click("a:has-text('File a consumer dispute')");
    assert.match(await page.textContent(".lead"), /45 working days/);
    await isAccessible(page);
    await page.fill("#order", "NO-SUCH-ORDER");
    await page.fill("#reason", "Returned on the ninth, not refunded.");
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/dispute-open-${width}.png`, fullPage: true });
    await page.click("main form.fields button");
    assert.ok((await page.textContent("[role=alert]")).length > 5);
    assert.equal(await page.inputValue("#order"), "NO-SUCH-ORDER");
    assert.equal(await page.inputValue("#reason"), "Returned on the ninth, not refunded.");
    assert.deepEqual(troubles, []);
    await close();
  });
}

test("an enterprise does not file one against itself", async () => {
  const { page, close } = await visit({ lang: "en", session: agent });
  assert.equal((await page.goto(`/cases/new?kind=dispute&uscc=${uscc}`)).status(), 404);
  await close();
});
