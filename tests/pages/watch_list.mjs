// An entry of the watch list from the proposal to its effect, and who is told of it then: its own enterprise, with the way
// back, and the officer; nobody else.

import assert from "node:assert/strict";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { agent, bank, commerce, reviewer, visit, zone } from "./world.mjs";

const PDF = Buffer.from("%PDF-1.4\n% A fictitious note of two visits.\n");

/** Takes a step of the case that is open. */
async function take(page, address, verb, { reason, basis, outcome } = {}) {
  await page.goto(address);
  const form = page.locator(`form:has(input[name=verb][value=${verb}])`);
  await page.locator("details.act").evaluateAll((parts) => parts.forEach((part) => { part.open = true; }));
  if (outcome && await form.locator("select[name=outcome]").count()) await form.locator("[name=outcome]").selectOption(outcome);
  if (reason && await form.locator("[name=reason]").count()) await form.locator("[name=reason]").fill(reason);
  if (basis && await form.locator("[name=basis]").count()) await form.locator("[name=basis]").fill(basis);
  await form.locator("button").click();
  assert.match(await page.textContent("[role=status]"), /Done/, verb);
}

test("an entry of the watch list is named to its own enterprise, with the way back", async () => {
  const [desk, here, second] = await Promise.all([
    visit({ lang: "en", session: commerce }),
    visit({ lang: "en", session: agent }),
    visit({ lang: "en", session: reviewer }),
  ]);
  const uscc = zone.agentOf;
  await desk.page.goto(`/cases/new?kind=list_entry&uscc=${uscc}`);
  await desk.page.selectOption("#code", "W3");
  await desk.page.fill("#facts", "Nobody was met at the registered premises on two visits.");
  await desk.page.fill("#basis", "Rule of the zone on the watch list");
  await desk.page.fill("#reason", "Two visits, ten days apart.");
  await desk.page.setInputFiles("#files", { name: "visits.pdf", mimeType: "application/pdf", buffer: PDF });
  await desk.page.click("main form.fields button");
  assert.match(await desk.page.textContent("[role=status]"), /Submitted/);
  const id = await desk.page.locator(".facts dd.code").first().textContent();
  const address = `/cases/${id.trim()}`;
  const why = { reason: "Facts, evidence, effect and remedy.", basis: "Rule of the zone" };
  await take(desk.page, address, "notify", why);
  await here.page.goto("/my-credit");
  assert.equal(await here.page.locator(".watched").count(), 0, "proposed is not listed");
  await take(here.page, address, "waive", why);
  await take(second.page, address, "decide", { ...why, outcome: "enter" });
  await take(desk.page, address, "serve", why);
  await take(here.page, address, "read");

  for (const [path, name] of [["/my-credit", "my-credit-watched"], ["/negative-list", "negative-list-watched"]]) {
    for (const width of WIDTHS) {
      const { page, troubles, close } = await visit({ lang: "en", width, session: agent });
      await page.goto(path);
      const told = await page.textContent(".watched");
      assert.match(told, /W3/);
      assert.match(told, /two visits/);
      assert.match(told, /Last day in force/);
      await isAccessible(page);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}.png`, fullPage: true });
      assert.deepEqual(troubles, []);
      await close();
    }
  }
  await here.page.goto("/my-credit");
  await here.page.click("a:has-text('Ask for its release')");
  assert.equal(await here.page.locator("#reason").count(), 1, "the form of its release");

  await desk.page.goto(`/negative-list?uscc=${uscc}`);
  assert.match(await desk.page.textContent(".watched"), /W3/);
  for (const session of [undefined, bank]) {
    const other = await visit({ lang: "en", session });
    await other.page.goto(`/negative-list?uscc=${uscc}`);
    assert.doesNotMatch(await other.page.textContent("main"), /watch list|two visits/);
    await other.close();
  }
  await Promise.all([desk, here, second].map((one) => one.close()));
});
