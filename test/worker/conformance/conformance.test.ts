import { describe, expect, test } from "vitest";
import type { Connector } from "../../../src/connectors/contract.ts";
import { connectorById, connectors } from "../../../src/connectors/registry.ts";
import { allOffers, fixtures, type Fixture } from "./fixtures.ts";
import { lawsOfCart } from "./laws-cart.ts";
import { lawsOfPushingCart } from "./laws-pushing.ts";
import { lawsOfWms } from "./laws-wms.ts";
import { offersOf } from "./offers.ts";
import { leastCart, pushing } from "./pushing.ts";

test("every connector of the registry is held to the laws, and nothing else is", () => {
  const ids = connectors.map((connector) => connector.id);
  expect(fixtures.map((fixture) => fixture.id).toSorted()).toEqual([...ids].toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test("no law runs for nobody: whatever can be offered, some connector offers", () => {
  expect(new Set(fixtures.flatMap((fixture) => fixture.offers))).toEqual(new Set(allOffers));
});

function hold(connector: Connector | null, fixture: Fixture): void {
  if (connector === null) return test("is in the registry", () => expect.fail(fixture.id));
  test("offers what its fixture says, so that the laws of it were run", () => {
    expect(offersOf(connector, fixture).toSorted()).toEqual([...fixture.offers].toSorted());
  });
  if (connector.side === "cart" && fixture.side === "cart") lawsOfCart(connector, fixture);
  else if (connector.side === "wms" && fixture.side === "wms") lawsOfWms(connector, fixture);
  else if (connector.side === "cart" && fixture.side === "pushing cart")
    lawsOfPushingCart(connector, fixture);
  else test("is of the side of its fixture", () => expect.fail(`no ${fixture.side}`));
}

for (const fixture of fixtures) {
  describe(fixture.id, () => hold(connectorById(connectors, fixture.id), fixture));
}

describe("the least that a cart can be", () => hold(leastCart, pushing(leastCart.id)));
