// Officers at their desks: a measure that restricts goes through two persons, an alert is read with its evidence, a plan
// of inspection is made, drawn, checked by a program of its own, and a finding is entered. All of it without script.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { WIDTHS } from "./browser.mjs";
import { auditor, commerce, reviewer, visit } from "./world.mjs";

const picture = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true });
};

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const isDone = async (page, words) => assert.match(await page.locator("[role=status]").first().textContent(), words);

test("the queue of measures pages forth and back", async () => {
  const { page, troubles, close } = await visit({ lang: "en", session: commerce, script: false });
  await page.goto("/measures?state=in_force");
  const first = await page.locator("tbody a[href^='/measures/']").allTextContents();
  const addresses = async () => page.locator("tbody a[href^='/measures/']").evaluateAll((all) => all.map((one) => one.href));
  const shown = await addresses();
  assert.equal(first.length, 25);
  await page.click("a[rel=next]");
  const later = await addresses();
  assert.ok(later.length > 0 && later.every((one) => !shown.includes(one)));
  await page.click("a[rel=prev]");
  assert.deepEqual(await addresses(), shown);
  await picture(page, "desk-measures-1280");
  assert.deepEqual(troubles, []);
  await close();
});

test("a measure that restricts takes an officer and a reviewer", async () => {
  const [desk, second] = await Promise.all([
    visit({ lang: "en", session: commerce, script: false, width: 390 }),
    visit({ lang: "en", session: reviewer, script: false }),
  ]);
  await desk.page.goto("/measures");
  await desk.page.selectOption("[name=effect]", "restriction");
  await desk.page.click(".ask button");
  await picture(desk.page, "desk-measures-390");
  const address = await desk.page.locator("tbody a[href^='/measures/']").first().getAttribute("href");
  await desk.page.goto(address);
  await desk.page.fill("#reason", "The list names it.");
  await desk.page.click("button[value=confirm]");
  await isDone(desk.page, /Done; a commitment/);
  assert.equal(await desk.page.locator("button[value=confirm]").count(), 0);
  await picture(desk.page, "desk-measure-390");

  await second.page.goto("/measures");
  await second.page.click(`a[href='${address}']`);
  assert.match(await second.page.textContent(".hands"), /Officer: .+The list names it\.\s*Reviewer: to confirm it/s);
  await picture(second.page, "desk-measure-1280");
  await second.page.fill("#reason", "So it does.");
  await second.page.click("button[value=confirm]");
  await isDone(second.page, /Done/);
  assert.equal(await second.page.locator(".hands .waits").count(), 0);
  assert.deepEqual([...desk.troubles, ...second.troubles], []);
  await Promise.all([desk.close(), second.close()]);
});

test("an alert shows its rule, what was asked, and the values", async () => {
  const { page, troubles, close } = await visit({ lang: "en", session: commerce, script: false });
  await page.goto("/cases");
  await page.click("a[href='/cases?kind=alert']");
  await picture(page, "desk-alerts-1280");
  assert.match(await page.textContent("tbody"), /(high|medium|low) risk/);
  const kinds = await page.locator("tbody th a").allTextContents();
  assert.ok(kinds.length > 0 && kinds.every((kind) => kind === "risk alert"));
  await page.locator("tbody a[href^='/cases/']").first().click();
  assert.match(await page.textContent("main pre"), /\w+ (==|<=?|>=?) \d+/);
  assert.match(await page.locator("table td.n").first().textContent(), /\d/);
  await picture(page, "desk-alert-1280");
  assert.deepEqual(troubles, []);
  await close();
});

for (const width of WIDTHS) {
  test(`alerts are asked by their severity, ${width} px`, async () => {
    const { page, troubles, close } = await visit({ lang: "en", session: commerce, script: false, width });
    await page.goto("/cases?kind=alert&which=past");
    const all = await page.locator("tbody tr").count();
    let found = 0;
    for (const severity of ["high", "medium", "low"]) {
      await page.selectOption("[name=severity]", severity);
      await page.click(".ask button");
      assert.equal(await page.inputValue("[name=severity]"), severity);
      assert.equal(await page.inputValue("[name=which]"), "past", "the other filters are kept");
      const shown = await page.locator("tbody th b").allTextContents();
      assert.ok(shown.every((one) => one === `${severity} risk`), shown.join());
      found += shown.length;
    }
    assert.ok(all > 0 && all < 50 && found === all, `${found} of ${all}`);
    await page.selectOption("[name=severity]", "high");
    await page.click(".ask button");
    await picture(page, `desk-alerts-high-${width}`);
    assert.deepEqual(troubles, []);
    await close();
  });
}

