import fc from "fast-check";
import { expect, test } from "vitest";
import { addressTexts, type AddressLimits } from "../../../src/domain/address-limits.ts";
import { checkAddress } from "../../../src/domain/address-rules.ts";
import { countryCodes } from "../../../src/domain/countries.ts";
import type { Address } from "../../../src/domain/order.ts";

const pieces = fc.constantFrom(
  ..."Straße|Łódź|Ærø|Щорса|ου|ու|東京|دبي|🏠|’|“|\u0301|\u00ad|\u200b|½|ﬁ|№|ü|\t|\ud800|PO Box 1".split(
    "|",
  ),
);
const text = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 6 })
      .map((all) => all.join("")),
  )
  .filter((one) => one !== "");
const address: fc.Arbitrary<Address> = fc.record(
  {
    ...(Object.fromEntries(addressTexts.map((field) => [field, text])) as Record<
      (typeof addressTexts)[number],
      typeof text
    >),
    country: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...countryCodes) },
      fc.constant("constructor"),
      text,
    ),
    type: fc.constantFrom("residential", "commercial"),
  },
  { requiredKeys: [] },
);
const limits: fc.Arbitrary<AddressLimits> = fc.record({
  max: fc.dictionary(
    fc.constantFrom(...addressTexts, "name" as const),
    fc.integer({ min: 0, max: 40 }),
  ),
  characters: fc.record({
    allowed: fc.constantFrom("any", "latin1", "ascii"),
    transliterate: fc.boolean(),
  }),
  po_box: fc.constantFrom("allowed", "hold"),
});

const runs = { numRuns: 3_000 };
const within = { any: /^[^]*$/, latin1: /^[\x20-\x7e\xa0-\xff]*$/, ascii: /^[\x20-\x7e]*$/ };

test("no address is too strange to be judged, and each answer is in whole sentences", () => {
  fc.assert(
    fc.property(address, fc.option(limits), (of, declared) => {
      const { holds, doubts } = checkAddress(of, declared);
      for (const said of [...holds.map(({ message }) => message), ...doubts])
        expect(said).toMatch(/^[A-Z][^]*\.$/);
    }),
    runs,
  );
});

/** A field without the control characters that nobody sees. */
const seen = (text: string | undefined) =>
  Array.from(text ?? "")
    .filter((one) => "\t\n\r".includes(one) || one >= " ")
    .filter((one) => one !== "\u007f")
    .join("");

test("what is sent has every field that anybody sees, none of them blank that was not, and is the address itself where nothing is rewritten", () => {
  fc.assert(
    fc.property(address, fc.option(limits), (of, declared) => {
      const { sent } = checkAddress(of, declared);
      for (const field of addressTexts) {
        expect(sent[field] === undefined).toBe(seen(of[field]) === "");
        expect((sent[field] ?? "").trim() === "").toBe(seen(of[field]).trim() === "");
      }
      expect([sent.country, sent.type]).toEqual([of.country, of.type]);
      const isSeen = addressTexts.every((field) => seen(of[field]) === (of[field] ?? ""));
      if (declared?.characters.transliterate !== true && isSeen) expect(sent).toBe(of);
    }),
    runs,
  );
});

test("a field is sent in the declared characters and the declared length, or the order waits for it", () => {
  fc.assert(
    fc.property(address, limits, (of, declared) => {
      const { holds, sent } = checkAddress(of, declared);
      for (const field of addressTexts) {
        const value = sent[field] ?? "";
        const isHeld = (code: string) =>
          holds.some((one) => one.field === field && one.code === code);
        expect(isHeld("characters")).toBe(!within[declared.characters.allowed].test(value));
        expect(isHeld("too_long")).toBe(
          Array.from(value).length > (declared.max[field] ?? Infinity),
        );
      }
    }),
    runs,
  );
});

test("what is sent is sent the same when it is checked again", () => {
  fc.assert(
    fc.property(address, limits, (of, declared) => {
      const { sent } = checkAddress(of, declared);
      expect(checkAddress(sent, declared).sent).toEqual(sent);
    }),
    runs,
  );
});
