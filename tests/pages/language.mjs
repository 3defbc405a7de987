// The language is that of the browser until somebody chooses; the choice is kept.

import assert from "node:assert/strict";
import test from "node:test";

import { uscc, visit } from "./world.mjs";

const language = (page) => page.getAttribute("html", "lang");

test("the switch keeps the page and what was asked, and is kept on the next pages", async () => {
  const { page, close } = await visit();
  await page.goto("/enterprises?q=2&kind=E1");
  assert.equal(await language(page), "zh-Hans");
  await page.click('.who a[hreflang="en"]');
  assert.equal(await language(page), "en");
  assert.equal(await page.inputValue("#q"), "2");
  assert.equal(await page.inputValue("select[name=kind]"), "E1");
  for (const path of [`/enterprises/${uscc}`, "/zone", "/ledger-view", "/verify", "/sign-in", "/nothing"]) {
    await page.goto(path);
    assert.equal(await language(page), "en", path);
  }
  await page.click('.who a[hreflang="zh-Hans"]');
  await page.goto("/");
  assert.equal(await language(page), "zh-Hans");
  await close();
});

test("a browser that prefers English gets English", async () => {
  const { page, close } = await visit({ lang: "en" });
  await page.goto("/");
  assert.equal(await language(page), "en");
  await close();
});
