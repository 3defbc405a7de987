// An enterprise's page prints as a report on A4: black on white, nothing to click, nothing cut off.

import assert from "node:assert/strict";
import test from "node:test";

import { session, visit, zone } from "./world.mjs";

const A4_WIDTH_PX = 794;
const SHEETS_MAX = 3;

const sheets = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g).length;

for (const lang of ["zh", "en"]) {
  test(`every enterprise worth looking at prints cleanly, ${lang}`, async () => {
    // Whoever reads in the dark still prints on white paper.
    const { page, troubles, close } = await visit({ lang, session, scheme: "dark", width: A4_WIDTH_PX });
    for (const uscc of zone.showcase) {
      await page.goto(`/enterprises/${uscc}`);
      await page.emulateMedia({ media: "print" });
      const looks = await page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body);
        const { scrollWidth, clientWidth } = document.documentElement;
        const hidden = [".top nav", ".who", ".sort", ".seal-links"].map((part) => document.querySelector(part));
        return { backgroundColor, color, scrollWidth, clientWidth, shown: hidden.filter((part) => part?.offsetHeight).length };
      });
      assert.equal(looks.backgroundColor, "rgb(255, 255, 255)");
      assert.equal(looks.color, "rgb(0, 0, 0)");
      assert.ok(looks.scrollWidth <= looks.clientWidth, `${looks.scrollWidth} px wide`);
      assert.equal(looks.shown, 0, "nothing to click is printed");
      assert.equal(await page.locator("#points .row").count(), 46, "every indicator is on paper");
      const count = sheets(await page.pdf({ preferCSSPageSize: true }));
      assert.ok(count <= SHEETS_MAX, `${count} sheets`);
      await page.emulateMedia({ media: null });
    }
    assert.deepEqual(troubles, []);
    await close();
  });
}
