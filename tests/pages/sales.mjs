// Customs messages of one import, in which somebody else paid: the officer of customs finds the sale from the enterprise's
// page, reads where the three flows part, and reads no buyer.

import assert from "node:assert/strict";
import test from "node:test";

import { element, fields, head, message } from "./customs.mjs";
import { bank, customs, send, visit } from "./world.mjs";

/** Fictitious enterprises of this test's own; the platform is registered nowhere. */
const MERCHANT = "91511504MA6TEXT21B";
const PLATFORM = "91511725MA6TEXT48T";
const BUYER = ["510104199901019982", "试验买家乙", "13900000982", "宜宾市虚构巷九八二号"];
const REGISTRATION = [
  "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,legal_representative,address,region_code," +
    "industry_code,roles,filed_on",
  `${MERCHANT},宜宾三单试验商贸有限公司,存续,2020-01-15,1000000,1000000,赵六,宜宾市叙州区试验路8号,511504,F5190,ecommerce,2021-03-01`,
  "",
].join("\n");

const ORDER = message(
  "CEB311Message",
  element(
    "Order",
    element(
      "OrderHead",
      fields({
        ...head("ORDER"), orderType: "I", orderNo: "PAGE-ORDER-1", ebpCode: PLATFORM, ebpName: "平台", ebcCode: MERCHANT,
        ebcName: "电商", goodsValue: "100", freight: "0", discount: "0", taxTotal: "9.1", acturalPaid: "109.1",
        currency: "142", buyerRegNo: "R982", buyerName: BUYER[1], buyerTelephone: BUYER[2], buyerIdType: "1",
        buyerIdNumber: BUYER[0], consignee: BUYER[1], consigneeTelephone: BUYER[2], consigneeAddress: BUYER[3],
      }),
    ) +
      element(
        "OrderList",
        fields({
          gnum: "1", itemName: "面霜", gmodel: "瓶", unit: "142", qty: "1", price: "100", totalPrice: "100",
          currency: "142", country: "116",
        }),
      ),
  ),
);
const PAYMENT = message(
  "CEB411Message",
  element(
    "Payment",
    element(
      "PaymentHead",
      fields({
        ...head("PAYMENT"), payCode: PLATFORM, payName: "支付", payTransactionId: "PAGE-PAY-1", orderNo: "PAGE-ORDER-1",
        ebpCode: PLATFORM, ebpName: "平台", payerIdType: "1", payerIdNumber: "510104199901010990", payerName: BUYER[1],
        amountPaid: "109.1", currency: "142", payTime: "20261101100500",
      }),
    ),
  ),
);

test("an officer follows a sale from the enterprise to the rule that differs, and a bank does not", async () => {
  await send("registration", REGISTRATION);
  await send("ceb", ORDER);
  await send("ceb", PAYMENT);
  for (const width of [390, 1280]) {
    const { page, troubles, close } = await visit({ lang: "en", session: customs, width });
    await page.goto(`/enterprises/${MERCHANT}`);
    await page.getByRole("link", { name: /order, payment, parcel/ }).click();
    const line = page.locator("tr", { hasText: "PAGE-ORDER-1" });
    assert.match(await line.textContent(), /M4/);
    const shots = process.env.PICTURES;
    if (shots) await page.screenshot({ path: `${shots}/sales-${width}.png`, fullPage: true });
    await page.getByRole("link", { name: "With differences" }).click();
    await page.getByRole("link", { name: "PAGE-ORDER-1" }).click();
    const verdict = page.locator("tr.fail", { hasText: "M4" });
    assert.match(await verdict.textContent(), /payer and buyer are one person.*differs.*payerIdNumber different ≠ different/is);
    assert.match(await page.locator("tr.waiting", { hasText: "M5" }).textContent(), /waits for the waybill/);
    assert.match(await page.locator(".flow", { hasText: "The goods" }).textContent(), /not received/);
    assert.match(await page.textContent("main"), /not registered here/);
    const whole = await page.content();
    for (const value of BUYER) assert.ok(!whole.includes(value), value);
    if (shots) await page.screenshot({ path: `${shots}/sale-${width}.png`, fullPage: true });
    // As it was before the payment came.
    await page.locator("section", { hasText: "When documents came" }).getByRole("link").last().click();
    assert.match(await page.locator(".note").textContent(), /As known at/);
    assert.match(await page.locator(".flow", { hasText: "The money" }).textContent(), /not received/);
    if (shots) await page.screenshot({ path: `${shots}/sale-then-${width}.png`, fullPage: true });
    await page.locator(".note a").click();
    assert.equal(await page.locator("tr.fail", { hasText: "M4" }).count(), 1);
    assert.deepEqual(troubles, []);
    await close();
  }
  const { page, troubles, close } = await visit({ lang: "en", session: bank });
  const answer = await page.goto(`/enterprises/${MERCHANT}/sales`);
  assert.equal(answer.status(), 404);
  assert.deepEqual(troubles.filter((trouble) => !/404/.test(trouble)), []);
  await close();
});
