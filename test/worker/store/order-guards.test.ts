import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { orderStatuses, type OrderStatus } from "../../../src/domain/order.ts";
import { later } from "../../../src/domain/shipping.ts";
import { insertDispatches } from "../../../src/store/dispatches.ts";
import { cancelUnsentOrders } from "../../../src/store/cancellations.ts";
import { reviseOrders } from "../../../src/store/order-changes.ts";
import {
  insertOrders,
  readOrder,
  updateConfirmedOrders,
  updateSentOrders,
  updateShippedOrders,
  type NewOrder,
} from "../../../src/store/orders.ts";
import { commit } from "../../../src/store/statement.ts";
import { body, dsp, ord } from "./ground.ts";
import { guarded, type Guarded, ids, NOW } from "./guarded.ts";

const db = env.DB;
let ground: Guarded;
beforeEach(async () => {
  ground = await guarded("orderguards");
});

const newOrder = (name: string, more: Partial<NewOrder> = {}): NewOrder => ({
  id: ord(`new${name}`),
  cart_id: ground.cart,
  source_id: name,
  part: 1,
  number: name,
  cust_ref: `NEW-${name}`,
  on_hold: null,
  hold_until: null,
  possible_duplicate: 0,
  period: null,
  is_test: 0,
  source_status: "processing",
  source_modified_at: NOW,
  placed_at: NOW,
  created_at: NOW,
  body: JSON.stringify(body(1)),
  timeline: [{ at: NOW, event: "loaded", text: "Loaded." }],
  ...more,
});
const step = (id: string, text = "Canceled.") => ({
  id,
  status: null,
  error_reason: null,
  source_status: "cancelled",
  modified_at: NOW,
  entries: [{ at: NOW, event: "canceled_in_cart" as const, text }],
  at: NOW,
});
const revision = (id: string) => ({
  ...step(id),
  body: body(9),
  edits: {},
  hold: "keep" as const,
});

test("storing orders twice stores them once, and counts only those that are new", async () => {
  const [first] = await commit(db, [insertOrders(ground.m, [newOrder("a"), newOrder("b")])]);
  expect(first?.changes).toBe(2);
  const before = await ground.all("orders");
  const changed = newOrder("b", { number: "other", cust_ref: "OTHER" });
  const [second] = await commit(db, [insertOrders(ground.m, [changed, newOrder("c")])]);
  expect(second?.changes).toBe(1);
  const after = await ground.all("orders");
  expect(after).toHaveLength(before.length + 1);
  expect(after).toEqual(expect.arrayContaining(before));
});

test("a reference that another order bears fails the whole batch, so that no order is lost", async () => {
  const before = [await ground.all("orders"), await ground.all("dispatches")];
  const taken = newOrder("b", { cust_ref: "R-1" });
  await expect(
    commit(db, [
      insertDispatches(ground.m, [
        {
          id: dsp("new"),
          kind: "delivery",
          connection_id: ground.wms,
          items: [],
          due_at: null,
          created_at: 1,
        },
      ]),
      insertOrders(ground.m, [newOrder("a"), taken]),
    ]),
  ).rejects.toThrow("UNIQUE");
  expect([await ground.all("orders"), await ground.all("dispatches")]).toEqual(before);
});

const followers = [
  [
    "follows the cart into",
    () => reviseOrders(ground.m, [revision(ord(1)), revision(ord(2))], {}, NOW),
  ],
  ["stops", () => cancelUnsentOrders(ground.m, [step(ord(1)), step(ord(2))], null)],
] as const;

for (const [what, follow] of followers) {
  test(`nothing ${what} an order while a claimed page of work holds it`, async () => {
    await ground.claim(1);
    const before = await ground.all("orders");
    expect((await commit(db, [follow()]))[0]?.rows).toEqual([]);
    expect(await ground.all("orders")).toEqual(before);
  });

  test(`nothing ${what} an order whose last attempt may have reached the WMS`, async () => {
    await ground.run(
      "UPDATE deliveries SET state = 'due', dispatch_id = NULL, unknown = 1 WHERE merchant_id = ?1 AND order_id = 'ord_1'",
    );
    expect(ids(await commit(db, [follow()]))).toEqual([ord(2)]);
    expect(await ground.one("orders", "id = 'ord_1'")).toMatchObject({
      status: "new",
      source_status: "processing",
    });
  });

  test(`a cart's word ${what} an order that waits on a page nobody claimed`, async () => {
    expect(ids(await commit(db, [follow()]))).toEqual([ord(1), ord(2)]);
  });

  test(`nothing ${what} an order that the WMS has`, async () => {
    for (const status of ["at_wms", "partial", "shipped", "confirmed", "canceled"]) {
      await ground.run(`UPDATE orders SET status = '${status}' WHERE merchant_id = ?1`);
      expect((await commit(db, [follow()]))[0]?.rows).toEqual([]);
    }
  });
}

