import { describe, expect, test } from "vitest";
import type { AddressLimits } from "../../../src/domain/address-limits.ts";
import { checkAddress, withVerdict } from "../../../src/domain/address-rules.ts";
import type { Address } from "../../../src/domain/order.ts";
import { at, doubtful, good, held } from "./address-samples.ts";

const titled = (address: Address): string =>
  [address.country ?? "nowhere", ...Object.values(address).slice(2, 6)].join(", ");
const codes = (address: Address, limits: AddressLimits | null = null) =>
  checkAddress(address, limits).holds.map(({ code }) => code);

test.each(good.map((address) => [titled(address), address] as const))(
  "%s is sent as it is, without a doubt",
  (_, address) => {
    expect(checkAddress(address, null)).toEqual({ holds: [], doubts: [], sent: address });
  },
);

test.each(held.map(([codes_, address]) => [titled(address), codes_, address] as const))(
  "%s waits for a person: %j",
  (_, expected, address) => {
    expect(codes(address)).toEqual(expected);
  },
);

test.each(doubtful.map(([says, address]) => [titled(address), says, address] as const))(
  "%s is sent all the same, and the timeline says %s",
  (_, says, address) => {
    const { holds, doubts } = checkAddress(address, null);
    expect(holds).toEqual([]);
    expect(doubts).toEqual([expect.stringMatching(says)]);
  },
);

test("what nobody sees is not sent, and noted; tabs and ends of lines are", () => {
  const seen = at("US", { a: "1 Elm St\tRear\r\nGate", c: "Salem", s: "OR", z: "97301" });
  const { holds, doubts, sent } = checkAddress(
    { ...seen, city: "Sa\u0000le\u001b\u0000m\u007f", address_2: "\u0000" },
    null,
  );
  expect(holds).toEqual([]);
  expect(sent).toEqual(seen);
  expect(doubts).toEqual([
    "The second line (address_2) has characters that nobody sees (U+0000): it is sent without them.",
    "The city has characters that nobody sees (U+0000 U+001B U+007F): it is sent without them.",
  ]);
});

test("a message names its field and what to do, and the state that the postcode speaks for", () => {
  const salem = at("US", { a: "1 Elm St", c: "Salem", z: "97301" });
  expect(checkAddress(salem, null).holds).toEqual([
    {
      field: "state",
      code: "missing_state",
      message:
        "The state or province is missing, and addresses in United States (US) need one: enter it in state, by the postcode perhaps OR (Oregon).",
    },
  ]);
});

test("once the missing field is filled in, nothing holds", () => {
  const address = at("CA", { a: "1 Elm St", c: "Toronto", z: "M5V 2T6" });
  expect(codes(address)).toEqual(["missing_state"]);
  expect(codes({ ...address, state: "ON" })).toEqual([]);
});

test("a company alone is a name", () => {
  const { first_name, last_name, ...address } = at("GB", {
    a: "1 High St",
    c: "Oxford",
    z: "OX1 4AH",
  });
  expect([first_name, last_name]).toEqual(["Sam", "Sample"]);
  expect(codes(address)).toEqual(["missing_name"]);
  expect(codes({ ...address, company: "Sample Ltd" })).toEqual([]);
});

const limits = (part: Partial<AddressLimits>): AddressLimits => ({
  max: {},
  characters: { allowed: "any", transliterate: false },
  po_box: "allowed",
  ...part,
});
const ascii = limits({ characters: { allowed: "ascii", transliterate: true } });

