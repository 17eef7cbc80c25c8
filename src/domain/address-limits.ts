import {
  charactersBeyond,
  inCharacters,
  unseenIn,
  withoutUnseen,
  type CharacterSet,
} from "./characters.ts";
import type { Address } from "./order.ts";

/** The fields of an address that people write. */
export type AddressText = Exclude<keyof Address, "country" | "type">;

/** What a WMS cannot take of an address. */
export interface AddressLimits {
  /**
   * Characters (Unicode code points) at the most, by field, counted as they are sent. `name` is first
   * and last name with a space between. A field that is not here has no limit.
   */
  max: Readonly<Partial<Record<AddressText | "name", number>>>;
  /** `transliterate`: rather write what lies beyond in the allowed characters than hold the order. */
  characters: { allowed: CharacterSet; transliterate: boolean };
  po_box: "allowed" | "hold";
}

/** How a sentence calls a field. */
const fieldWords: Readonly<Record<AddressText | "name", string>> = {
  name: "name (first_name and last_name)",
  company: "company",
  title: "title",
  first_name: "first name (first_name)",
  last_name: "last name (last_name)",
  address_1: "street (address_1)",
  address_2: "second line (address_2)",
  address_3: "third line (address_3)",
  city: "city",
  state: "state or province (state)",
  zip: "postcode (zip)",
  phone: "phone",
  email: "e-mail address (email)",
};

export const addressTexts = Object.keys(fieldWords).filter(
  (field): field is AddressText => field !== "name",
);

/**
 * The address without control characters, which no label bears and not every WMS takes, with a sentence for each
 * field that had any. `of`: whose address it is, where that is not plain.
 */
export function seenOf(address: Address, of = ""): { address: Address; doubts: string[] } {
  const seen = { ...address };
  const doubts: string[] = [];
  for (const field of addressTexts) {
    const unseen = unseenIn(address[field] ?? "");
    if (unseen.length === 0) continue;
    const text = withoutUnseen(address[field] ?? "");
    if (text === "") delete seen[field];
    else seen[field] = text;
    doubts.push(
      `The ${fieldWords[field]}${of} has characters that nobody sees (${unseen.map(codeOf).join(" ")}): it is sent without them.`,
    );
  }
  return { address: doubts.length === 0 ? address : seen, doubts };
}

/** The address in the characters that are allowed, where it can be written in them. An e-mail address cannot. */
export function writtenWithin(address: Address, { characters }: AddressLimits): Address {
  if (!characters.transliterate) return address;
  let sent = address;
  for (const field of addressTexts) {
    const text = address[field];
    if (text === undefined || field === "email") continue;
    const written = inCharacters(text, characters.allowed, address.country);
    if (written !== text) sent = { ...sent, [field]: written };
  }
  return sent;
}

/** A limit that the address exceeds, with a sentence that names the field and the fix. */
export interface LimitProblem {
  field: AddressText | "name";
  code: "too_long" | "characters";
  message: string;
}

/** Which limits the address exceeds as it is sent, PO boxes aside. */
export function overLimits(sent: Address, { max, characters }: AddressLimits): LimitProblem[] {
  const problems: LimitProblem[] = [];
  for (const field of addressTexts) {
    const strange = charactersBeyond(sent[field] ?? "", characters.allowed);
    if (strange.length > 0) problems.push(strangeIn(field, strange, characters.allowed));
  }
  for (const [name, most] of Object.entries(max)) {
    const field = name as AddressText | "name";
    const text =
      field === "name"
        ? [sent.first_name, sent.last_name].filter((part) => part !== undefined).join(" ")
        : (sent[field] ?? "");
    if (text.length <= most) continue;
    const length = Array.from(text).length;
    if (length > most)
      problems.push({
        field,
        code: "too_long",
        message: `The ${fieldWords[field]} has ${length} characters, and the warehouse takes ${most}: ${shorten(field)}.`,
      });
  }
  return problems;
}

const shorten = (field: AddressText | "name"): string =>
  field === "address_1" || field === "address_2"
    ? "shorten it, or move a part to the next line"
    : "shorten it";

function strangeIn(
  field: AddressText,
  strange: readonly string[],
  allowed: CharacterSet,
): LimitProblem {
  const shown = strange.slice(0, 5).map((one) => (/[\s\p{C}\p{M}]/u.test(one) ? codeOf(one) : one));
  const list = `${shown.join(" ")}${strange.length > shown.length ? " and others" : ""}`;
  const letters = allowed === "ascii" ? "A to Z without accents" : "Western European letters";
  return {
    field,
    code: "characters",
    message: `The ${fieldWords[field]} has characters that the warehouse cannot take (${list}): write it with ${letters}.`,
  };
}

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
