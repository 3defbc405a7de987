// What all tests share: one zone, one browser, the administrator's session, and the pages there are.

import assert from "node:assert/strict";
import { after } from "node:test";

import { open, signIn, signInAs, startBrowser } from "./browser.mjs";
import { startZone } from "./zone.mjs";

/** Longest wait for a file that was sent. */
const WAIT_MS = 60_000;

export const zone = await startZone();
export const browser = await startBrowser();
export const session = await signIn(browser, zone);
/** Sessions of users of the sample zone. */
export const [agent, bank, auditor, customs, commerce, market, reviewer] = await Promise.all(
  ["agent", "bank", "auditor", "customs", "commerce", "market", "reviewer"].map((login) => signInAs(browser, zone, login)),
);

after(async () => {
  await browser.close();
  await zone.stop();
});

/** The first of the enterprises worth looking at: rated, with a history. */
export const [uscc] = zone.showcase;

/** Opens a page of the zone; see `open` of browser.mjs. */
export const visit = (wish = {}) => open(browser, { base: zone.base, ...wish });

/** Sends a file with the administrator's token, and waits until it was taken. */
export async function send(source, file) {
  const headers = { authorization: `Bearer ${zone.token}` };
  const sent = await fetch(`${zone.base}/api/v1/sources/${source}/batches`, { method: "POST", headers, body: file });
  assert.equal(sent.status, 202, await sent.text());
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const job = await (await fetch(zone.base + sent.headers.get("location"), { headers })).json();
    if (job.state === "succeeded") return;
    assert.ok(["queued", "running"].includes(job.state) && Date.now() < end, JSON.stringify(job));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Where the first link of this kind on a page leads. */
async function first(session, path, link) {
  const { page, close } = await visit({ session });
  await page.goto(path);
  const address = await page.locator(link).first().getAttribute("href");
  await close();
  return address;
}

/** A plan of inspection that nobody has drawn yet. */
async function plan() {
  const { page, close } = await visit({ session: commerce });
  await page.goto("/inspections");
  await page.fill("#title", "二〇二六年第四季度抽查");
  await page.fill("#inspectors", "张某\n李某");
  await page.click("form.fields button");
  const address = await page.locator("a[href$='/plan.txt']").getAttribute("href");
  await close();
  return address.replace("/plan.txt", "");
}

const [measure, alert, planned] = await Promise.all([
  first(commerce, "/measures", "tbody a[href^='/measures/']"),
  first(commerce, "/cases?kind=alert", "tbody a[href^='/cases/']"),
  plan(),
]);

const ANYONE = [
  ["first page", "/"],
  ["search", "/enterprises"],
  ["enterprise", `/enterprises/${uscc}`],
  ["negative list", "/negative-list"],
  ["zone", "/zone"],
  ["statistics", "/statistics"],
  ["ledger", "/ledger-view"],
  ["verify", "/verify"],
  ["sign-in", "/sign-in"],
];
const ADMINISTRATOR = [
  ["enterprise in full", `/enterprises/${uscc}`],
  ["account", "/account"],
  ["API keys", "/keys"],
];

// One of each kind has something on it.
const READERS = [
  ["access log of an enterprise", "/access-log", agent],
  ["access log, for an auditor", "/access-log", auditor],
  ["consents of an enterprise", "/consents", agent],
  ["consents of a bank", "/consents", bank],
  ["portfolio of a bank", "/portfolio", bank],
  ["search, for an officer", "/enterprises", customs],
  ["enterprise, for an officer", `/enterprises/${uscc}`, customs],
  ["my credit", "/my-credit", agent],
  ["cases of an enterprise", "/cases", agent],
  ["measures, for an officer", "/measures", commerce],
  ["measures in force, for an auditor", "/measures?state=in_force", auditor],
  ["measures, for a reviewer", "/measures", reviewer],
  ["measure", measure, commerce],
  ["cases, for an officer", "/cases", commerce],
  ["alerts, for an officer", "/cases?kind=alert", commerce],
  ["alert", alert, commerce],
  ["inspection plans, for an officer", "/inspections", commerce],
  ["inspection plan, for an auditor", planned, auditor],
  ["cases, for an auditor", "/cases?which=past", auditor],
  ["traces, for an officer", "/traces?by=item&q=REC", customs],
  ["traces of an enterprise", "/traces?by=hs_code&q=3304990039", agent],
  ["screening, for an officer", "/screening", commerce],
  ["screening, for a bank", "/screening", bank],
  ["a dispute to be filed", `/cases/new?kind=dispute&uscc=${uscc}`, commerce],
  ["docking, for customs", "/docking", customs],
  ["webhooks of an enterprise", "/webhooks", agent],
  ["webhooks, for an auditor", "/webhooks", auditor],
  ["docking, for a bank", "/docking", bank],
  ["sharing, for a department", "/sharing", customs],
  ["sharing, for the operator", "/sharing", session],
  ["sharing, for an enterprise", "/sharing", agent],
];

/** Every kind of page. */
export const PAGES = [
  ...ANYONE.map(([name, path]) => ({ name, path, status: 200 })),
  ...ADMINISTRATOR.map(([name, path]) => ({ name, path, status: 200, session })),
  ...READERS.map(([name, path, session]) => ({ name, path, status: 200, session })),
];

const ANYONES_MORE = [
  ["search without a hit", "/enterprises?q=zzzzzz", 200],
  ["unknown enterprise", "/enterprises/nothing", 404],
  ["unknown page", "/nothing", 404],
  ["search too long", `/enterprises?q=${"a".repeat(101)}`, 400],
];
const ADMINISTRATORS_MORE = [
  ["search, for the administrator", "/enterprises"],
  ["zone, for the administrator", "/zone"],
  ["enterprise in full, by loss", `/enterprises/${uscc}?sort=loss`],
  ...zone.showcase.slice(1).map((one, at) => [`enterprise in full, ${at + 2}`, `/enterprises/${one}`]),
];

/** The same kinds with other contents. */
export const MORE_PAGES = [
  ...ANYONES_MORE.map(([name, path, status]) => ({ name, path, status })),
  ...ADMINISTRATORS_MORE.map(([name, path]) => ({ name, path, status: 200, session })),
];
