// A receipt is downloaded, dropped on the verify page and checked there; one changed character is refused.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { WIDTHS } from "./browser.mjs";
import { session, uscc, visit } from "./world.mjs";

const SAYS = {
  zh: { good: "这份回执成立", bad: "这份回执不成立。", fields: "所示字段与承诺一致", shown: "回执出示的内容" },
  en: { good: "This receipt holds", bad: "This receipt does not hold.", fields: "The fields are those committed to", shown: "What the receipt shows" },
};

async function download() {
  const { page, close } = await visit({ session });
  await page.goto(`/enterprises/${uscc}`);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(".seal-links a[download]")]);
  assert.equal(file.suggestedFilename(), `receipt-${uscc}.json`);
  const text = await readFile(await file.path(), "utf8");
  await close();
  return text;
}

/** Drops a file into the box, as a hand does with the mouse. */
async function drop(page, text) {
  const transfer = await page.evaluateHandle((content) => {
    const held = new DataTransfer();
    held.items.add(new File([content], "receipt.json", { type: "application/json" }));
    return held;
  }, text);
  await page.dispatchEvent("#drop", "dragenter", { dataTransfer: transfer });
  await page.dispatchEvent("#drop", "drop", { dataTransfer: transfer });
}

const receipt = await download();

for (const lang of ["zh", "en"]) {
  for (const width of WIDTHS) {
    const says = SAYS[lang];

    test(`a good receipt holds and is shown in words, ${lang}, ${width} px`, async () => {
      const { page, troubles, close } = await visit({ lang, width });
      await page.goto("/verify");
      await drop(page, receipt);
      await page.waitForSelector("#result h2");
      assert.ok((await page.textContent("#result h2")).startsWith(says.good));
      assert.equal(await page.locator("#result li.proven").count(), 5, "steps 1 to 4 and 6");
      assert.equal(await page.locator("#result li.failed").count(), 0);
      const result = await page.textContent("#result");
      assert.ok(result.includes(says.shown) && result.includes(uscc));
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(beyond <= 0, `${beyond} px too wide`);
      await isAccessible(page);
      assert.deepEqual(troubles, []);
      await close();
    });

    test(`a receipt with one changed character is refused at its step, ${lang}, ${width} px`, async () => {
      const { page, troubles, close } = await visit({ lang, width });
      await page.goto("/verify");
      const digit = uscc.at(-2);
      const other = digit === "1" ? "2" : "1";
      const forged = receipt.replace(uscc, uscc.slice(0, -2) + other + uscc.slice(-1));
      assert.notEqual(forged, receipt);
      await drop(page, forged);
      await page.waitForSelector("#result h2");
      assert.equal(await page.textContent("#result h2"), says.bad);
      const failed = page.locator("#result li.failed");
      assert.equal(await failed.count(), 1);
      assert.ok((await failed.textContent()).includes(says.fields));
      assert.equal(await page.locator("#result dl").count(), 0, "nothing of it is shown as true");
      await isAccessible(page);
      assert.deepEqual(troubles, []);
      await close();
    });
  }
}

test("a receipt chosen by the button is checked too, and another key refuses it", async () => {
  const { page, close } = await visit({ lang: "en" });
  await page.goto("/verify");
  await page.setInputFiles("#file", { name: "receipt.json", mimeType: "application/json", buffer: Buffer.from(receipt) });
  await page.waitForSelector("#result h2");
  assert.ok((await page.textContent("#result h2")).startsWith("This receipt holds"));
  const key = await page.inputValue("#vkey");
  await page.fill("#vkey", key.replace(/.$/, (last) => (last === "A" ? "B" : "A")));
  await page.locator("#vkey").blur();
  await page.waitForSelector("#result li.failed");
  assert.match(await page.textContent("#result h2"), /does not hold/);
  await close();
});
