// Everything is reached by keyboard, in the order in which it is read, and one sees where one is.

import assert from "node:assert/strict";
import test from "node:test";

import { WIDTHS } from "./browser.mjs";
import { PAGES, session, uscc, visit } from "./world.mjs";

/** More stops than any page has. */
const STOPS_MAX = 200;

/** What has the focus: a name, whether one sees it, and its place in the document. */
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height, left, right } = element.getBoundingClientRect();
  return {
    name: element.outerHTML.slice(0, 100),
    seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inWindow: width > 0 && height > 0 && right > 0 && left < document.documentElement.clientWidth,
    place: [...document.querySelectorAll("*")].indexOf(element),
  };
}

async function stops(page) {
  const found = [];
  while (found.length < STOPS_MAX) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(focused);
    if (!stop || stop.place === found[0]?.place) return found;
    found.push(stop);
  }
  throw new Error("the focus does not come round");
}

test("the first stop skips to the content", async () => {
  const { page, close } = await visit();
  await page.goto("/zone");
  await page.keyboard.press("Tab");
  const skip = page.locator(".skip");
  assert.equal(await skip.evaluate((link) => link === document.activeElement), true);
  assert.ok((await skip.boundingBox()).x >= 0, "the link is seen once it has the focus");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inside = await page.evaluate(() => document.activeElement.closest("main") !== null);
  assert.equal(inside, true, "the next stop is inside the content");
  await close();
});

for (const width of WIDTHS) {
  test(`every stop is seen, in the order of reading, ${width} px`, async (t) => {
    for (const { name, path, session: reader } of PAGES) {
      await t.test(name, async () => {
        const { page, close } = await visit({ width, session: reader });
        await page.goto(path);
        // A page may start in its field, which a browser does some time after loading; the round begins before everything.
        await page.waitForFunction(() => {
          const field = document.querySelector("[autofocus]");
          return !field || field === document.activeElement;
        });
        await page.evaluate(() => document.activeElement.blur());
        await page.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex"); });
        const found = await stops(page);
        assert.ok(found.length > 5);
        for (const stop of found) {
          assert.ok(stop.seen, `the focus is not seen on ${stop.name}`);
          assert.ok(stop.inWindow, `the focus leaves the window on ${stop.name}`);
        }
        const places = found.map((stop) => stop.place);
        assert.deepEqual(places, [...places].sort((left, right) => left - right));
        await close();
      });
    }
  });
}

test("a row of the points ledger and the path of proof open by keyboard", async () => {
  const { page, close } = await visit({ session });
  await page.goto(`/enterprises/${uscc}`);
  for (const part of ["details.path", "details.row"]) {
    const details = page.locator(part).first();
    await details.locator("summary").focus();
    await page.keyboard.press("Enter");
    assert.equal(await details.evaluate((element) => element.open), true);
  }
  await close();
});
