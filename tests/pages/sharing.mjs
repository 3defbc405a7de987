// A department asks in its form, the operator grants a part, the enterprise sees who takes what, the department takes
// it back.

import assert from "node:assert/strict";
import test from "node:test";

import { agent, customs, session, visit } from "./world.mjs";

const inAMonth = () => new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

async function ask(page, basis) {
  await page.goto("/sharing");
  await page.check("[name=block_identity]");
  await page.check("[name=block_grade]");
  await page.fill("#basis", basis);
  await page.selectOption("#cycle", "event");
  await page.fill("#until", inAMonth());
  await page.click("form[action='/sharing/apply'] button");
  assert.match(await page.textContent("[role=status]"), /Asked/);
}

test("a department takes what the operator granted, and the enterprise sees it", async () => {
  const there = await visit({ lang: "en", session: customs, width: 390 });
  const here = await visit({ lang: "en", session, width: 1280 });
  const third = await visit({ lang: "en", session: agent, width: 390 });
  const desk = there.page, operator = here.page, enterprise = third.page;
  // What customs sees on request alone cannot be asked for in bulk.
  await desk.goto("/sharing");
  assert.equal(await desk.locator("[name=block_score]").count(), 0);
  await ask(desk, "Customs Law, Art. 6: supervision of filed enterprises");

  await operator.goto("/sharing");
  const card = operator.locator("article", { hasText: "Customs Law, Art. 6" });
  await card.locator("[name=block_grade]").uncheck();
  await card.locator("button", { hasText: "Grant" }).click();
  assert.match(await operator.textContent("[role=alert]"), /a reason is needed/);
  await card.locator("[name=block_grade]").uncheck();
  await card.locator("[name=reason]").fill("the grade is not needed for filing");
  await card.locator("button", { hasText: "Grant" }).click();
  assert.match(await operator.textContent("[role=status]"), /Granted/);

  await desk.goto("/sharing");
  const active = desk.locator("article", { hasText: "Customs Law, Art. 6" });
  assert.match(await active.textContent(), /the grade is not needed for filing/);
  assert.match(await active.textContent(), /GET \/api\/v1\/changes/);

  await enterprise.goto("/sharing");
  assert.match(await enterprise.textContent("table"), /customs\s*registration\s*Customs Law, Art. 6/);
  await enterprise.goto(await enterprise.getAttribute("h2 a", "href"));
  assert.match(await enterprise.textContent(".taken"), /customs/);

  await ask(desk, "A second request, to be refused");
  await operator.goto("/sharing");
  const second = operator.locator("article", { hasText: "A second request" });
  await second.locator("[name=reason]").fill("the first one covers it");
  await second.locator("button", { hasText: "Refuse" }).click();
  assert.match(await operator.textContent("[role=status]"), /Refused/);

  await ask(desk, "A third request, left waiting");
  assert.deepEqual([...there.troubles, ...here.troubles, ...third.troubles], []);
  for (const one of [there, here, third]) await one.close();
});