describe("a length that the warehouse declares", () => {
  const long = at("DE", { a: "Straße des 17. Juni 135", c: "Berlin", z: "10623" });

  test("holds what is longer, which is sent uncut", () => {
    const { holds, sent } = checkAddress(long, limits({ max: { address_1: 22 } }));
    expect(holds).toEqual([
      {
        field: "address_1",
        code: "too_long",
        message:
          "The street (address_1) has 23 characters, and the warehouse takes 22: shorten it, or move a part to the next line.",
      },
    ]);
    expect(sent).toBe(long);
    expect(codes(long, limits({ max: { address_1: 23 } }))).toEqual([]);
  });

  test("counts what is sent: ß is two letters where it is written so", () => {
    expect(codes(long, { ...ascii, max: { address_1: 23 } })).toEqual(["too_long"]);
    expect(codes(long, { ...ascii, max: { address_1: 24 } })).toEqual([]);
  });

  test("counts characters, not halves of them", () => {
    expect(codes({ ...long, city: "𠮷𠮷" }, limits({ max: { city: 2 } }))).toEqual([]);
  });

  test("of a name counts first and last name with a space", () => {
    expect(codes(long, limits({ max: { name: 10 } }))).toEqual([]);
    expect(codes(long, limits({ max: { name: 9 } }))).toEqual(["too_long"]);
  });
});

describe("characters that the warehouse declares", () => {
  test.each([
    ["DE", "Jörg Weiß, Überweg", "Joerg Weiss, Ueberweg"],
    ["ES", "Parque Güell", "Parque Guell"],
    ["SE", "Östra Ågatan", "Ostra Agatan"],
    ["DK", "Sønder Ålevej", "Soender Aalevej"],
    ["EE", "Pärnu", "Parnu"],
    ["PL", "Łódź, Żółta", "Lodz, Zolta"],
    ["TR", "İğdır, Şişli", "Igdir, Sisli"],
    ["VN", "Đường Nguyễn Huệ", "Duong Nguyen Hue"],
    ["RU", "ул. Щорса", "ul. Schorsa"],
    ["FR", "L’Haÿ – N° 3 «A»", 'L\'Hay - No 3 "A"'],
    ["US", "O\u2019Neil\u00a0Ave\u200b", "O'Neil Ave"],
    ["JP", "ＡＢＣ　１２", "ABC 12"],
  ])("%s: %s is written %s in ASCII", (country, city, written) => {
    const { holds, sent } = checkAddress(
      at(country, { a: "A 1", c: city, s: "RU-MOW", z: "1" }),
      ascii,
    );
    expect(sent.city).toBe(written);
    expect(holds.filter(({ code }) => code === "characters")).toEqual([]);
  });

  test("in Latin-1, what Latin-1 has stays", () => {
    const latin1 = limits({ characters: { allowed: "latin1", transliterate: true } });
    const { sent } = checkAddress(
      at("PL", { a: "ul. Żółta 1", c: "Mu\u0308nchen", z: "31-146" }),
      latin1,
    );
    expect([sent.address_1, sent.city]).toEqual(["ul. Zólta 1", "München"]);
  });

  test.each(["東京都", "서울", "دبي", "תל אביב", "Berlin 🏠"])(
    "%s cannot be written in ASCII: the order waits, the field is sent as it was",
    (city) => {
      const { holds, sent } = checkAddress(at("DE", { a: "A 1", c: city, z: "10117" }), ascii);
      expect(holds.map(({ field, code }) => [field, code])).toEqual([["city", "characters"]]);
      expect(sent.city).toBe(city);
    },
  );

  test("hold without being rewritten where the warehouse does not want that", () => {
    const address = at("DE", { a: "Straße 1", c: "Köln", z: "50667" });
    const strict = limits({ characters: { allowed: "ascii", transliterate: false } });
    const { holds, sent } = checkAddress(address, strict);
    expect(holds.map(({ message }) => message)).toEqual([
      "The street (address_1) has characters that the warehouse cannot take (ß): write it with A to Z without accents.",
      "The city has characters that the warehouse cannot take (ö): write it with A to Z without accents.",
    ]);
    expect(sent).toBe(address);
  });

  test("never rewrite an e-mail address", () => {
    const address = {
      ...at("DE", { a: "A 1", c: "Berlin", z: "10117" }),
      email: "jörg@example.com",
    };
    const { holds, sent } = checkAddress(address, ascii);
    expect(sent.email).toBe("jörg@example.com");
    expect(holds.map(({ field }) => field)).toEqual(["email"]);
  });
});

