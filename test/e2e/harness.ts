import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createTestHarness } from "wrangler";
import { seedDemo, type Demo, type Key } from "../../scripts/seed.ts";

/** The runtime would ask the internet where it is. */
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";

const root = join(import.meta.dirname, "../..");

export type Json = { readonly [key: string]: unknown };

export interface Both {
  demo: Demo;
  /** The product's API with a demo key, the merchant's unless told. Throws when it says no. */
  api<T = Json>(method: string, path: string, body?: unknown, key?: Key): Promise<T>;
  /** The sandbox's control API. Throws when it says no. */
  control<T = Json>(method: string, path: string, body?: unknown): Promise<T>;
  /** Fires the product's cron, as Cloudflare would. */
  tick(cron?: string): Promise<void>;
  /** Probes until it is true; throws with what the probe says last when that takes too long. */
  eventually(what: string, probe: () => Promise<true | string>): Promise<void>;
  close(): Promise<void>;
}

async function answer<T>(response: Response, what: string): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what} answered ${response.status}: ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as T;
}

const asJson = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
  method,
  headers: { ...headers, "content-type": "application/json" },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

const probeLimitMs = 45_000;
const probeEveryMs = 100;

/** The product and the sandbox on free ports, with the demo seeded and nothing kept afterwards. */
export async function startBoth(): Promise<Both> {
  const setupToken = randomBytes(16).toString("hex");
  const secrets = {
    SETUP_TOKEN: setupToken,
    SEAL_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  };
  const productWith = (vars: Record<string, string>) => ({
    root,
    workers: [{ configPath: "./wrangler.toml", vars, secrets }],
  });
  const sandbox = createTestHarness({
    root,
    workers: [{ configPath: "./sandbox/wrangler.toml" }],
  });
  const product = createTestHarness(productWith({ ALLOW_PRIVATE_HOSTS: "true" }));
  const close = async () => {
    await Promise.all([product.close(), sandbox.close()]);
  };
  try {
    const [shop, here] = await Promise.all([sandbox.listen(), product.listen()]);
    const [sandboxUrl, url] = [shop.url.origin, here.url.origin];
    // Its own address is known only now, and stays.
    await product.update(productWith({ ALLOW_PRIVATE_HOSTS: "true", PUBLIC_URL: url }));
    await product.getWorker().applyD1Migrations("DB");
    const demo = await seedDemo({ url, sandboxUrl, setupToken, state: {} });

    return {
      demo,
      api: async (method, path, body, key = demo.keys.merchant) => {
        const authorization = `Basic ${Buffer.from(`${key.user}:${key.key}`).toString("base64")}`;
        const response = await fetch(`${url}${path}`, asJson(method, body, { authorization }));
        return answer(response, `${method} ${path}`);
      },
      control: async (method, path, body) => {
        const response = await fetch(`${sandboxUrl}/control/${path}`, asJson(method, body));
        return answer(response, `${method} ${path}`);
      },
      tick: async (cron = "*/5 * * * *") => {
        await product.getWorker().scheduled({ cron, scheduledTime: new Date() });
      },
      eventually: async (what, probe) => {
        const until = performance.now() + probeLimitMs;
        for (;;) {
          const found = await probe();
          if (found === true) return;
          if (performance.now() > until) {
            const said = [...sandbox.getLogs(), ...product.getLogs()]
              .map(({ message }) => message)
              .filter((line) => !line.includes('"path":"/api/'));
            const last = said.slice(-40).join("\n");
            throw new Error(`${what}: still "${found}" after ${probeLimitMs / 1000} s\n${last}`);
          }
          await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
