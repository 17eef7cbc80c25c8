import { describe, expect, test } from "vitest";
import type { CartConnector } from "../../../src/connectors/contract.ts";
import type { CartScene } from "./cart-scene.ts";
import { failureOf } from "./stage.ts";

/** The laws for a cart that shows shipments. */
export function lawsOfShipments(
  shipments: NonNullable<CartConnector["shipments"]>,
  setUp: CartScene,
): void {
  describe("confirming shipments", () => {
    test("find knows a shipment after it was confirmed, and confirming it again makes no second", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = await noticeFor(id);
      expect(await shipments.find(wire.call, notice)).toBeNull();
      const first = await shipments.confirm(wire.call, notice, null);
      if (first.kind !== "confirmed") throw new Error(first.message);
      const known = await shipments.find(wire.call, notice);
      if (first.cart_shipment_id !== null) expect(known).toBe(first.cart_shipment_id);
      expect(await shipments.confirm(wire.call, notice, known)).toEqual(first);
      const corrected = { ...notice, tracking_number: "CORRECTED" };
      expect(await shipments.confirm(wire.call, corrected, known)).toMatchObject({
        kind: "confirmed",
      });
      expect(vendor.shipmentsOf(id)).toEqual([{ tracking_number: "CORRECTED" }]);
    });

    test("a confirmation whose answer was lost is found, not made twice", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = await noticeFor(id);
      vendor.loseNextAnswer();
      const failure = await failureOf(() => shipments.confirm(wire.call, notice, null));
      expect(["unavailable", "timed_out"]).toContain(failure?.kind);
      const known = await shipments.find(wire.call, notice);
      expect(known).not.toBeNull();
      await shipments.confirm(wire.call, notice, known);
      expect(vendor.shipmentsOf(id)).toHaveLength(1);
    });

    test("two shipments of one order are two, and each is found by itself", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notices = [await noticeFor(id, 1), await noticeFor(id, 2)];
      const found: (string | null)[] = [];
      for (const notice of notices) {
        expect(await shipments.find(wire.call, notice)).toBeNull();
        await shipments.confirm(wire.call, notice, null);
      }
      for (const notice of notices) found.push(await shipments.find(wire.call, notice));
      expect(vendor.shipmentsOf(id)).toHaveLength(2);
      expect(new Set(found).size).toBe(2);
      expect(found).not.toContain(null);
    });

    test("a shop's no is a value", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = { ...(await noticeFor(id)), source_id: vendor.unknownId };
      const outcome = await shipments.confirm(wire.call, notice, null);
      expect(outcome).toMatchObject({ kind: "refused" });
    });

    test.runIf(shipments.withdraw)("what is withdrawn is gone", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = await noticeFor(id);
      const made = await shipments.confirm(wire.call, notice, null);
      if (made.kind !== "confirmed") throw new Error(made.message);
      const outcome = await shipments.withdraw?.(wire.call, notice, made.cart_shipment_id ?? "");
      expect(outcome).toEqual({ kind: "withdrawn" });
      expect(vendor.shipmentsOf(id)).toEqual([]);
      expect(await shipments.find(wire.call, notice)).toBeNull();
    });
  });
}
