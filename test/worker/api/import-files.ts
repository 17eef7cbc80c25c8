import { expect } from "vitest";
import type { KeyPair } from "../../../src/accounts/new-key.ts";
import { api } from "../../../src/api/app.ts";
import type { ConnectionId } from "../../../src/domain/ids.ts";
import { createConnection } from "../../../src/sync/create-connection.ts";
import { mintMerchant, testDeps, type Minted, type TestDeps } from "../deps.ts";
import { drain, type World } from "../world.ts";
import { basic, call } from "./client.ts";

export interface Place {
  deps: TestDeps;
  mine: Minted;
  cartId: ConnectionId;
  key: KeyPair;
}

export async function place(): Promise<Place> {
  const deps = testDeps();
  return placed(deps, await mintMerchant(deps));
}

/** The same in a world of its own, for what crosses merchants. */
export const placeIn = ({ deps, merchant }: World): Promise<Place> => placed(deps, merchant);

async function placed(deps: TestDeps, mine: Minted): Promise<Place> {
  const { connectionId } = await createConnection(deps, mine.merchantId, {
    connector: "csv",
    name: "Files",
    settings: {},
    secrets: {},
  });
  return { deps, mine, cartId: connectionId, key: mine.keys.merchant };
}

export const HEADER =
  "Order Number,Ship To Name,Ship To Address 1,Ship To City,Ship To Zip,Ship To Country,SKU,Qty,Price,Note to packer";
export const line = (
  order: string,
  sku: string,
  qty = "1",
  more: { city?: string; country?: string } = {},
) =>
  `${order},Jane Doe,1 Main St,${more.city ?? "Austin"},78701,${more.country ?? "US"},${sku},${qty},12.50,careful`;
export const fileOf = (...lines: string[]) => [HEADER, ...lines, ""].join("\r\n");

/** The 20 rows of an order that is too large to be worked on one page with another of them. */
export const largeOrder = (order: string): string[] =>
  Array.from({ length: 20 }, (_, n) =>
    line(order, `SKU-${n}`).replace("careful", `${n}`.padEnd(20_000, "x")),
  );

export const post = (
  at: Place,
  path: string,
  file: string | Uint8Array<ArrayBuffer>,
  key = at.key,
) => sendFile(at.deps, path, file, key);

async function sendFile(
  deps: TestDeps,
  path: string,
  file: string | Uint8Array<ArrayBuffer>,
  key: KeyPair,
) {
  const request = new Request(`https://dray.test${path}`, {
    method: "POST",
    headers: { authorization: basic(key), "content-type": "text/csv" },
    body: file,
  });
  const answer = await api.fetch(request, {
    deps,
    processId: deps.ids.next("prc"),
    setupToken: null,
  });
  const text = await answer.text();
  return { status: answer.status, text, json: JSON.parse(text) };
}

export const get = (at: Place, path: string, key = at.key) => call(at.deps, "GET", path, { key });

/** Loads a file to its end; answers what `GET /api/imports/{id}` says then. */
export async function load(at: Place, file: string | Uint8Array<ArrayBuffer>) {
  const started = await post(at, `/api/imports?cart=${at.cartId}&name=test.csv`, file);
  expect([started.status, started.text]).toEqual([202, expect.stringContaining("tsk_")]);
  await drain(at.deps, at.deps);
  const { json } = await get(at, `/api/imports/${started.json.task_id}`);
  return { ...json, task_id: started.json.task_id, problems: started.json.problems };
}

export async function ordersIn(at: Place) {
  const { json } = await get(at, `/api/orders?cart=${at.cartId}&limit=100`);
  return json.items.map(({ number }: { number: string }) => number).toSorted();
}

export const countRows = async ({ deps, mine }: Place, table: string) => {
  const db = await deps.databases.of(mine.merchantId);
  const row = await db
    .prepare(`SELECT count(*) AS n FROM ${table} WHERE merchant_id = ?1`)
    .bind(mine.merchantId)
    .first<{ n: number }>();
  return row?.n;
};

export const traces = async (at: Place) =>
  Promise.all(
    ["orders", "skipped_orders", "tasks", "import_chunks", "import_mappings"].map((table) =>
      countRows(at, table),
    ),
  );
