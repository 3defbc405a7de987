// Somebody signs in at a provider of OpenID Connect and out again, by clicking, in a browser that knows sites and their
// cookies: the provider is another site than the service, so what comes back from it has no `Strict` cookie.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { open, startBrowser } from "./browser.mjs";
import { CLIENT, startProvider } from "./provider.mjs";
import { startService } from "./service.mjs";

const folder = mkdtempSync(join(tmpdir(), "xinji-oidc."));
let browser, provider, service;

/** A port that is free now: the provider is told the service's address before the service starts. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

before(async () => {
  const listen = `127.0.0.1:${await freePort()}`;
  const redirect = `http://${listen}/sign-in/oidc/callback`;
  provider = await startProvider({ redirect, afterSignOut: `http://${listen}/` });
  const file = join(folder, "oidc.toml");
  writeFileSync(join(folder, "oidc.secret"), CLIENT.secret, { mode: 0o600 });
  writeFileSync(file, [
    `issuer = "${provider.issuer}"`,
    `client_id = "${CLIENT.id}"`,
    'client_secret_file = "oidc.secret"',
    `redirect_url = "${redirect}"`,
    'scopes = ["profile", "groups"]',
    "[[rule]]",
    'claim = "groups"',
    'value = "customs-officers"',
    'audience = "customs"',
    'organisation = "5115"',
  ].join("\n"));
  service = await startService(join(folder, "data"), { listen, settings: { XINJI_OIDC: file } });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await service?.end();
  await provider?.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A page of an own browser profile. The provider's pages would like a typeface of the internet. */
async function visit(wish = {}) {
  const visit = await open(browser, { base: service.base, lang: "en", ...wish });
  const here = [service.base, provider.issuer].map((base) => new URL(base).host);
  await visit.page.route((url) => !here.includes(url.host), (route) => route.abort());
  return visit;
}

/**
 * What went wrong on the pages of this service. A page that goes on by itself does not wait for its pictures; what the
 * provider's pages say, and the typeface that they do not get, is theirs.
 */
const own = (troubles) =>
  troubles.filter((text) => !/^failed: .*\/assets\//.test(text) && !text.includes(provider.issuer)
    && !text.includes("fonts.googleapis.com") && text !== "console: Failed to load resource: net::ERR_FAILED");

/** At the provider: types who one is, and agrees to what it passes on. */
async function signInThere(page, login) {
  await page.waitForURL(`${provider.issuer}/**`);
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", "any will do");
  await page.click("[type=submit]");
  await page.locator("h1", { hasText: "Authorize" }).waitFor();
  await page.click("[type=submit]");
}

const hasSession = async (page) =>
  (await page.context().cookies(service.base)).some((cookie) => cookie.name === "xinji_session");

async function signIn(page, login) {
  await page.goto("/sign-in");
  await page.click("#with-provider");
  await signInThere(page, login);
}

for (const width of [390, 1280]) {
  test(`somebody signs in at the provider, has an account here, and signs out, ${width} wide`, async () => {
    const { page, troubles, close } = await visit({ width });
    await signIn(page, "officer-7");
    await page.waitForURL(`${service.base}/`);
    // The first page was asked for with the session's cookie.
    assert.match(await page.textContent(".who"), /Signed in: li\.na/);
    const cookies = await page.context().cookies(service.base);
    const [session] = cookies.filter((cookie) => cookie.name === "xinji_session");
    assert.deepEqual([session.sameSite, session.httpOnly], ["Strict", true]);
    assert.ok(!cookies.some((cookie) => cookie.name === "xinji_way"), "the way has ended");

    await page.click(".who a[href='/account']");
    assert.match(await page.textContent("h1"), /李娜/);
    assert.match(await page.textContent("main"), /5115/);
    assert.equal(await page.locator("#old").count(), 0, "there is no password to change");

    await page.click(".who button");
    await page.waitForURL(`${provider.issuer}/session/end?**`);
    assert.equal(await hasSession(page), false, "signed out here before anything happens there");
    await page.click("text=Yes, sign me out");
    await page.waitForURL(`${service.base}/`);
    assert.match(await page.textContent(".who"), /Public view/);
    assert.deepEqual(own(troubles), []);
    await page.goto("/account");
    assert.match(await page.textContent("main"), /Sign in first/);
    // At the provider nobody is signed in either: it asks who it is.
    await page.goto("/sign-in");
    await page.click("#with-provider");
    await page.locator("[name=login]").waitFor();
    await close();
  });
}

test("whom no rule fits is told so on the sign-in page, and has no session", async () => {
  const { page, close } = await visit({ width: 390 });
  await signIn(page, "guest-1");
  await page.waitForURL(`${service.base}/sign-in/oidc/callback**`);
  assert.match(await page.textContent("[role=alert]"), /no role is assigned to you here/);
  assert.equal(await hasSession(page), false);
  await close();
});

test("who gives up at the provider is told so, and can begin anew", async () => {
  const { page, close } = await visit({ width: 390 });
  await page.goto("/sign-in");
  await page.click("#with-provider");
  await page.click("text=Cancel");
  await page.waitForURL(`${service.base}/sign-in/oidc/callback**`);
  assert.match(await page.textContent("[role=alert]"), /was not completed/);
  await page.click("#with-provider");
  await signInThere(page, "officer-7");
  await page.waitForURL(`${service.base}/`);
  assert.match(await page.textContent(".who"), /Signed in: li\.na/);
  await close();
});
