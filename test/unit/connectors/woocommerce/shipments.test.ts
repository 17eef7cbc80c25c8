import { describe, expect, test } from "vitest";
import { wooFulfillment } from "../../../../src/connectors/carts/woocommerce/wire.ts";
import type { ShipmentNotice } from "../../../../src/connectors/contract.ts";
import { capturedFulfillment, createShop, noticeFor, shipments, type Shop } from "./shop.ts";

const confirm = (shop: Shop, notice: ShipmentNotice, known: string | null = null) =>
  shipments.confirm(shop.call(), notice, known);
const find = (shop: Shop, notice: ShipmentNotice) => shipments.find(shop.call(), notice);
const withdraw = (shop: Shop, notice: ShipmentNotice, known: string) =>
  shipments.withdraw?.(shop.call(), notice, known);
const writes = (shop: Shop) => shop.state.asked.filter(({ method }) => method !== "GET");
const metaOf = (fulfillment: Record<string, unknown> | undefined): Record<string, unknown> =>
  Object.fromEntries(
    wooFulfillment.parse(fulfillment).meta_data.map(({ key, value }) => [key, value]),
  );

describe("a shop with fulfillments", () => {
  test("gets one fulfillment with tracking, lines and our mark", async () => {
    const shop = createShop();
    const order = shop.add();
    const outcome = await confirm(shop, noticeFor(order));
    expect(outcome).toEqual({
      kind: "confirmed",
      cart_shipment_id: String(order.fulfillments[0]?.["id"]),
    });
    expect(order.fulfillments[0]).toMatchObject({ status: "fulfilled", is_fulfilled: true });
    expect(metaOf(order.fulfillments[0])).toEqual({
      _tracking_number: "1Z1",
      _shipment_provider: "ups",
      _tracking_url: "https://t.example/1Z1",
      _items: [{ item_id: 5, qty: 2 }],
      _dray_shipment: "shp_unit1",
    });
    expect(order.status).toBe("processing");
  });

  test("is understood as the real one answered", async () => {
    const shop = createShop();
    const order = shop.add({ fulfillments: [capturedFulfillment()] });
    expect(await find(shop, noticeFor(order))).toBe("2");
    shop.state.instead = (method) =>
      method === "POST" ? Response.json(capturedFulfillment(), { status: 201 }) : null;
    expect(await confirm(shop, noticeFor(order))).toEqual({
      kind: "confirmed",
      cart_shipment_id: "2",
    });
  });

  test("mails the customer only when told", async () => {
    const shop = createShop();
    const order = shop.add();
    await confirm(shop, noticeFor(order));
    await confirm(shop, noticeFor(order, { shipment_id: "shp_2", mail_customer: false }));
    expect(writes(shop).map(({ query }) => query.get("notify_customer"))).toEqual(["true", null]);
  });

  test("names a carrier that it does not know in full", async () => {
    const shop = createShop();
    const order = shop.add();
    await confirm(shop, noticeFor(order, { carrier: "Bike Express" }));
    expect(metaOf(order.fulfillments[0])).toMatchObject({
      _shipment_provider: "other",
      _provider_name: "Bike Express",
    });
  });

  test("shows a shipment without tracking too", async () => {
    const shop = createShop();
    const order = shop.add();
    const none = { tracking_number: null, tracking_url: null, carrier: null, service: null };
    await confirm(shop, noticeFor(order, none));
    expect(Object.keys(metaOf(order.fulfillments[0]))).toEqual(["_items", "_dray_shipment"]);
  });

  test("tells of a parcel without any item of its order in a note, once", async () => {
    const shop = createShop();
    const order = shop.add();
    const notice = noticeFor(order, { lines: [] });
    expect(await find(shop, notice)).toBeNull();
    const outcome = await confirm(shop, notice);
    expect(outcome).toEqual({ kind: "confirmed", cart_shipment_id: `note:${order.notes[0]?.id}` });
    expect(await confirm(shop, notice, await find(shop, notice))).toEqual(outcome);
    expect(order.notes).toHaveLength(1);
    expect(order.notes[0]?.note).toContain(notice.tracking_number);
    expect(order.fulfillments).toEqual([]);
  });

  test("finds a shipment by our mark before its tracking number", async () => {
    const shop = createShop();
    const order = shop.add();
    await confirm(shop, noticeFor(order, { shipment_id: "shp_other" }));
    expect(await find(shop, noticeFor(order))).toBeNull();
    await confirm(shop, noticeFor(order));
    expect(await find(shop, noticeFor(order, { tracking_number: "new" }))).toBe(
      String(order.fulfillments[1]?.["id"]),
    );
  });

  test("says the same once: a repeated confirmation writes nothing and mails nobody", async () => {
    const shop = createShop();
    const order = shop.add();
    const notice = noticeFor(order);
    await confirm(shop, notice);
    const known = await find(shop, notice);
    const before = writes(shop).length;
    expect(await confirm(shop, notice, known)).toEqual({
      kind: "confirmed",
      cart_shipment_id: known,
    });
    expect(writes(shop).length).toBe(before);
  });

  test("corrects tracking in place and keeps what others wrote there", async () => {
    const shop = createShop();
    const order = shop.add({ fulfillments: [capturedFulfillment()] });
    const outcome = await confirm(shop, noticeFor(order, { tracking_number: "1Z2" }), "2");
    expect(outcome).toEqual({ kind: "confirmed", cart_shipment_id: "2" });
    expect(order.fulfillments).toHaveLength(1);
    expect(metaOf(order.fulfillments[0])).toMatchObject({
      _tracking_number: "1Z2",
      _date_fulfilled: "2026-11-21T21:11:57Z",
      _dray_shipment: "shp_unit1",
    });
    const put = writes(shop)[0]?.body as { meta_data: unknown[] };
    expect(put.meta_data).toContainEqual({ id: 6, key: "_tracking_number", value: "1Z2" });
  });

  test("shows a shipment again that a person deleted there", async () => {
    const shop = createShop();
    const order = shop.add();
    const outcome = await confirm(shop, noticeFor(order), "77");
    expect(outcome.kind).toBe("confirmed");
    expect(order.fulfillments).toHaveLength(1);
  });

  test("forgets a withdrawn one, and says so again when asked again", async () => {
    const shop = createShop();
    const order = shop.add();
    const notice = noticeFor(order);
    await confirm(shop, notice);
    const known = (await find(shop, notice)) ?? "";
    expect(await withdraw(shop, notice, known)).toEqual({ kind: "withdrawn" });
    expect(order.fulfillments).toEqual([]);
    expect(await withdraw(shop, notice, known)).toEqual({ kind: "withdrawn" });
  });

  test("that will not delete one says why", async () => {
    const shop = createShop();
    const order = shop.add({ fulfillments: [capturedFulfillment()] });
    shop.state.instead = (method) =>
      method === "DELETE"
        ? Response.json({ code: "locked", message: "It is locked." }, { status: 400 })
        : null;
    expect(await withdraw(shop, noticeFor(order), "2")).toEqual({
      kind: "cannot_withdraw",
      message: "It is locked.",
    });
  });
});

