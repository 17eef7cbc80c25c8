/** Loaded into wrangler before anything else: it ends when whoever started it is gone, even killed. */
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGINT");
  }, 500).unref();
}
