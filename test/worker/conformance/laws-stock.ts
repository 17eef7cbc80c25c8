import { describe, expect, test } from "vitest";
import type { CartConnector } from "../../../src/connectors/contract.ts";
import type { CartScene } from "./cart-scene.ts";
import { failureOf } from "./stage.ts";

/** The most levels of one call. */
const MOST = 100;

/** The laws for a cart in which levels of stock can be set. */
export function lawsOfStock(
  stock: NonNullable<CartConnector["stock"]>,
  setUpCart: CartScene,
): void {
  const setUp = () => {
    const { vendor, wire } = setUpCart();
    if (!vendor.shelf) throw new Error("a fixture whose cart has `stock` has a shelf");
    return { vendor, wire, shelf: vendor.shelf };
  };
  const set = { kind: "set" };

  describe("setting levels of stock", () => {
    test("every level has its outcome, in their order, and a no to some keeps no other from being set", async () => {
      const { wire, shelf } = setUp();
      const skus = shelf.stock(MOST - 1);
      const [first = "", second = "", third = ""] = skus;
      for (const sku of [first, third]) shelf.refuse(sku, `Not today: ${sku}`);
      const asked = [...skus.slice(0, 50), shelf.unknownSku, ...skus.slice(50)].toReversed();
      const levels = asked.map((sku, at) => ({ sku, quantity: 100 + at }));
      const outcomes = await stock.set(wire.call, levels);
      expect(outcomes).toHaveLength(MOST);
      for (const [at, { sku, quantity }] of levels.entries()) {
        const outcome = outcomes[at];
        if (sku === shelf.unknownSku) {
          expect([sku, outcome]).toMatchObject([sku, { kind: "refused" }]);
          if (outcome?.kind === "refused") expect(outcome.message).not.toBe("");
        } else if (sku === first || sku === third) {
          const message = expect.stringContaining(`Not today: ${sku}`);
          expect(outcome).toEqual({ kind: "refused", message });
          expect(shelf.levelOf(sku)).not.toBe(quantity);
        } else expect([sku, outcome, shelf.levelOf(sku)]).toEqual([sku, set, quantity]);
      }
      expect(outcomes[levels.findIndex(({ sku }) => sku === second)]).toEqual(set);
    });

    test("a level is absolute: the same twice is the same, and zero is a level", async () => {
      const { wire, shelf } = setUp();
      const [sku = "", other = ""] = shelf.stock(2);
      for (const quantity of [7, 7, 0, 7]) {
        expect(await stock.set(wire.call, [{ sku, quantity }])).toEqual([set]);
        expect(shelf.levelOf(sku)).toBe(quantity);
      }
      expect(shelf.levelOf(other)).toBeNull();
    });

    test("levels whose answer was lost are set again without harm", async () => {
      const { vendor, wire, shelf } = setUp();
      const levels = shelf.stock(3).map((sku, at) => ({ sku, quantity: at }));
      vendor.loseNextAnswer();
      const failure = await failureOf(() => stock.set(wire.call, levels));
      expect(["unavailable", "timed_out"]).toContain(failure?.kind);
      expect(await stock.set(wire.call, levels)).toEqual([set, set, set]);
      expect(levels.map(({ sku }) => shelf.levelOf(sku))).toEqual([0, 1, 2]);
    });

    test("no level is no outcome, and changes nothing", async () => {
      const { wire, shelf } = setUp();
      const [sku = ""] = shelf.stock(1);
      expect(await stock.set(wire.call, [])).toEqual([]);
      expect(shelf.levelOf(sku)).toBeNull();
    });
  });
}