describe("a shop without fulfillments", () => {
  test("gets a note that reads well and carries our mark, and is completed", async () => {
    const shop = createShop({ fulfillments: false });
    const order = shop.add();
    const outcome = await confirm(shop, noticeFor(order, { completes_order: true }));
    const [note] = order.notes;
    expect(outcome).toEqual({ kind: "confirmed", cart_shipment_id: `note:${note?.id}` });
    expect(note?.customer_note).toBe(true);
    expect(note?.note).toMatch(
      /^Shipped with UPS Ground\.\nTracking number: 1Z1\nFollow it here: https:\/\/t\.example\/1Z1\nItems: 2 × WIDGET-1\nReference: shp_unit1-[0-9a-f]{8}$/,
    );
    expect(order.status).toBe("completed");
  });

  test("keeps the note to itself when the customer is not to be mailed", async () => {
    const shop = createShop({ fulfillments: false });
    const order = shop.add();
    await confirm(shop, noticeFor(order, { mail_customer: false }));
    expect(order.notes[0]?.customer_note).toBe(false);
  });

  test("finds its note again, also as WordPress shows it, and no other shipment's", async () => {
    const shop = createShop({ fulfillments: false });
    const order = shop.add();
    const notice = noticeFor(order);
    await confirm(shop, notice);
    const [note] = order.notes;
    if (note) note.note = `<p>${note.note.replaceAll("\n", "<br />\n")}</p>`;
    expect(await find(shop, notice)).toBe(`note:${note?.id}`);
    expect(await find(shop, noticeFor(order, { shipment_id: "shp_unit" }))).toBeNull();
  });

  test("gets a corrected note once, and no second one for the same news", async () => {
    const shop = createShop({ fulfillments: false });
    const order = shop.add();
    const first = await confirm(shop, noticeFor(order));
    const known = first.kind === "confirmed" ? first.cart_shipment_id : null;
    const corrected = noticeFor(order, { tracking_number: "1Z2" });
    await confirm(shop, noticeFor(order), known);
    expect(order.notes).toHaveLength(1);
    await confirm(shop, corrected, known);
    await confirm(shop, corrected, known);
    expect(order.notes).toHaveLength(2);
    expect(order.notes[1]?.note).toMatch(/^Corrected shipping details/);
    expect(await find(shop, corrected)).toBe(`note:${order.notes[1]?.id}`);
  });

  test("keeps its notes, so a void one is answered by another note, once", async () => {
    const shop = createShop({ fulfillments: false });
    const order = shop.add();
    const notice = noticeFor(order);
    await confirm(shop, notice);
    const known = (await find(shop, notice)) ?? "";
    for (let time = 0; time < 2; time += 1) {
      expect(await withdraw(shop, notice, known)).toMatchObject({ kind: "cannot_withdraw" });
    }
    expect(order.notes).toHaveLength(2);
    expect(order.notes[1]?.note).toMatch(/1Z1 was called off/);
    expect(await find(shop, notice)).toBeNull();
  });
});

