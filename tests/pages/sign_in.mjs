// The administrator signs in with the token of the first start, and out again.

import assert from "node:assert/strict";
import test from "node:test";

import { uscc, visit, zone } from "./world.mjs";

test("a wrong token is refused in words, the right one opens everything until signing out", async () => {
  const { page, close } = await visit({ lang: "en" });
  await page.goto("/sign-in");
  await page.click("details summary");
  await page.fill("#token", "wrong");
  await page.click("#with-token button");
  assert.match(await page.textContent("[role=alert]"), /The token is wrong/);
  assert.equal(await page.getAttribute("#token", "aria-invalid"), "true");
  await page.fill("#token", zone.token);
  await page.click("#with-token button");
  await page.waitForURL(`${zone.base}/`);
  assert.match(await page.textContent(".who"), /Signed in: administrator/);
  await page.goto(`/enterprises/${uscc}`);
  assert.equal(await page.locator("#points").isVisible(), true);
  await page.click(".who button");
  await page.goto(`/enterprises/${uscc}`);
  assert.equal(await page.locator("#points").count(), 0);
  assert.match(await page.textContent("main"), /Not shown to you/);
  await close();
});
