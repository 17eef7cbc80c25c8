import { describe, expect, test } from "vitest";
import { connectorById, connectors } from "../../../src/connectors/registry.ts";
import { fixtures } from "./fixtures.ts";
import { lawsOfCart } from "./laws-cart.ts";
import { lawsOfWms } from "./laws-wms.ts";

test("every connector of the registry is held to the laws, and nothing else is", () => {
  const ids = connectors.map((connector) => connector.id);
  expect(fixtures.map((fixture) => fixture.id).toSorted()).toEqual([...ids].toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

for (const fixture of fixtures) {
  describe(fixture.id, () => {
    const connector = connectorById(connectors, fixture.id);
    if (connector?.side === "cart" && fixture.side === "cart") lawsOfCart(connector, fixture);
    else if (connector?.side === "wms" && fixture.side === "wms") lawsOfWms(connector, fixture);
    else test("has a connector of its side", () => expect.fail(`no ${fixture.side} ${fixture.id}`));
  });
}