describe("completing the order", () => {
  const last = { completes_order: true };

  test("waits for the last shipment and for the setting", async () => {
    const shop = createShop();
    const order = shop.add();
    await confirm(shop, noticeFor(order));
    expect(order.status).toBe("processing");
    const call = shop.call({ complete_orders: false });
    await shipments.confirm(call, noticeFor(order, { ...last, shipment_id: "b" }), null);
    expect(order.status).toBe("processing");
    await confirm(shop, noticeFor(order, { ...last, shipment_id: "c" }));
    expect(order.status).toBe("completed");
  });

  test("is made up for when it was the step that failed", async () => {
    const shop = createShop();
    const order = shop.add();
    const notice = noticeFor(order, last);
    shop.state.instead = (method) => (method === "PUT" ? new Response("", { status: 500 }) : null);
    await expect(confirm(shop, notice)).rejects.toMatchObject({ kind: "unavailable" });
    shop.state.instead = null;
    await confirm(shop, notice, await find(shop, notice));
    expect(order.status).toBe("completed");
    expect(order.fulfillments).toHaveLength(1);
  });

  test.each(["cancelled", "refunded", "failed", "trash", "completed"])(
    "does not overrule a shop that says %s",
    async (status) => {
      const shop = createShop();
      const order = shop.add({ status });
      expect((await confirm(shop, noticeFor(order, last))).kind).toBe("confirmed");
      expect(order.status).toBe(status);
      expect(writes(shop).every(({ method }) => method === "POST")).toBe(true);
    },
  );
});

describe("a shop that says no", () => {
  test("to an order that is gone is refused in its words, with and without fulfillments", async () => {
    for (const fulfillments of [true, false]) {
      const shop = createShop({ fulfillments });
      const gone = { ...noticeFor(createShop().add()), source_id: "404" };
      for (const known of [null, "3", "note:3"]) {
        expect(await confirm(shop, gone, known)).toMatchObject({
          kind: "refused",
          message: expect.stringMatching(/^Invalid (order )?ID\.$/),
        });
      }
      expect(await find(shop, gone)).toBeNull();
      expect(await withdraw(shop, gone, "3")).toEqual({ kind: "withdrawn" });
    }
  });

  test("to the shipment is refused in its words", async () => {
    const shop = createShop();
    const order = shop.add();
    const message = "The fulfillment should contain at least one item.";
    shop.state.instead = () => Response.json({ code: 0, message }, { status: 400 });
    expect(await confirm(shop, noticeFor(order))).toEqual({ kind: "refused", message });
  });

  test("with a page instead of an answer leaves the outcome open", async () => {
    const shop = createShop();
    const order = shop.add();
    shop.state.instead = () => new Response("<html>Checking your browser</html>");
    await expect(confirm(shop, noticeFor(order))).rejects.toMatchObject({ kind: "bad_response" });
  });
});
