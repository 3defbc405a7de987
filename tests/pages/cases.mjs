// An enterprise contests a record with a file; officer, source and reviewer take their steps, each on the case's page.
// What they leave behind is on the pages that the tests after this one open.

import assert from "node:assert/strict";
import test from "node:test";

import { agent, commerce, market, reviewer, visit, zone } from "./world.mjs";

const PDF = Buffer.from("%PDF-1.4\n% A fictitious letter of a fictitious enterprise.\n");
const file = (name, buffer = PDF) => ({ name, mimeType: "application/pdf", buffer });

const picture = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true });
};

/** Takes a step whose form is folded away, with what it brings. */
async function take(page, verb, { reason, basis, outcome, asked } = {}) {
  const part = page.locator(`details.act:has(input[name=verb][value=${verb}])`);
  if (await part.count()) await part.evaluate((one) => { one.open = true; });
  const form = page.locator(`form:has(input[name=verb][value=${verb}])`);
  if (outcome) await form.locator("[name=outcome]").selectOption(outcome);
  if (asked) await form.locator("[name=asked]").selectOption(asked);
  if (reason) await form.locator("[name=reason]").fill(reason);
  if (basis) await form.locator("[name=basis]").fill(basis);
  await form.locator("button").click();
}

const isDone = async (page) => assert.match(await page.textContent("[role=status]"), /Done; a commitment/);

test("an objection goes from the record to the reviewer's confirmation", async () => {
  const [here, desk, source, second] = await Promise.all([
    visit({ lang: "en", session: agent, width: 390 }),
    visit({ lang: "en", session: commerce }),
    visit({ lang: "en", session: market, width: 390 }),
    visit({ lang: "en", session: reviewer }),
  ]);
  const office = here.page;
  await office.goto(`/enterprises/${zone.agentOf}`);
  const contest = office.locator(".evidence a", { hasText: "contest this" }).first();
  const place = await contest.getAttribute("href");
  await office.goto(place);
  assert.match(await office.textContent(".supposed"), /Without the record/);
  await picture(office, "case-open-390");
  await office.fill("#reason", "The record is of another enterprise of the same name.");
  await office.setInputFiles("#files", file("letter.pdf", Buffer.from("plain words")));
  await office.click("main form.fields button");
  assert.match(await office.textContent("[role=alert]"), /letter\.pdf/, "a file that is no PDF is named");
  assert.equal(await office.inputValue("#reason"), "The record is of another enterprise of the same name.");
  await office.setInputFiles("#files", file("large.pdf", Buffer.alloc(11 * 1024 * 1024, PDF)));
  await office.click("main form.fields button");
  assert.match(await office.textContent("[role=alert]"), /over its limit/, "a file that is too large is refused in words");
  await office.setInputFiles("#files", file("letter.pdf"));
  await office.click("main form.fields button");
  assert.match(await office.textContent("[role=status]"), /Submitted/);
  await office.goto("/cases");
  const address = await office.locator("tbody a[href^='/cases/']").first().getAttribute("href");

  await desk.page.goto("/cases");
  await desk.page.click(`a[href='${address}']`);
  await take(desk.page, "receive");
  await isDone(desk.page);
  await take(desk.page, "accept");
  await isDone(desk.page);
  assert.match(await desk.page.textContent("main"), /marked as disputed/);
  await take(desk.page, "ask_source", { asked: "market_regulation" });
  await isDone(desk.page);
  await picture(desk.page, "case-desk-1280");

  await source.page.goto("/cases");
  await source.page.click(`a[href='${address}']`);
  await take(source.page, "answer", { outcome: "upheld", reason: "Filed under the wrong code." });
  await isDone(source.page);
  await picture(source.page, "case-source-390");

  await desk.page.goto(address);
  await take(desk.page, "propose", { outcome: "upheld", reason: "The source says so.", basis: "Art. 25" });
  await isDone(desk.page);
  assert.equal(await desk.page.locator("input[value=confirm]").count(), 0, "the one who proposed does not confirm");
  assert.match(await desk.page.textContent("main"), /confirm.*reviewer/s);

  await second.page.goto(address);
  await take(second.page, "confirm", { reason: "As proposed." });
  await isDone(second.page);
  await office.goto(address);
  await picture(office, "case-390");
  assert.match(await office.textContent("main"), /upheld, to be corrected/);
  assert.doesNotMatch(await office.textContent(".case-steps"), /(officer|reviewer|record) · /, "officers have no names here");
  const [saved] = await Promise.all([office.waitForEvent("download"), office.click(".files a")]);
  assert.match(saved.suggestedFilename(), /^[0-9a-f]{16}\.pdf$/);
  // A download is a request that the page does not finish.
  const troubles = [here, desk, source, second].flatMap((one) => one.troubles);
  assert.deepEqual(troubles.filter((trouble) => !/\/files\//.test(trouble)), []);
  await Promise.all([here, desk, source, second].map((one) => one.close()));
});

test("nobody else sees a case, and a form of an older sight of it is refused", async () => {
  const { page: desk, close } = await visit({ lang: "en", session: commerce });
  await desk.goto("/cases?which=past");
  const address = await desk.locator("tbody a[href^='/cases/']").first().getAttribute("href");
  const other = await visit({ lang: "en" });
  assert.equal((await other.page.goto(address)).status(), 401);
  await other.close();
  await desk.goto(`/cases/${"0".repeat(32)}`);
  assert.match(await desk.textContent("main"), /No such page/);
  await close();
});
