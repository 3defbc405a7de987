// Signed customs messages: beside a document stands who signed it, and that somebody changed it afterwards.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { customs, send, visit } from "./world.mjs";
import { SIGNED } from "./zone.mjs";

/** A fictitious enterprise of this test's own, under the customs code of the signed messages. */
const MERCHANT = "91511502MA6TEXT72N";
const REGISTRATION = [
  "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code," +
    "industry_code,roles,filed_on,customs_code",
  `${MERCHANT},宜宾签名试验商贸有限公司,存续,2020-01-15,1000000,1000000,钱七,宜宾市翠屏区试验路9号,511502,F5190,ecommerce,2021-03-01,5115960001`,
  "",
].join("\n");
const text = (name) => readFileSync(new URL(name, SIGNED), "utf8");

test("a sale says whose signature its message or envelope bears, and that one was changed", async () => {
  await send("registration", REGISTRATION);
  for (const [file, words] of [
    [text("envelope.xml"), /Signature of the envelope\s*valid\s*C=CN, O=Fictitious, CN=Test Carrier/],
    [text("rsa-sha256.xml").replace(">277.8<", ">277.9<"), /Signature\s*invalid: the message was changed after it was signed/],
    [text("rsa-sha256.xml"), /Signature\s*valid\s*C=CN, O=Fictitious, CN=Test Declarant/],
  ]) {
    await send("ceb", file);
    for (const width of [390, 1280]) {
      const { page, troubles, close } = await visit({ lang: "en", session: customs, width });
      await page.goto(`/enterprises/${MERCHANT}/sales`);
      await page.getByRole("link", { name: "ORDER-1", exact: true }).click();
      assert.match(await page.locator(".flow", { hasText: "CEB311" }).textContent(), words);
      const shots = process.env.PICTURES;
      if (shots) await page.screenshot({ path: `${shots}/signature-${width}.png`, fullPage: true });
      assert.deepEqual(troubles, []);
      await close();
    }
  }
});
