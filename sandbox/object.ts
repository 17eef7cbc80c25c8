import { DurableObject } from "cloudflare:workers";
import { createControl } from "./control.ts";
import { createCourier } from "./courier.ts";
import { json } from "./http.ts";
import { page } from "./page.ts";
import { createShop } from "./shop.ts";
import { createState, emptyState } from "./state.ts";
import type { SandboxState } from "./state.ts";
import { createWarehouse } from "./warehouse.ts";
import type { Table } from "./table.ts";
import { createTable } from "./table.ts";

const SEND_TIMEOUT_MS = 10_000;
const options = {
  now: () => Date.now(),
  wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  send: (url: string, init: RequestInit) =>
    fetch(url, { ...init, signal: AbortSignal.timeout(SEND_TIMEOUT_MS) }),
};

/** The one object that holds the whole sandbox; every change of a row is stored with the request that made it. */
export class Sandbox extends DurableObject {
  readonly #state: SandboxState;
  readonly #sites: Record<string, { fetch(request: Request): Promise<Response> }>;
  readonly #courier: ReturnType<typeof createCourier>;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS rows (kind TEXT, id TEXT, body TEXT, UNIQUE (kind, id))",
    );
    this.#state = this.#load() ?? createState(options.now());
    this.#sites = {
      shop: createShop(this.#state, options),
      warehouse: createWarehouse(this.#state, options),
      control: createControl(this.#state, options),
    };
    this.#courier = createCourier(this.#state, options);
    this.#store();
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname, origin } = new URL(request.url);
    const [, first = ""] = pathname.split("/");
    if (this.#state.values.get("origin") !== origin) this.#state.values.put("origin", origin);
    const site = this.#sites[first];
    let answer: Response;
    if (site) answer = await site.fetch(request);
    else if (pathname === "/") answer = page(this.#state);
    else answer = json({ message: "Sandbox: demo data. See /" }, 404);
    this.#store();
    if (this.#courier.nextDue() !== null) this.ctx.waitUntil(this.#deliver());
    return answer;
  }

  override async alarm(): Promise<void> {
    await this.#deliver();
  }

  /** The alarm is set first: a message survives the object, should it be gone before it was carried. */
  async #deliver(): Promise<void> {
    await this.#wake(options.now() + 1_000);
    await this.#courier.deliver();
    this.#store();
    const next = this.#courier.nextDue();
    if (next !== null) await this.#wake(Math.max(next, options.now()));
  }

  async #wake(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }

  #load(): SandboxState | null {
    const rows = this.ctx.storage.sql
      .exec<{ kind: string; id: string; body: string }>(
        "SELECT kind, id, body FROM rows ORDER BY rowid",
      )
      .toArray();
    if (rows.length === 0) return null;
    const state = emptyState();
    const byKind = Map.groupBy(rows, (row) => row.kind);
    const loaded = Object.keys(state).map((kind) => [
      kind,
      createTable((byKind.get(kind) ?? []).map(({ id, body }) => [id, JSON.parse(body)] as const)),
    ]);
    return { ...state, ...Object.fromEntries(loaded) };
  }

  #store(): void {
    const sql = this.ctx.storage.sql;
    for (const [kind, table] of Object.entries(this.#state) as [string, Table<unknown>][]) {
      for (const id of table.takeChanged()) {
        const row = table.get(id);
        if (row === undefined) sql.exec("DELETE FROM rows WHERE kind = ? AND id = ?", kind, id);
        else {
          sql.exec(
            "INSERT INTO rows (kind, id, body) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            kind,
            id,
            JSON.stringify(row),
          );
        }
      }
    }
  }
}
