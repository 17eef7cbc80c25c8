import { expect, test } from "vitest";
import type { CartConnector } from "../../../src/connectors/contract.ts";
import { fieldsOf } from "../../../src/connectors/fields.ts";
import type { PushingFixture } from "./fixtures.ts";
import { testClock } from "./stage.ts";

/** The laws for a cart that pushes: little can go wrong where nobody is called. */
export function lawsOfPushingCart(connector: CartConnector, fixture: PushingFixture): void {
  test("it promises nothing that would need somebody to ask", () => {
    expect(connector.sees).toEqual([]);
  });

  test("check finds nothing wrong, and calls nobody", async () => {
    const report = await connector.check({
      connection_id: "con_conformance",
      settings: connector.settings.parse(fixture.settings),
      secrets: connector.secrets.parse({}),
      http: { send: () => Promise.reject(new Error("a cart that pushes is never called")) },
      clock: testClock(),
    });
    expect(report).toMatchObject({ ok: true, problems: [] });
  });

  test("it has no secrets, and every setting says what it is", () => {
    const fields = fieldsOf(connector);
    expect(fields.filter((field) => field.secret)).toEqual([]);
    for (const { name, label, help } of fields) {
      expect({ name, label }).not.toEqual({ name, label: name });
      expect(help).not.toBeNull();
    }
  });
}
