import { describe, expect, test } from "vitest";
import { alertKindNames, ruleOf } from "../../../src/domain/alerts.ts";
import {
  kindChoicesShape,
  kindsTold,
  tellingOf,
  urgentKinds,
  windowEnd,
} from "../../../src/domain/contacts.ts";

const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);
const time = (moment: number) => new Date(moment).toISOString();

describe("a window", () => {
  test.each([
    ["at_once", "10:02:30", "2026-11-21T10:02:30.000Z"],
    ["half_hourly", "10:02:30", "2026-11-21T10:30:00.000Z"],
    ["half_hourly", "10:30:00", "2026-11-21T11:00:00.000Z"],
    ["hourly", "10:02:30", "2026-11-21T11:00:00.000Z"],
    ["daily", "10:02:30", "2026-11-22T00:00:00.000Z"],
    ["daily", "23:59:59", "2026-11-22T00:00:00.000Z"],
  ] as const)("of %s that runs at %s ends at %s", (frequency, from, end) => {
    expect(time(windowEnd(frequency, at(from)))).toBe(end);
  });
});

describe("the kinds of a contact", () => {
  test("are urgent for mapping, code, address, given up and rejected credentials", () => {
    for (const kind of [
      "ship_method",
      "code",
      "line_code",
      "duplicate_code",
      "address",
      "given_up",
      "tracking_given_up",
      "unauthorized",
    ] as const)
      expect(urgentKinds).toContain(kind);
    expect(urgentKinds).not.toContain("refused");
  });

  test("that are urgent are told at once, whatever is chosen", () => {
    for (const kind of urgentKinds) {
      expect(tellingOf({ kinds: { [kind]: "off" } }, kind)).toBe("at_once");
      for (const way of ["off", "by_frequency"])
        expect(kindChoicesShape.safeParse({ [kind]: way }).error?.issues).toMatchObject([
          { path: [kind] },
        ]);
      expect(kindChoicesShape.safeParse({ [kind]: "at_once" }).success).toBe(true);
    }
  });

  test("that are not urgent follow the choice, and the frequency without one", () => {
    const others = alertKindNames.filter((kind) => !ruleOf(kind).at_once);
    for (const kind of others) {
      expect(tellingOf({ kinds: {} }, kind)).toBe("by_frequency");
      for (const way of ["at_once", "by_frequency", "off"] as const)
        expect(tellingOf({ kinds: { [kind]: way } }, kind)).toBe(way);
    }
    expect(kindsTold({ kinds: {} }, ["at_once", "by_frequency"])).toEqual(alertKindNames);
    expect(kindsTold({ kinds: { refused: "off" } }, ["off"])).toEqual(["refused"]);
  });

  test("are those of the table", () => {
    expect(kindChoicesShape.safeParse({ weather: "off" }).success).toBe(false);
    expect(kindChoicesShape.safeParse({ refused: "sometimes" }).success).toBe(false);
  });
});
