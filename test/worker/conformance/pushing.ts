import { definePushingCart } from "../../../src/connectors/contract.ts";
import type { PushingFixture } from "./fixtures.ts";

/** The fixture of a cart that pushes its orders and has no secrets. */
export const pushing = (id: string, settings: object = {}): PushingFixture => ({
  side: "pushing cart",
  id,
  offers: [],
  settings,
});

/** The least that a cart can be. Not in the registry: it shows that the suite takes such a one. */
export const leastCart = definePushingCart("least", "The least that a cart can be");