describe("a PO box", () => {
  const none = limits({ po_box: "hold" });
  const line = (country: string, a: string, b?: string) =>
    at(country, { a, ...(b === undefined ? {} : { b }), c: "Anywhere", s: "X", z: "1" });
  const boxes = (address: Address) =>
    checkAddress(address, none).holds.filter(({ code }) => code === "po_box");

  test.each([
    ["US", "PO Box 12"],
    ["US", "p.o. box 12-A"],
    ["US", "Post Office Box 12"],
    ["US", "POB 12"],
    ["US", "Box 12"],
    ["AU", "GPO Box 1234"],
    ["AU", "Locked Bag 12"],
    ["ZA", "Private Bag X12"],
    ["DE", "Postfach 10 11 12"],
    ["CH", "Postfach"],
    ["CH", "Case postale 12"],
    ["FR", "BP 123"],
    ["FR", "Boîte postale 12"],
    ["CA", "C.P. 123 succ. A"],
    ["ES", "Apdo. de correos 12"],
    ["PT", "Apartado 123"],
    ["BR", "Caixa Postal 12"],
    ["CL", "Casilla 123"],
    ["IT", "Casella postale 12"],
    ["NL", "Postbus 12"],
    ["NO", "Postboks 12"],
    ["SE", "Box 123"],
    ["FI", "PL 12"],
    ["PL", "skr. poczt. / skrytka pocztowa 12"],
    ["TR", "P.K. 12"],
    ["RU", "а/я 12"],
    ["GR", "Τ.Θ. 123"],
    ["IL", "ת.ד. 123"],
    ["JP", "新宿郵便局私書箱12号"],
  ])("%s: %s waits where the warehouse sends to none", (country, a) => {
    expect(boxes(line(country, a))).toHaveLength(1);
  });

  test.each([
    ["US", "PSC 802 Box 74"],
    ["US", "RR 2 Box 15"],
    ["US", "12 Boxwood Lane"],
    ["US", "12 Box Elder Rd"],
    ["US", "1 Depot Box Road"],
    ["GB", "The Old Post Office, High Street"],
    ["GB", "BP 12 Business Park"],
    ["DE", "Postfachstraße 1"],
    ["DE", "Am Postweg 1"],
    ["IT", "Via Roma 1, C.P. 00186"],
    ["MX", "Calle 5, C.P. 06010"],
    ["ES", "Apartamento 12"],
    ["ES", "Plaza La Casilla 5"],
    ["FR", "12 rue du Postillon"],
  ])("%s: %s is none", (country, a) => {
    expect(boxes(line(country, a))).toEqual([]);
  });

  test("is found in any line, which the problem names", () => {
    expect(boxes(line("US", "1 Elm St", "PO Box 12"))).toMatchObject([{ field: "address_2" }]);
  });

  test("is not spoken of where the warehouse allows it", () => {
    const address = at("US", { a: "PO Box 12", c: "Salem", s: "OR", z: "97301" });
    expect(checkAddress(address, limits({}))).toMatchObject({ holds: [], doubts: [] });
  });
});

describe("what an address validator says", () => {
  const check = checkAddress(at("DE", { a: "Unter den Linden 1", c: "Berlin", z: "10117" }), null);

  test("holds the order if it is bad, with what it suggests", () => {
    const suggestion = at("DE", { a: "Unter den Linden 2", c: "Berlin", z: "10117" });
    const { holds, doubts } = withVerdict(check, {
      verdict: "bad",
      message: "There is no such house.",
      suggestion,
    });
    expect(doubts).toEqual([]);
    expect(holds).toEqual([
      {
        field: "address",
        code: "bad_address",
        message:
          "The address service says: There is no such house. It suggests: Unter den Linden 2, Berlin, 10117, DE.",
      },
    ]);
  });

  test("is a doubt if it is doubtful or does not come, and nothing if it is good", () => {
    const doubtful_ = withVerdict(check, { verdict: "doubtful", message: "The house is new." });
    expect(doubtful_).toMatchObject({ holds: [], doubts: [expect.stringContaining("is new")] });
    expect(withVerdict(check, null)).toMatchObject({
      holds: [],
      doubts: [expect.stringContaining("did not answer")],
    });
    expect(withVerdict(check, { verdict: "good", message: "" })).toEqual(check);
  });
});
