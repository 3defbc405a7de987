// One import of two goods, of which one was declared in another quantity and nobody sent the waybill: an officer of customs
// finds the parcel, reads where the way is broken and by whom, and goes on from the sale's page too.

import assert from "node:assert/strict";
import test from "node:test";

import { isAccessible } from "./accessibility.mjs";
import { element, fields, head, message } from "./customs.mjs";
import { agent, bank, customs, send, visit } from "./world.mjs";

/** Fictitious enterprises of this test's own; the platform is registered nowhere. */
const MERCHANT = "91511504MA6TEXT3X3";
const PLATFORM = "91511725MA6TEXT48T";
const BUYER = ["510104199901019983", "试验买家丙", "13900000983", "宜宾市虚构巷九八三号"];
const REGISTRATION = [
  "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code," +
    "industry_code,roles,filed_on",
  `${MERCHANT},宜宾追溯试验商贸有限公司,存续,2020-01-15,1000000,1000000,赵六,宜宾市叙州区试验路9号,511504,F5190,ecommerce,2021-03-01`,
  "",
].join("\n");

const sale = { orderNo: "TRACE-ORDER-1", ebpCode: PLATFORM, ebpName: "平台", ebcCode: MERCHANT, ebcName: "电商" };
const parcel = { logisticsCode: PLATFORM, logisticsName: "宜宾追溯试验速运", logisticsNo: "TRACE-WB-1" };
const buyer = { buyerIdType: "1", buyerIdNumber: BUYER[0], buyerName: BUYER[1], buyerTelephone: BUYER[2] };
const goods = (gnum, qty) => ({
  gnum, gmodel: "瓶", barCode: `690000000080${gnum}`, unit: "142", qty, price: "50", totalPrice: "100", currency: "142",
  country: "116",
});
const NAMES = ["追溯试验面霜", "追溯试验洁面乳"];

const ORDER = message(
  "CEB311Message",
  element(
    "Order",
    element(
      "OrderHead",
      fields({
        ...head("TRACEORDER"), orderType: "I", ...sale, goodsValue: "200", freight: "0", discount: "0", taxTotal: "18.2",
        acturalPaid: "218.2", currency: "142", buyerRegNo: "R983", ...buyer, consignee: BUYER[1],
        consigneeTelephone: BUYER[2], consigneeAddress: BUYER[3],
      }),
    ) + ["1", "2"].map((gnum, at) => element("OrderList", fields({ ...goods(gnum, "2"), itemName: NAMES[at] }))).join(""),
  ),
);
const DECLARATION = message(
  "CEB621Message",
  element(
    "Inventory",
    element(
      "InventoryHead",
      fields({
        ...head("TRACEDECLARED"), appTime: "20261102100000", ...sale, ...parcel, copNo: "TRACE-COP-1", assureCode: MERCHANT,
        ieFlag: "I", declTime: "20261102", customsCode: "7900", portCode: "7900", ...buyer, consigneeAddress: BUYER[3],
        agentCode: MERCHANT, agentName: "代理", tradeMode: "9610", trafMode: "5", country: "116", freight: "0",
        insuredFee: "0", currency: "142", packNo: "1", grossWeight: "1", netWeight: "0.9",
      }),
    ) +
      ["1", "2"]
        .map((gnum, at) =>
          element(
            "InventoryList",
            fields({
              ...goods(gnum, at === 0 ? "2" : "3"), itemRecordNo: `TRACE-REC-${gnum}`, gcode: "3304990039", gname: NAMES[at],
              qty1: "1", unit1: "035",
            }),
          ),
        )
        .join(""),
  ),
);
const RELEASE = message(
  "CEB622Message",
  element(
    "InventoryReturn",
    fields({
      guid: "TRACERELEASE".padEnd(36, "0"), customsCode: "7900", agentCode: MERCHANT, copNo: "TRACE-COP-1",
      invtNo: "79002026I000000983", returnStatus: "800", returnTime: "20261103100000000", returnInfo: "放行",
    }),
  ),
);

test("an officer sees where the way of goods is broken and by whom, and others are told nothing", async () => {
  await send("registration", REGISTRATION);
  for (const file of [ORDER, DECLARATION, RELEASE]) await send("ceb", file);
  for (const [width, lang] of [[390, "zh"], [1280, "en"]]) {
    const { page, troubles, close } = await visit({ lang, session: customs, width });
    await page.goto("/traces");
    assert.equal(await page.locator(".trace").count(), 0);
    await page.fill("#q", "trace-wb-1");
    await page.click("form.grid button");
    const [first, second] = await page.locator(".trace").all();
    assert.match(await first.textContent(), lang === "en" ? /追溯试验面霜.*2 gaps.*under way/s : /追溯试验面霜.*2 处缺口.*在途/s);
    const stations = await first.locator(".way li").evaluateAll((all) => all.map((one) => one.className.split(" ")[0]));
    assert.deepEqual(stations, ["seen", "missing", "missing", "seen", "seen", "awaited"]);
    if (lang === "en") {
      assert.match(await first.locator("li.missing").last().textContent(), /CEB511 waybill.*carrier 91511725MA6TEXT48T/s);
      assert.match(await second.locator("li.gap", { hasText: "Declared" }).textContent(), /ordered 2, declared 3/);
    }
    const whole = await page.content();
    for (const value of BUYER) assert.ok(!whole.includes(value), value);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    await isAccessible(page);
    const shots = process.env.PICTURES;
    if (shots) await page.screenshot({ path: `${shots}/traces-${width}.png`, fullPage: true });
    await first.getByRole("link", { name: "TRACE-ORDER-1" }).click();
    await page.getByRole("link", { name: "TRACE-WB-1" }).click();
    assert.equal(await page.locator(".trace").count(), 2);
    // By article, of a merchant that is named.
    await page.selectOption("#by", "item");
    await page.fill("#q", "TRACE-REC-2");
    await page.click("form.grid button");
    assert.equal(await page.locator(".trace").count(), 0);
    assert.equal(await page.getByRole("alert").count(), 1);
    if (shots) await page.screenshot({ path: `${shots}/traces-asked-${width}.png`, fullPage: true });
    await page.fill("#uscc", MERCHANT);
    await page.click("form.grid button");
    assert.equal(await page.locator(".trace h2").textContent(), NAMES[1]);
    assert.deepEqual(troubles, []);
    await close();
  }
  const other = await visit({ lang: "en", session: agent });
  await other.page.goto("/traces?by=logistics_no&q=TRACE-WB-1");
  assert.equal(await other.page.locator(".trace").count(), 0);
  assert.match(await other.page.textContent(".empty"), /Nothing found that is for you/);
  await other.close();
  const { page, close } = await visit({ lang: "en", session: bank });
  assert.equal((await page.goto("/traces")).status(), 404);
  await close();
});
