// From an alert to the messages: of twenty-four imports eight were paid by others. The officer of customs opens what was found,
// a sale behind it, and reads in which file and on which line each document came.

import assert from "node:assert/strict";
import test from "node:test";

import { WIDTHS } from "./browser.mjs";
import { element, fields, head, message } from "./customs.mjs";
import { commerce, customs, send, visit } from "./world.mjs";

/** Fictitious enterprises of this test's own; the platform is registered nowhere. */
const MERCHANT = "91511503MA6TEXT36D";
const PLATFORM = "91511725MA6TEXT48T";
const ORDERS = 24;
const PAID_BY_OTHERS = 8;
const WAIT_MS = 60_000;

/** Some days ago, as messages write it: rules look at ninety days. */
const day = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
const at = (number, minute) => `${day}10${String(minute).padStart(2, "0")}${String(number).padStart(2, "0")}`;
const number = (at) => `PAGE-SIGN-${String(at).padStart(2, "0")}`;
const all = (each) => Array.from({ length: ORDERS }, (_, place) => each(place + 1)).join("");

const order = (place) => element("Order", element("OrderHead", fields({
  ...head(`SIGNORDER${place}X`), appTime: at(place, 0), orderType: "I", orderNo: number(place), ebpCode: PLATFORM, ebpName: "平台",
  ebcCode: MERCHANT, ebcName: "电商", goodsValue: "100", freight: "0", discount: "0", taxTotal: "9.1", acturalPaid: "109.1",
  currency: "142", buyerRegNo: `S${place}`, buyerName: `样例买家${place}`, buyerTelephone: `000${place}`, buyerIdType: "1",
  buyerIdNumber: `99990000000000${place}`, consignee: `样例买家${place}`, consigneeTelephone: `000${place}`,
  consigneeAddress: `样例路${place}号`,
})) + element("OrderList", fields({
  gnum: "1", itemName: "面霜", gmodel: "瓶", unit: "142", qty: "1", price: "100", totalPrice: "100", currency: "142",
  country: "116",
})));
const payment = (place) => element("Payment", element("PaymentHead", fields({
  ...head(`SIGNPAYMENT${place}X`), appTime: at(place, 5), payCode: PLATFORM, payName: "支付", payTransactionId: `SIGN-PAY-${place}`,
  orderNo: number(place), ebpCode: PLATFORM, ebpName: "平台", payerIdType: "1",
  payerIdNumber: place <= PAID_BY_OTHERS ? `88880000000000${place}` : `99990000000000${place}`,
  payerName: `样例买家${place}`, amountPaid: "109.1", currency: "142", payTime: at(place, 5),
})));

const REGISTRATION = [
  "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code," +
    "industry_code,roles,filed_on",
  `${MERCHANT},宜宾预警试验商贸有限公司,存续,2020-01-15,1000000,1000000,钱样七,宜宾市叙州区试验路9号,511504,F5190,ecommerce,2021-03-01`,
  "",
].join("\n");

/** The merchant's alert about its payers, once the service has raised it: on one of the pages of high alerts. */
async function raised(page) {
  const line = page.locator("tbody tr", { hasText: MERCHANT }).filter({ hasText: "SALES-PAYER" });
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    await page.goto("/cases?kind=alert&severity=high");
    while ((await line.count()) === 0 && (await page.locator("a[rel=next]").count()) > 0) {
      await page.goto(await page.locator("a[rel=next]").getAttribute("href"));
    }
    if ((await line.count()) > 0) return line.locator("a[href^='/cases/']").first();
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(await page.textContent("main"));
}

test("an alert leads to its sales, and a sale to its messages", async () => {
  await send("registration", REGISTRATION);
  await send("ceb", message("CEB311Message", all(order)));
  await send("ceb", message("CEB411Message", all(payment)));
  // The officers of the zone read which orders, and hand the case on: orders themselves are not theirs to see.
  const desk = await visit({ lang: "en", session: commerce, script: false });
  const found = await (await raised(desk.page)).getAttribute("href");
  await desk.page.goto(found);
  assert.match(await desk.page.textContent("main"), /PAGE-SIGN-08/);
  assert.equal(await desk.page.locator("main a[href^='/sales/']").count(), 0);
  await desk.close();
  for (const width of WIDTHS) {
    const { page, troubles, close } = await visit({ lang: "en", session: customs, script: false, width });
    await page.goto(found);
    const rows = page.locator("tr", { has: page.locator("a[href^='/sales/']") });
    assert.equal(await rows.count(), PAID_BY_OTHERS);
    assert.match(await rows.first().textContent(), /PAGE-SIGN-08.*the payer is not the buyer/s);
    assert.match(await page.textContent("main"), /of the sales of 90 days, at least: the payer is not the buyer/);
    if (process.env.PICTURES) {
      await page.screenshot({ path: `${process.env.PICTURES}/alert-sales-${width}.png`, fullPage: true });
    }
    await rows.first().locator("a").click();
    assert.match(page.url(), /\/sales\/[0-9a-f]{32}$/);
    assert.match(await page.textContent("main"), /PAGE-SIGN-08/);
    assert.match(await page.textContent("main"), /payer and buyer are one person/);
    assert.deepEqual(troubles, []);
    await close();
  }
});
