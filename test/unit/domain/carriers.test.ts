import fc from "fast-check";
import { expect, test } from "vitest";
import {
  carrierKey,
  carrierKeys,
  carrierNames,
  cartCarrier,
  largeCarrier,
} from "../../../src/domain/carriers.ts";

const by = (carrier: string | null, service: string | null = null) => ({ carrier, service });

test.each([
  [by("UPS"), "UPS"],
  [by("ups®", "Ground"), "UPS"],
  [by("UPS Ground"), "UPS"],
  [by("U.S. Postal Service"), "USPS"],
  [by("stamps_com", "usps_priority_mail"), "USPS"],
  [by(null, "Priority Mail Express"), "USPS"],
  [by("FedEx SmartPost"), "FedEx"],
  [by("FDXG"), "FedEx"],
  [by("DHL"), "DHL"],
  [by("DHL", "Express Worldwide"), "DHL Express"],
  [by("dhl_express_worldwide"), "DHL Express"],
  [by("DHL", "SmartMail Parcel"), "DHL eCommerce"],
  [by("DHL Paket"), "DHL"],
  [by("Royal Mail", "Tracked 48"), "Royal Mail"],
  [by("AusPost", "Express"), "Australia Post"],
  [by("La Poste - Colissimo"), "Colissimo"],
  [by("laposte"), "La Poste"],
  [by("Hermes UK"), "Evri"],
  [by("Hermes"), "Hermes"],
  [by("Österreichische Post"), "Österreichische Post"],
  [by("AMZL_US"), "Amazon Logistics"],
  [by("PostNL"), "PostNL"],
  [by("Post NL", "Pakket"), "PostNL"],
  [by("Our own van"), null],
  [by("Upside Logistics"), null],
  [by("Dpdx"), null],
  [by(null), null],
  [by(" ", " "), null],
])("%j is %s", (written, name) => {
  expect(largeCarrier(written)).toBe(name);
});

test("every large carrier is known by its own name, in any case", () => {
  expect(carrierNames.length).toBeGreaterThan(40);
  expect(new Set(carrierNames).size).toBe(carrierNames.length);
  for (const name of carrierNames) {
    expect(largeCarrier(by(name))).toBe(name);
    expect(largeCarrier(by(name.toUpperCase()))).toBe(name);
  }
});

test("a cart's own name wins, of the service before that of all services; null is none", () => {
  const rows = (entries: [ReturnType<typeof by>, string | null][]) =>
    new Map(
      entries.map(([written, cart_name]) => {
        const key = carrierKey(written);
        return [key, { key, cart_name }];
      }),
    );
  const own = rows([
    [by("UPS"), "Brown"],
    [by("UPS", "2nd Day"), "Brown Air"],
    [by("Van"), null],
  ]);
  expect(cartCarrier(by("ups", "2ND  day"), own).name).toBe("Brown Air");
  expect(cartCarrier(by("UPS", "Ground"), own).name).toBe("Brown");
  expect(cartCarrier(by("Van"), own)).toEqual({ name: "Van", known: false });
  expect(cartCarrier(by("USPS"), own)).toEqual({ name: "USPS", known: true });
  expect(cartCarrier(by(null), own)).toEqual({ name: null, known: false });
});

test("any text has a key that no other carrier and service has", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      expect(carrierKeys(by(a, b)).length).toBeLessThanOrEqual(2);
      if (a.trim() !== "" && b.trim() !== "")
        expect(carrierKey(by(a, b))).not.toBe(
          carrierKey(by(`${a}/${b}`, c.trim() === "" ? null : `x${c}`)),
        );
      expect(() => largeCarrier(by(a, c))).not.toThrow();
    }),
  );
});
