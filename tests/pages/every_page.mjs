// What holds for every page, at every width, in every language and colour scheme.

import assert from "node:assert/strict";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { LANGS, SCHEMES, WIDTHS } from "./browser.mjs";
import { MORE_PAGES, PAGES, visit } from "./world.mjs";

/** The page itself, bytes before compression. */
const PAGE_BYTES_MAX = 60_000;
/** With style sheet, scripts and mark, which a browser keeps: for all but the 46 rules of an enterprise in full. */
const FIRST_VISIT_BYTES_MAX = 60_000;

const WAYS = LANGS.flatMap((lang) => SCHEMES.flatMap((scheme) => WIDTHS.map((width) => ({ lang, scheme, width }))));
// Two opposite ways are enough for a kind of page that has gone all of them.
const OPPOSITES = [WAYS.at(0), WAYS.at(-1)];

/** Elements that stick out of the window at the side and are not inside a part that scrolls by itself. */
function sticksOut() {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement))
    .map((element) => element.outerHTML.slice(0, 120));
}

async function isInOrder(page) {
  // What is folded away is part of the page too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
  const [content, window] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  assert.ok(content <= window, `the page is ${content} px wide in a window of ${window}: ${await page.evaluate(sticksOut)}`);
  await isAccessible(page);
}

const TOURS = [...PAGES.map((kind) => ({ ...kind, ways: WAYS })), ...MORE_PAGES.map((kind) => ({ ...kind, ways: OPPOSITES }))];

for (const { name, path, status, session, ways } of TOURS) {
  test(name, async (t) => {
    for (const way of ways) {
      await t.test(`${way.lang}, ${way.scheme}, ${way.width} px`, async () => {
        const { page, troubles, close } = await visit({ ...way, session });
        const sizes = [];
        page.on("response", (response) => sizes.push(response.body().then((body) => body.length)));
        const answer = await page.goto(path, { waitUntil: "load" });
        assert.equal(answer.status(), status);
        const [own, ...fetched] = await Promise.all(sizes);
        assert.ok(own < PAGE_BYTES_MAX, `${own} bytes`);
        const all = fetched.reduce((sum, size) => sum + size, own);
        const isFull = await page.locator("#points").count() > 0;
        assert.ok(isFull || all < FIRST_VISIT_BYTES_MAX, `${all} bytes with all that it fetches`);
        await isInOrder(page);
        // The browser itself reports an error answer; that one is wanted.
        const wanted = status === 200 ? [] : [`console: Failed to load resource: the server responded with a status of ${status}`];
        assert.deepEqual(troubles.filter((trouble) => !wanted.some((start) => trouble.startsWith(start))), []);
        await close();
      });
    }
  });
}
