// The browser and how a page is opened in it: width, language, colour scheme, reader; and what went wrong on it.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
// Nothing but the service is spoken to, and root may start it.
const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
  "--disable-background-networking", "--disable-component-update",
];

export const WIDTHS = [390, 1280];
export const LANGS = ["zh", "en"];
export const SCHEMES = ["light", "dark"];

const HEIGHT = 844;
// A disk that other work keeps busy may hold an answer up for long; what never comes fails all the same.
const WAIT_MS = 180_000;

function findBrowser() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (!found) throw new Error(`no browser: none of ${NAMES.join(", ")} is installed; run scripts/setup.sh --pages`);
  return found;
}

/** Starts the browser with an empty profile of its own. */
export function startBrowser() {
  return chromium.launch({ executablePath: findBrowser(), args: FLAGS });
}

/**
 * A page for one reader. `troubles` fills with every console error, every exception and every request that
 * failed or left the service; a test that expects an error answer clears it.
 */
export async function open(browser, { base, lang = "zh", width = 1280, scheme = "light", session, script = true }) {
  const context = await browser.newContext({
    baseURL: base,
    colorScheme: scheme,
    javaScriptEnabled: script,
    locale: lang === "zh" ? "zh-CN" : "en-GB",
    viewport: { width, height: HEIGHT },
  });
  context.setDefaultTimeout(WAIT_MS);
  if (session) await context.addCookies([session]);
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => {
    // What a page had not fetched yet when its reader went on to the next one has not failed.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") troubles.push(`failed: ${request.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) troubles.push(`leaves the service: ${request.url()}`);
  });
  return { page, troubles, close: () => context.close() };
}

/** Signs in with the administrator's token as a person does; answers the session's cookie. */
export function signIn(browser, { base, token }) {
  return signedIn(browser, base, async (page) => {
    await page.click("details summary");
    await page.fill("#token", token);
  });
}

/** Signs in a user of the sample zone; answers the session's cookie. */
export function signInAs(browser, { base, password }, login) {
  return signedIn(browser, base, async (page) => {
    await page.fill("#login", login);
    await page.fill("#password", password);
  });
}

async function signedIn(browser, base, fill) {
  const { page, close } = await open(browser, { base });
  await page.goto("/sign-in");
  await fill(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/`);
  const session = (await page.context().cookies()).find((cookie) => cookie.name === "xinji_session");
  await close();
  return session;
}
