// A department asks in its form, the operator grants a part, the enterprise sees who takes what, the department takes
// it back.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import { agent, customs, session, visit } from "./world.mjs";

const inAMonth = () => new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

async function ask(page, basis) {
  await page.goto("/sharing");
  const form = page.locator("form.fields", { has: page.locator("#basis") });
  await form.locator("[name=block_identity]").check();
  await form.locator("[name=block_grade]").check();
  await page.fill("#basis", basis);
  await page.selectOption("#cycle", "event");
  await page.fill("#until", inAMonth());
  await form.locator("button").click();
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
  assert.equal(await desk.locator("[name=block_identity]").count() > 0, true);
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

/** Presses a link to a file, and answers what was sent. */
async function fetched(page, link) {
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  return readFileSync(await download.path());
}

test("a department has an extract made, watches it and fetches its files, all without a script", async () => {
  const there = await visit({ lang: "en", session: customs, width: 390, script: false });
  const here = await visit({ lang: "zh", session, width: 1280 });
  const desk = there.page, operator = here.page;
  await ask(desk, "Extracts for the register of filed enterprises");
  await operator.goto("/sharing");
  const asked = operator.locator("article", { hasText: "Extracts for the register" });
  await asked.locator("button", { hasText: "同意共享" }).click();
  await desk.goto("/sharing");
  const card = desk.locator("article", { hasText: "Extracts for the register" });
  assert.match(await card.textContent(), /None was made/);
  await card.locator("button", { hasText: "Have an extract made" }).click();
  assert.match(await desk.textContent("[role=status]"), /On its way/);
  for (let look = 0; look < 100 && !(await card.locator("a[download]").count()); look += 1) {
    await desk.waitForTimeout(100);
    await desk.goto("/sharing");
  }
  const names = await card.locator("a[download]").allTextContents();
  assert.deepEqual(names, ["extract.ndjson", "extract.csv", "manifest.json", "manifest.sig"]);
  // Once a day; the page says when the next one can be made, and has no button before.
  assert.equal(await card.locator("button", { hasText: "Have an extract made" }).count(), 0);
  assert.match(await card.textContent(), /The next extract can be made on\s*\d{4}-\d{2}-\d{2}/);
  const files = [];
  for (const name of names) files.push(await fetched(desk, card.locator("a[download]", { hasText: name })));
  const manifest = JSON.parse(files[2]);
  assert.equal(manifest.files.length, 2);
  for (const [at, file] of manifest.files.entries()) {
    assert.equal(createHash("sha256").update(files[at]).digest("hex"), file.sha256);
    assert.equal(files[at].length, file.bytes);
  }
  assert.match(files[3].toString(), /^— /);

  // Nobody else has them, with a page that says so.
  const path = await card.locator("a[download]").first().getAttribute("href");
  const other = await operator.goto(path);
  assert.equal(other.status(), 404);
  assert.match(await operator.textContent("h1"), /没有这份提取文件/);
  const nobody = await visit({ lang: "en" });
  assert.equal((await nobody.page.goto(path)).status(), 401);
  await nobody.close();

  // It is corrected: asked anew with what it said, and the old one holds until then.
  await card.locator("summary", { hasText: "Correct it" }).click();
  assert.equal(await card.locator("[name=block_grade]").isChecked(), true);
  assert.equal(await card.locator("[name=basis]").inputValue(), "Extracts for the register of filed enterprises");
  assert.equal(await card.locator("[name=cycle]").inputValue(), "event");
  await card.locator("[name=block_grade]").uncheck();
  await card.locator("[name=cycle]").selectOption("weekly");
  await card.locator("button", { hasText: "Send the correction" }).click();
  assert.match(await desk.textContent("[role=status]"), /Asked/);
  assert.equal(await card.count(), 2);
  assert.match(await card.nth(0).textContent(), /It corrects an earlier request/);
  assert.match(await card.nth(1).textContent(), /A correction waits for its answer/);
  assert.equal(await card.nth(1).locator("summary").count(), 0);
  await operator.goto("/sharing");
  await asked.first().locator("button", { hasText: "同意共享" }).click();
  await desk.goto("/sharing");
  assert.equal(await card.count(), 1);
  assert.match(await card.textContent(), /every week/);

  // What was taken back gives no file.
  assert.equal((await desk.goto(path)).status(), 409);
  assert.match(await desk.textContent("h1"), /no longer in force/);
  const expected = (one) => !/status of 40[149]|Download is starting|net::ERR_ABORTED|^failed: .*\/sharing\/extracts\//.test(one);
  assert.deepEqual([...there.troubles, ...here.troubles].filter(expected), []);
  await there.close();
  await here.close();
});
