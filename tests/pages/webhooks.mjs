// An agent subscribes to changes on the page, learns the secret once, makes another, and reads what became of a
// delivery. The service sends nothing inside, so the receiver that the test starts is never reached, and the page says
// why.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import test from "node:test";

import { agent, auditor, visit, zone } from "./world.mjs";

const WAIT_MS = 60_000;

async function until(page, look) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    await page.goto("/webhooks");
    if (await look()) return;
    assert.ok(Date.now() < end, await page.textContent("main"));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Sends a file with the administrator's token. */
async function send(source, file) {
  const headers = { authorization: `Bearer ${zone.token}` };
  const sent = await fetch(`${zone.base}/api/v1/sources/${source}/batches`, { method: "POST", headers, body: file });
  assert.equal(sent.status, 202, await sent.text());
}

test("an agent subscribes, changes the secret, and sees what became of a delivery", async () => {
  let connections = 0;
  const receiver = createServer(() => { connections += 1; }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const { page, troubles, close } = await visit({ lang: "en", session: agent, width: 390 });
  await page.goto("/webhooks");
  assert.match(await page.textContent("main"), /There are no subscriptions/);

  await page.fill("#name", "Desk, fictitious");
  await page.fill("#url", `https://127.0.0.1:${receiver.address().port}/hook`);
  await page.click("main form.fields button");
  assert.match(await page.textContent("[role=alert]"), /no address of a private network/);
  await page.fill("#name", "Desk, fictitious");
  await page.fill("#url", `https://localhost:${receiver.address().port}/hook`);
  await page.uncheck("[name='kind_rating.changed']");
  await page.click("main form.fields button");
  const first = await page.textContent("#secret");
  assert.match(first, /^whsec_[A-Za-z0-9+/]{43}=$/);
  await page.goto("/webhooks");
  assert.equal(await page.locator("#secret").count(), 0, "shown once");

  await page.locator("button", { hasText: "Make another secret" }).click();
  const second = await page.textContent("#secret");
  assert.ok(second.startsWith("whsec_") && second !== first);
  assert.equal((await page.textContent("main .facts")).match(/ws_[0-9a-f]{16}/g).length, 2);

  await send("classes", `uscc,authority,class,valid_from\n${zone.agentOf},public_credit,良,2026-11-01\n`);
  await until(page, async () => (await page.locator("main section table tbody tr").count()) > 0);
  const line = page.locator("main section table tbody tr").first();
  const text = await line.textContent();
  assert.match(text, /class changed.*being tried.*no address that may be reached/s);
  assert.match(await page.textContent("main .facts"), /not taken since/);
  assert.equal(connections, 0, "nothing inside is asked");
  if (process.env.PICTURES) {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      await page.screenshot({ path: `${process.env.PICTURES}/webhooks-${width}.png`, fullPage: true });
    }
  }
  assert.deepEqual(troubles, []);
  await close();

  const watch = await visit({ lang: "en", session: auditor, width: 1280 });
  await watch.page.goto("/webhooks");
  assert.match(await watch.page.textContent("main table"), /Desk, fictitious.*enterprise/s);
  assert.equal(await watch.page.locator("main form").count(), 0, "an auditor changes nothing");
  assert.deepEqual(watch.troubles, []);
  await watch.close();
  receiver.close();
});
