// A small fictitious zone behind a real `credit-api serve`, for as long as the tests run.

import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startService } from "./service.mjs";

const ENTERPRISES = 24;

/** Messages that another program signed, and their certificates. */
export const SIGNED = new URL("../../credit-api/src/ceb/signatures/tests/vectors/", import.meta.url);

/** Starts the service on a free port; answers `{ base, token, password, agentOf, showcase, stop }`. */
export async function startZone() {
  const data = mkdtempSync(join(tmpdir(), "xinji-pages."));
  // Whose signatures of customs messages count.
  const certificates = mkdtempSync(join(tmpdir(), "xinji-certificates."));
  for (const name of ["declarant.pem", "carrier.pem"]) copyFileSync(new URL(name, SIGNED), join(certificates, name));
  const service = await startService(data, {
    more: ["--sample", "--enterprises", String(ENTERPRISES)],
    settings: { XINJI_CEB_CERTIFICATES: certificates },
  });
  const stop = async () => {
    await service.end();
    for (const folder of [data, certificates]) rmSync(folder, { recursive: true, force: true });
  };
  // The enterprises that the service itself calls worth looking at.
  const showcase = [...service.said().matchAll(/\/enterprises\/([0-9A-Z]{18})\b/g)].map((found) => found[1]);
  const token = readFileSync(join(data, "admin-token"), "utf8").trim();
  const logins = readFileSync(join(data, "sample", "logins.txt"), "utf8");
  const [, password] = /with the password {2}(\S+)/.exec(logins);
  const [, agentOf] = /^ +agent .* ([0-9A-Z]{18})$/m.exec(logins);
  return { base: service.base, token, password, agentOf, showcase, stop };
}
