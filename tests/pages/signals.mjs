// From an alert to the messages: the officer opens a finding about orders, a sale behind it, and reads in which file and
// on which line each document came.

import assert from "node:assert/strict";
import test from "node:test";

import { picture } from "./browser.mjs";
import { commerce, visit } from "./world.mjs";

const WIDTHS = [1280, 390];

/** The first high alert with a sale that came as messages. */
async function withSales(page) {
  await page.goto("/cases?kind=alert&severity=high");
  const links = await page.locator("tbody a[href^='/cases/']").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  for (const link of links) {
    await page.goto(link);
    if ((await page.locator("main a[href^='/sales/']").count()) > 0) return link;
  }
  throw new Error(`no alert of ${links.length} leads to a sale`);
}

for (const width of WIDTHS) {
  test(`an alert leads to its sales, and a sale to its messages, ${width} px`, async () => {
    const { page, troubles, close } = await visit({ lang: "en", session: commerce, script: false, width });
    await withSales(page);
    const rows = page.locator("tr", { has: page.locator("a[href^='/sales/']") });
    assert.ok((await rows.count()) <= 20);
    assert.match(await rows.first().textContent(), /XD\d{12}/);
    await picture(page, `alert-sales-${width}`);
    await rows.first().locator("a").click();
    assert.match(page.url(), /\/sales\/[0-9a-f]{32}$/);
    assert.match(await page.textContent("main"), /CEB(311|303)-\d{6}\.xml/);
    await picture(page, `alert-sale-${width}`);
    assert.deepEqual(troubles, []);
    await close();
  });
}