test("an order is confirmed when the cart shows every shipment of it that was not voided", async () => {
  const told = updateConfirmedOrders(ground.m, dsp(1), 1, [{ ...step(ord(1)), entries: [] }]);
  await ground.claim(1);
  const statusAfter = async (...texts: string[]) => {
    await ground.run("UPDATE orders SET status = 'shipped' WHERE merchant_id = ?1", ...texts);
    await commit(db, [told]);
    return (await readOrder(db, ground.m, ord(1)))?.status;
  };
  await ground.run(
    `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, created_at)
     VALUES (?1, 'ord_1', 'shp_other', 'con_cart', 'con_wms', 'waiting', '{}', 1)`,
  );
  const set = (id: string, state: string, voided = 0) =>
    `UPDATE shipments SET state = '${state}', voided = ${voided} WHERE merchant_id = ?1 AND id = '${id}'`;
  expect(await statusAfter(set("shp_1", "confirmed"))).toBe("shipped");
  expect(await statusAfter(set("shp_other", "due"))).toBe("shipped");
  expect(await statusAfter(set("shp_other", "given_up"))).toBe("shipped");
  expect(await statusAfter(set("shp_other", "queued", 1))).toBe("confirmed");
  expect(await statusAfter(set("shp_other", "none"))).toBe("confirmed");
  expect(await statusAfter(set("shp_other", "confirmed"))).toBe("confirmed");
  expect(await statusAfter(set("shp_1", "withdrawn", 1), set("shp_other", "none"))).toBe("shipped");
});

test("an order that was stopped meanwhile stays stopped, unless the WMS took it", async () => {
  await ground.claim(1);
  await ground.run("UPDATE orders SET status = 'canceled' WHERE merchant_id = ?1");
  const before = await ground.all("orders");
  const entries = [{ at: NOW, event: "send_failed" as const, text: "Sending failed." }];
  const sent = (status: OrderStatus) =>
    commit(db, [updateSentOrders(ground.m, dsp(1), 1, [{ ...step(ord(1)), status, entries }])]);
  await sent("new");
  await sent("error");
  expect(await ground.all("orders")).toEqual(before);
  await sent("at_wms");
  expect((await readOrder(db, ground.m, ord(1)))?.status).toBe("at_wms");
});

test("no result of an old attempt moves an order that the WMS has", async () => {
  await ground.claim(1);
  for (const was of ["at_wms", "partial", "shipped", "confirmed"]) {
    await ground.run(`UPDATE orders SET status = '${was}' WHERE merchant_id = ?1`);
    for (const status of ["new", "error", "at_wms"] as const)
      await commit(db, [updateSentOrders(ground.m, dsp(1), 1, [{ ...step(ord(1)), status }])]);
    expect((await readOrder(db, ground.m, ord(1)))?.status).toBe(was);
  }
});

test("a plan of shipments that is older than the order's row never moves its status back", async () => {
  for (const was of orderStatuses)
    for (const status of ["at_wms", "partial", "shipped", null] as const) {
      await ground.run(`UPDATE orders SET status = '${was}' WHERE merchant_id = ?1`);
      await commit(db, [updateShippedOrders(ground.m, [{ ...step(ord(1)), status }])]);
      expect((await readOrder(db, ground.m, ord(1)))?.status).toBe(later(was, status ?? was));
    }
});

test("a timeline takes whatever people and systems write, and stays readable", async () => {
  const wild = [
    `"quoted"`,
    "back\\slash \\u0041",
    "line\nbreak\ttab",
    "🦄 Zoë 👩‍👩‍👧",
    "],[",
    "\u0000",
    "'; --",
    "",
  ];
  for (const text of wild) await commit(db, [updateShippedOrders(ground.m, [step(ord(1), text)])]);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
      await commit(db, [updateShippedOrders(ground.m, [step(ord(1), text)])]);
      const order = await readOrder(db, ground.m, ord(1));
      expect(order?.timeline.at(-1)?.text).toBe(text);
    }),
    { numRuns: 40 },
  );
  const texts = (await readOrder(db, ground.m, ord(1)))?.timeline.map(({ text }) => text);
  expect(texts?.slice(0, wild.length + 1)).toEqual(["Loaded.", ...wild]);
});

test("several entries are appended in their order, and none leaves the timeline as it was", async () => {
  const entries = ["one", "two"].map((text) => ({ at: NOW, event: "shipped" as const, text }));
  await commit(db, [
    updateShippedOrders(ground.m, [
      { ...step(ord(1)), entries },
      { ...step(ord(2)), entries: [] },
    ]),
  ]);
  const texts = async (n: number) =>
    (await readOrder(db, ground.m, ord(n)))?.timeline.map(({ text }) => text);
  expect(await texts(1)).toEqual(["Loaded.", "one", "two"]);
  expect(await texts(2)).toEqual(["Loaded."]);
});
