import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHarness, type TestHarness, type TestHarnessOptions } from "wrangler";
import { createControl } from "../sandbox/control.ts";
import { createShop } from "../sandbox/shop.ts";
import { createState, type SandboxState } from "../sandbox/state.ts";
import { createWarehouse } from "../sandbox/warehouse.ts";
import { wooOrder } from "../sandbox/woo-wire.ts";
import { seedDemo } from "../scripts/seed.ts";

/** The runtime would ask the internet where it is. */
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
process.env["WRANGLER_LOG"] = "warn";

const root = join(import.meta.dirname, "..");
type WorkerInput = TestHarnessOptions["workers"][number];
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A shop and a warehouse on loopback, in this process. */
export interface Vendors {
  origin: string;
  state: SandboxState;
  control(path: string, body: unknown): Promise<void>;
  /** When the warehouse answered that it has the order of this reference: `performance.now()`. */
  acceptedAt: Map<string, number>;
  close(): void;
}

export async function startVendors(): Promise<Vendors> {
  const state = createState(Date.now());
  const options = { now: () => Date.now(), wait: async (ms: number) => void (await sleep(ms)) };
  const shop = createShop(state, options);
  const warehouse = createWarehouse(state, options);
  const hands = createControl(state, options);
  const acceptedAt = new Map<string, number>();

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      void (async () => {
        const { url = "/", method = "GET", headers } = incoming;
        const body = Buffer.concat(chunks).toString();
        const request = new Request(`${origin}${url}`, {
          method,
          headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
          body: method === "GET" || method === "HEAD" ? null : body,
        });
        const part = url.split("/")[1];
        const vendor = part === "shop" ? shop : part === "warehouse" ? warehouse : hands;
        const answer = await vendor.fetch(request);
        const text = await answer.text();
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text, () => {
          if (part !== "warehouse" || method !== "POST" || !answer.ok) return;
          const { reference } = JSON.parse(body) as { reference?: string };
          if (reference !== undefined) acceptedAt.set(reference, performance.now());
        });
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    state,
    acceptedAt,
    control: async (path, body) => {
      const request = new Request(`${origin}/control/${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      const answer = await hands.fetch(request);
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** One of the bodies that the shop sends, with what it sends along. */
export interface Hook {
  url: string;
  body: string;
  headers: Record<string, string>;
}

export interface Product {
  url: string;
  harness: TestHarness;
  vendors: Vendors;
  merchantId: string;
  cartId: string;
  wmsId: string;
  /** The shop's webhook for one of its orders. */
  hook(orderId: number): Hook;
  /** The newest order, as the API tells it. */
  newest(): Promise<{ cust_ref: string; status: string } | null>;
  close(): Promise<void>;
}

/** `wrangler.toml` with another entry, and without consumers where only the way in is measured. */
function configWith(folder: string, main: string, consumers: boolean): string {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace(/^main = .*$/m, `main = ${JSON.stringify(join(root, main))}`)
    .replace(
      /^migrations_dir = .*$/m,
      `migrations_dir = ${JSON.stringify(join(root, "migrations"))}`,
    )
    .replaceAll(consumers ? /$^/g : /\[\[queues\.consumers\]\]\n(?:[^[\n].*\n|\n)*/g, "");
  const path = join(folder, "wrangler.toml");
  writeFileSync(path, text);
  return path;
}

interface Wish {
  main: string;
  /** False where only the way in is measured. */
  consumers: boolean;
  /** With the baseline and the driver beside it. */
  driven?: boolean;
}

/** The product in workerd on a free port, with the demo merchant and vendors of its own. */
export async function startProduct({ main, consumers, driven = false }: Wish): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), "dray-bench-"));
  const vendors = await startVendors();
  const setupToken = randomBytes(16).toString("hex");
  const secrets = {
    SETUP_TOKEN: setupToken,
    SEAL_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  };
  const configPath = configWith(folder, main, consumers);
  const given = (more: Record<string, string>): TestHarnessOptions => {
    const vars = { ALLOW_PRIVATE_HOSTS: "true", ...more };
    const worker = { configPath, vars, secrets };
    return { root, workers: driven ? [driver, worker, ...besideProduct] : [worker] };
  };
  const harness = createTestHarness(given({}));
  const close = async () => {
    await harness.close();
    vendors.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = (await harness.listen()).url.origin;
    await harness.update(given({ PUBLIC_URL: url }));
    await harness.getWorker("dray").applyD1Migrations("DB");
    if (driven) {
      const { DB } = (await harness.getWorker("baseline").getEnv()) as { DB: D1Database };
      const table = "CREATE TABLE hooks (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID";
      await DB.prepare(table).run();
    }
    let made: Parameters<NonNullable<Parameters<typeof seedDemo>[0]["save"]>>[0] = {};
    const save = (state: typeof made) => void (made = state);
    const demo = await seedDemo({ url, sandboxUrl: vendors.origin, setupToken, state: {}, save });
    const { merchantId = "", cartId = "", wmsId = "" } = made;
    return {
      url,
      harness,
      vendors,
      merchantId,
      cartId,
      wmsId,
      close,
      hook: (orderId) => {
        const [hook] = vendors.state.shop_webhooks.all();
        const order = vendors.state.shop_orders.get(orderId);
        if (!hook || !order) throw new Error("The shop has no such webhook or order");
        const body = JSON.stringify(wooOrder(order, `${vendors.origin}/shop/wp-json/wc/v3`));
        return { url: hook.delivery_url, body, headers: signed(body, hook.secret) };
      },
      newest: async () => {
        const { user, key } = demo.keys.merchant;
        const authorization = `Basic ${Buffer.from(`${user}:${key}`).toString("base64")}`;
        const answer = await fetch(`${url}/api/orders?limit=1`, { headers: { authorization } });
        const { items } = (await answer.json()) as {
          items: { cust_ref: string; status: string }[];
        };
        return items[0] ?? null;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const signed = (body: string, secret: string): Record<string, string> => ({
  "content-type": "application/json",
  "x-wc-webhook-topic": "order.updated",
  "x-wc-webhook-signature": createHmac("sha256", secret).update(body).digest("base64"),
});

const common = {
  compatibility_date: "2026-10-20",
  compatibility_flags: ["nodejs_compat"],
};
const baselineSecret = randomBytes(16).toString("hex");

/** The baseline and the driver, for the same runtime as the product. */
const besideProduct: readonly WorkerInput[] = [
  {
    config: {
      ...common,
      name: "baseline",
      main: join(root, "bench/baseline.ts"),
      vars: { SECRET: baselineSecret },
      d1_databases: [{ binding: "DB", database_name: "baseline", database_id: "baseline" }],
      queues: { producers: [{ binding: "JOBS", queue: "baseline" }] },
    },
  },
];
const driver: WorkerInput = {
  config: {
    ...common,
    name: "driver",
    main: join(root, "bench/driver.ts"),
    services: [
      { binding: "BASELINE", service: "baseline" },
      { binding: "PRODUCT", service: "dray" },
    ],
  },
};

/** Posts `hook` to the product or, signed for it, the very same bytes to the baseline; answers requests a second. */
export async function drive(
  product: Product,
  target: "BASELINE" | "PRODUCT",
  hook: Hook,
  requests: number,
  parallel: number,
): Promise<number> {
  const headers = target === "PRODUCT" ? hook.headers : signed(hook.body, baselineSecret);
  const body = JSON.stringify({ ...hook, headers, target, requests, parallel });
  const began = performance.now();
  const answer = await fetch(`${product.url}/drive`, { method: "POST", body });
  if (!answer.ok) throw new Error(`/drive answered ${answer.status}: ${await answer.text()}`);
  return (requests / (performance.now() - began)) * 1_000;
}

/** Waits until it is true, for a minute at the most. */
export async function until(what: string, probe: () => Promise<boolean>, everyMs: number) {
  const end = performance.now() + 60_000;
  while (!(await probe())) {
    if (performance.now() > end) throw new Error(`${what}: not within a minute`);
    await sleep(everyMs);
  }
}
