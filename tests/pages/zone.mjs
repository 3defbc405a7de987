// A small fictitious zone behind a real `credit-api serve`, for as long as the tests run.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ENTERPRISES = 24;
const START_MS = 120_000;
const STOP_MS = 30_000;

/** Starts the service on a free port; answers `{ base, token, password, agentOf, showcase, stop }`. */
export async function startZone() {
  const program = process.env.CREDIT_API_PROGRAM;
  if (!program) throw new Error("CREDIT_API_PROGRAM does not name the program credit-api; run scripts/pages.sh");
  const data = mkdtempSync(join(tmpdir(), "xinji-pages."));
  const wanted = ["--data", data, "--listen", "127.0.0.1:0", "serve", "--sample", "--enterprises", String(ENTERPRISES)];
  // Settings of whoever runs the tests are not those of this zone.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("XINJI_")));
  const service = spawn(program, wanted, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => service.once("exit", resolve));
  let said = "";
  const base = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the service did not start in time:\n${said}`)), START_MS);
    const hear = (part) => {
      said += part;
      const listening = /^listening on (http:\/\/\S+)$/m.exec(said);
      if (!listening) return;
      clearTimeout(timer);
      resolve(listening[1]);
    };
    service.stdout.on("data", hear);
    service.stderr.on("data", hear);
    service.once("error", reject);
    service.once("exit", (code) => reject(new Error(`the service ended with ${code}:\n${said}`)));
  });
  const stop = async () => {
    service.kill("SIGTERM");
    const late = setTimeout(() => service.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  };
  // The enterprises that the service itself calls worth looking at.
  const showcase = [...said.matchAll(/\/enterprises\/([0-9A-Z]{18})\b/g)].map((found) => found[1]);
  const token = readFileSync(join(data, "admin-token"), "utf8").trim();
  const logins = readFileSync(join(data, "sample", "logins.txt"), "utf8");
  const [, password] = /with the password {2}(\S+)/.exec(logins);
  const [, agentOf] = /^ +agent .* ([0-9A-Z]{18})$/m.exec(logins);
  return { base, token, password, agentOf, showcase, stop };
}