/** Confirms the measure that waits longest, so that the ledger has another block. */
async function goOn(page) {
  await page.goto("/measures?effect=inspection");
  await page.locator("tbody a[href^='/measures/']").first().click();
  await page.fill("#reason", "Checked.");
  await page.click("button[value=confirm]");
  await isDone(page, /Done/);
}

test("a plan is made, drawn, checked with the program on its page, and a finding is entered", async () => {
  const { page, troubles, close } = await visit({ lang: "en", session: commerce, script: false });
  await page.goto("/inspections");
  const form = page.locator("details.act");
  if (await form.getAttribute("open") === null) await form.locator("summary").click();
  await page.fill("#title", "Spot check, winter 2026");
  await page.fill("#inspectors", "甲某\n乙某\n丙某");
  const [from, until] = [await page.inputValue("#from"), await page.inputValue("#until")];
  assert.equal((new Date(until) - new Date(from)) / 86_400_000, 89, "ninety days, both ends among them");
  await page.fill("#until", from);
  await picture(page, "desk-plan-form-1280");
  await page.click("form.fields button");
  await isDone(page, /The plan is made/);
  const secret = await page.textContent("#secret-once");
  const place = (await page.locator("a[href$='/plan.txt']").getAttribute("href")).replace("/plan.txt", "");
  await goOn(page);
  await goOn(page);
  await page.goto(place);
  await page.fill("#secret", secret);
  await page.click(".draw button");
  await isDone(page, /Drawn; a commitment/);
  assert.match(await page.textContent(".ids"), new RegExp(`Period ${from} – ${from}`));
  await picture(page, "desk-plan-1280");

  const watch = await visit({ lang: "en", session: auditor, script: false });
  await watch.page.goto(place);
  const folder = mkdtempSync(join(tmpdir(), "xinji-draw."));
  for (const name of ["plan.txt", "draw.txt"]) {
    const [saved] = await Promise.all([watch.page.waitForEvent("download"), watch.page.click(`a[href$='/${name}']`)]);
    await saved.saveAs(join(folder, name));
    const text = readFileSync(join(folder, name));
    if (name === "plan.txt") assert.match(text.toString(), new RegExp(`^period ${from} ${from}$`, "m"));
    const digest = sha256(text);
    assert.ok((await watch.page.textContent("main")).includes(digest), name);
  }
  writeFileSync(join(folder, "check_draw.py"), await watch.page.textContent("#check-draw"));
  const check = () => execFileSync("python3", ["check_draw.py"], { cwd: folder, encoding: "utf8" }).trim();
  assert.equal(check(), "the same draw");
  const drawn = readFileSync(join(folder, "draw.txt"), "utf8");
  writeFileSync(join(folder, "draw.txt"), drawn.replace(/^drawn .*\n/m, ""));
  assert.equal(check(), "another draw", "one that is left out shows");
  rmSync(folder, { recursive: true });
  await watch.close();

  await page.locator("#tasks tbody a").first().click();
  await page.selectOption("#result", "fail");
  await page.fill("#note", "No books were kept.");
  await page.click("form.fields button");
  await isDone(page, /Entered/);
  await picture(page, "desk-task-1280");
  await page.goto(place);
  assert.match(await page.textContent("#tasks tbody"), /failed/);
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, "desk-plan-390");
  await page.goto("/inspections");
  assert.match(await page.textContent("tbody"), new RegExp(`${from} – ${from}`));
  await picture(page, "desk-plans-390");
  await page.locator("details.act summary").click();
  await picture(page, "desk-plan-form-390");
  assert.deepEqual(troubles, []);
  await close();
});
