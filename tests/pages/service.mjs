// A real `credit-api serve` over a folder, as a process of its own.

import { spawn } from "node:child_process";

const START_MS = 300_000;
const STOP_MS = 30_000;

/**
 * Starts it on a free port, or on `listen`; `more` are arguments of `serve`, `settings` variables of the environment.
 * Answers its address, what it said, and how to end it.
 */
export async function startService(data, { listen = "127.0.0.1:0", more = [], settings = {} } = {}) {
  const program = process.env.CREDIT_API_PROGRAM;
  if (!program) throw new Error("CREDIT_API_PROGRAM does not name the program credit-api; run scripts/pages.sh");
  // Settings of whoever runs the tests are not those of this service.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("XINJI_")));
  const wanted = ["--data", data, "--listen", listen, "serve", ...more];
  const service = spawn(program, wanted, { env: { ...env, ...settings }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => service.once("exit", resolve));
  let said = "";
  const base = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the service did not start in time:\n${said}`)), START_MS);
    const hear = (part) => {
      said += part;
      const listening = /^listening on (https?:\/\/\S+)$/m.exec(said);
      if (!listening) return;
      clearTimeout(timer);
      resolve(listening[1]);
    };
    service.stdout.on("data", hear);
    service.stderr.on("data", hear);
    service.once("error", reject);
    service.once("exit", (code) => reject(new Error(`the service ended with ${code}:\n${said}`)));
  });
  const end = async (signal = "SIGTERM") => {
    service.kill(signal);
    const late = setTimeout(() => service.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(late);
  };
  return { base, said: () => said, end };
}
