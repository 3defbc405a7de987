// Anybody looks at the monthly report: each chart has its numbers in a table, what is withheld is said, and the same
// figures are files.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { visit, zone } from "./world.mjs";

/** The worker makes a month at a look; the sample zone has some. */
async function made(months) {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await fetch(`${zone.base}/api/v1/statistics/trade?by=direction`);
    const body = await answer.json();
    if (body.months.length >= months) return body;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error("no statistics are made");
}

for (const width of WIDTHS) {
  test(`the monthly report is read and taken along, ${width} px`, async () => {
    const { months } = await made(3);
    const { page, troubles, close } = await visit({ lang: "en", width, script: false });
    await page.goto("/");
    await page.click("nav a[href='/statistics']");
    assert.match(await page.textContent("h1"), new RegExp(months[0].month));
    const charts = page.locator(".figures");
    assert.ok((await charts.count()) >= 5, "over time and by mode, direction, country, chapter, grade");
    for (const chart of await charts.all()) {
      const lines = await chart.locator("tbody tr").count();
      assert.ok(lines > 0);
      assert.equal(await chart.locator("svg.chart > text:not(.quiet)").count(), lines, "a bar for each line of the table");
    }
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/statistics-${width}.png`, fullPage: true });

    // A month before, and one that there is not.
    await page.selectOption("select[name=month]", months[1].month);
    await page.click("form.ask button");
    assert.match(await page.textContent("h1"), new RegExp(months[1].month));
    await page.goto("/statistics?month=1999-01");
    assert.equal(await page.locator("[role=alert]").count(), 1);

    const link = page.locator("a[download][href*='/trade?'][href$=csv]");
    const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
    assert.match(file.suggestedFilename(), /^trade-\d{4}-\d{2}-\d{4}-\d{2}\.csv$/);
    assert.match(await readFile(await file.path(), "utf8"), /month,by,code,orders,amount_cny,share_permille,withheld/);
    assert.deepEqual(troubles, []);
    await close();

    const seen = await visit({ lang: "zh", width, scheme: "dark" });
    await seen.page.goto("/statistics");
    await isAccessible(seen.page);
    if (process.env.PICTURES) await seen.page.screenshot({ path: `${process.env.PICTURES}/statistics-dark-${width}.png`, fullPage: true });
    await seen.close();
  });
}

test("sales by what their documents say, countries by name, and where grades moved", async () => {
  const { months } = await made(3);
  const { page, close } = await visit({ lang: "en", width: WIDTHS[0], script: false });
  await page.goto("/statistics");
  const names = (await (await fetch(`${zone.base}/api/v1/statistics/trade?by=country`)).json()).items;
  const named = names.find((row) => row.month === months[0].month && row.name_en);
  assert.ok(named, "the sample zone trades with countries that are known");
  const text = await page.textContent("section[aria-labelledby=country]");
  assert.match(text, new RegExp(`${named.code} ${named.name_en}`));

  const matching = (await (await fetch(`${zone.base}/api/v1/statistics/matching`)).json()).items;
  const month = matching.find((row) => row.mode === null && row.outcome === null)?.month;
  if (month) {
    await page.goto(`/statistics?month=${month}`);
    const section = page.locator("section[aria-labelledby=matching]");
    assert.equal(await section.locator("tbody tr").count(), 4);
    assert.equal(await section.locator("svg.chart > text:not(.quiet)").count(), 4, "a bar for each outcome");
  }
  const moves = (await (await fetch(`${zone.base}/api/v1/statistics/migration`)).json()).items;
  const coarse = moves.find((row) => row.from_grade === null);
  if (coarse) {
    await page.goto(`/statistics?month=${coarse.month}`);
    assert.equal(await page.locator("#directions tbody tr").count(), 4);
  }
  await close();
});
