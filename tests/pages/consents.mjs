// A bank asks in its form, the enterprise reads the text and grants, sees the look, and revokes. What they leave behind
// is on the pages that the tests after this one open.

import assert from "node:assert/strict";
import test from "node:test";

import { agent, bank, visit, zone } from "./world.mjs";

const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());

async function ask(page, product) {
  await page.goto("/consents");
  await page.fill("#uscc", zone.agentOf);
  await page.fill("#product", product);
  await page.check("[name=block_grade]");
  await page.check("[name=block_score]");
  await page.selectOption("#kind", "continuous");
  await page.fill("#until", today());
  await page.click("main form.fields button");
  assert.match(await page.textContent("[role=status]"), /Asked/);
}

const showsScore = async (page) => {
  await page.goto(`/enterprises/${zone.agentOf}`);
  return (await page.locator(".ruler").count()) > 0;
};

test("a bank sees a score from the grant to the revocation, and the enterprise sees the bank's looks", async () => {
  const there = await visit({ lang: "en", session: bank, width: 390 });
  const here = await visit({ lang: "en", session: agent, width: 390 });
  const desk = there.page, office = here.page;
  assert.equal(await showsScore(desk), false);
  await ask(desk, "Working capital, fictitious");
  await ask(desk, "Order financing, fictitious");

  await office.goto("/consents");
  const card = office.locator("article", { hasText: "Working capital" });
  assert.match(await card.locator("pre").textContent(), /may revoke this consent at any time/);
  await card.locator("button", { hasText: "I have read the text" }).click();
  assert.match(await office.textContent("[role=status]"), /Granted/);
  assert.equal(await showsScore(desk), true);
  await desk.goto("/portfolio");
  assert.match(await desk.locator("tbody tr").first().textContent(), /Working capital.*approval of credit/s);
  assert.equal(await desk.locator("tbody tr").count(), 1);

  await office.goto("/access-log");
  const newest = office.locator("tbody tr").first();
  assert.match(await newest.textContent(), /financier .*approval of credit\s*by consent.*score/s);

  await office.goto("/consents");
  await office.locator("article", { hasText: "Working capital" }).locator("button", { hasText: "Revoke" }).click();
  assert.match(await office.textContent("[role=status]"), /Revoked/);
  assert.equal(await showsScore(desk), false);
  assert.deepEqual([...there.troubles, ...here.troubles], []);
  await there.close();
  await here.close();
});
