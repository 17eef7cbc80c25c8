import { describe, expect, test } from "vitest";
import { createControl } from "../../../../sandbox/control.ts";
import { credentials } from "../../../../sandbox/demo.ts";
import { createShop } from "../../../../sandbox/shop.ts";
import { createState } from "../../../../sandbox/state.ts";
import { woocommerce } from "../../../../src/connectors/carts/woocommerce/index.ts";
import type { Call } from "../../../../src/connectors/contract.ts";
import { fakeVendorHttp } from "../fake-vendor-http.ts";
import { orders } from "./shop.ts";

const MINUTE = 60_000;

/** A shop whose site lives in `zone`, as WordPress keeps its time. */
function shopIn(zone: string, at: string) {
  let now = Date.parse(at);
  const clock = { now: () => now, sleep: async () => {} };
  const state = createState(now);
  state.values.put("zone", zone);
  const shop = createShop(state, { now: clock.now, wait: async () => {} });
  const control = createControl(state, { now: clock.now });
  const call: Call = {
    connection_id: "con_unit",
    settings: woocommerce.settings.parse({ store_url: "https://shop.example/shop/" }),
    secrets: woocommerce.secrets.parse({ ...credentials, webhook_secret: "hook secret of a unit" }),
    http: fakeVendorHttp((request) => shop.fetch(request), clock),
    clock,
  };
  let cursor: string | null = null;
  const since = now;
  return {
    pass: (minutes: number) => {
      now += minutes * MINUTE;
    },
    sell: async () => {
      const url = "https://shop.example/control/orders";
      await control.fetch(new Request(url, { method: "POST", body: "{}" }));
      return String(Math.max(...state.shop_orders.all().map(({ id }) => id)));
    },
    /** The orders of one download. */
    download: async () => {
      const seen: string[] = [];
      for (;;) {
        const page = await orders.pull(call, { cursor, since, limit: 100, statuses: [] });
        cursor = page.next;
        seen.push(...page.items.map(({ source_id }) => source_id));
        if (page.drained) return seen;
      }
    },
    rows: async (query: string) => {
      const { consumer_key, consumer_secret } = credentials;
      const headers = { authorization: `Basic ${btoa(`${consumer_key}:${consumer_secret}`)}` };
      const url = `https://shop.example/shop/wp-json/wc/v3/orders?${query}`;
      const answer = await shop.fetch(new Request(url, { headers }));
      return (await answer.json()) as Record<string, string>[];
    },
  };
}

describe("a shop that does not live in UTC", () => {
  test.each([
    ["Europe/Berlin", "2026-11-21T12:00:00Z"],
    ["America/New_York", "2026-11-21T12:00:00Z"],
    ["Asia/Tokyo", "2026-11-21T12:00:00Z"],
    ["Europe/Berlin, in autumn", "2026-10-25T00:10:00Z"],
    ["America/New_York, in autumn", "2026-11-01T05:10:00Z"],
    ["Europe/Berlin, in spring", "2027-03-28T00:10:00Z"],
    ["America/New_York, in spring", "2027-03-14T01:10:00Z"],
    ["Africa/Cairo, in spring", "2027-04-29T23:10:00Z"],
  ])("%s: each order is seen by the next download", async (name, at) => {
    const shop = shopIn(name.split(",", 1)[0] ?? "", at);
    for (let round = 0; round < 30; round += 1) {
      const id = await shop.sell();
      shop.pass(9);
      expect(await shop.download()).toContain(id);
    }
  });

  test("shows its own time beside that of UTC, and goes back an hour in autumn", async () => {
    const shop = shopIn("Europe/Berlin", "2026-10-25T00:30:00Z");
    await shop.sell();
    shop.pass(60);
    await shop.sell();
    const rows = await shop.rows("orderby=id&order=asc");
    expect(rows.map((row) => [row["date_created"], row["date_created_gmt"]])).toEqual([
      ["2026-10-25T02:30:00", "2026-10-25T00:30:00"],
      ["2026-10-25T02:30:00", "2026-10-25T01:30:00"],
    ]);
  });

  test("compares a date with a zone by its own clock, also with the times of UTC", async () => {
    const shop = shopIn("Europe/Berlin", "2026-11-21T12:00:00Z");
    await shop.sell();
    const count = async (after: string, gmt: string) =>
      (await shop.rows(`modified_after=${after}&dates_are_gmt=${gmt}`)).length;
    expect(await count("2026-11-21T11:30:00Z", "true")).toBe(0);
    expect(await count("2026-11-21T11:30:00", "true")).toBe(1);
    expect(await count("2026-11-21T11:30:00Z", "false")).toBe(1);
    expect(await count("2026-11-21T13:30:00", "false")).toBe(0);
  });
});
