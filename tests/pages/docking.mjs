// Two senders call one enterprise otherwise; an officer finds it on the page of docking, and reads what our grades mean
// beside the classes of departments. What is sent here is on the pages that the tests after this one open.

import assert from "node:assert/strict";
import test from "node:test";

import { bank, customs, send, visit } from "./world.mjs";

/** A fictitious enterprise of this test's own. */
const USCC = "91511502MA6TEXT13K";
const HEADER =
  "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code," +
  "industry_code,roles,filed_on,record_source";
const row = (name, sender) =>
  `${USCC},${name},存续,2020-01-15,1000000,1000000,王五,宜宾市翠屏区试验路9号,511502,F5190,ecommerce,2021-03-01,${sender}`;
const FILE = [HEADER, row("宜宾比对试验贸易有限公司", "samr"), row("宜宾比对试验商贸有限公司", "zone"), ""].join("\n");

test("an officer sees where two sources disagree, on a telephone too, and a bank does not", async () => {
  await send("registration", FILE);
  for (const width of [390, 1280]) {
    const { page, troubles, close } = await visit({ lang: "en", session: customs, width });
    await page.goto("/docking");
    const line = page.locator("tr", { hasText: USCC });
    const text = await line.textContent();
    assert.match(text, /name.*宜宾比对试验贸易有限公司.*market registry.*宜宾比对试验商贸有限公司.*filing with the zone/s);
    assert.match(await page.locator("nav.own a[aria-current=page]").textContent(), /Docking/);
    const grades = page.locator("table").last();
    assert.match(await grades.locator("tr", { hasText: "BBB" }).textContent(), /regular/);
    // What takes a finding of customs is never recommended.
    assert.doesNotMatch(await grades.textContent(), /seriously dishonest|advanced certified/);
    await page.locator("summary", { hasText: "tiers of customs" }).click();
    assert.match(await page.locator("details[open]").textContent(), /It is no customs tier/);
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/docking-${width}.png`, fullPage: true });
    assert.deepEqual(troubles, []);
    await close();
  }
  const { page, troubles, close } = await visit({ lang: "en", session: bank });
  await page.goto("/docking");
  assert.equal(await page.locator("tr", { hasText: USCC }).count(), 0);
  assert.match(await page.textContent("main"), /for the departments that deliver records/);
  assert.deepEqual(troubles, []);
  await close();
});
