import {
  overLimits,
  seenOf,
  writtenWithin,
  type AddressLimits,
  type AddressText,
} from "./address-limits.ts";
import { doubtsOf } from "./address-doubts.ts";
import { countryName, isCountry } from "./countries.ts";
import { postOf } from "./country-post.ts";
import type { Address } from "./order.ts";
import { poBoxAt } from "./po-box.ts";
import { missingSubdivision, says } from "./subdivisions.ts";

/** Why an order cannot be sent to its address. */
export interface AddressProblem {
  /** `name`: the company, or first and last name · `address`: all of it. */
  field: AddressText | "country" | "name" | "address";
  code:
    | "missing_name"
    | "missing_street"
    | "missing_city"
    | "missing_state"
    | "missing_zip"
    | "missing_country"
    | "unknown_country"
    | "too_long"
    | "characters"
    | "po_box"
    /** A validator is sure that nothing arrives there. */
    | "bad_address";
  /** For people: names the field and the fix. */
  message: string;
}

export interface AddressCheck {
  /** Empty: nothing keeps the order from being sent. */
  holds: readonly AddressProblem[];
  /** Sentences for the timeline; none of them is a reason to wait. */
  doubts: readonly string[];
  /** The address as it goes to the WMS: without what nobody sees, written in its characters if it wants that, and never cut. */
  sent: Address;
}

/**
 * What is wrong and what is doubtful in the address of an order, and how it goes to a WMS with these limits
 * (null: it declares none). What a country's post needs comes from Google's address data; a value without
 * any letter or digit counts as missing. The same answer for `sent` again: its `sent` is itself.
 */
export function checkAddress(given: Address, limits: AddressLimits | null): AddressCheck {
  const { address, doubts: unseen } = seenOf(given);
  const sent = limits === null ? address : writtenWithin(address, limits);
  const holds = missingIn(address);
  const doubts = [...unseen, ...doubtsOf(address)];
  const lines = [address.address_1, address.address_2, address.address_3];
  const boxAt = poBoxAt(lines, address.country);
  if (boxAt >= 0 && limits === null)
    doubts.push("The street is a PO box; not every carrier goes there.");
  if (boxAt >= 0 && limits?.po_box === "hold")
    holds.push({
      field: (["address_1", "address_2", "address_3"] as const)[boxAt] ?? "address_1",
      code: "po_box",
      message: `The street (address_${boxAt + 1}) is a PO box, and the warehouse sends to none: ask the customer for a street.`,
    });
  if (limits !== null) holds.push(...overLimits(sent, limits));
  return { holds, doubts, sent };
}

/** What an address validator says. Its message is for people. */
export interface AddressVerdict {
  verdict: "good" | "doubtful" | "bad";
  message: string;
  /** How the address should be written. */
  suggestion?: Address;
}

/**
 * The check with what a validator says of the same address: a bad verdict holds, a doubtful one is noted.
 * Null: the validator did not answer, which is a doubt and no reason to wait.
 */
export function withVerdict(check: AddressCheck, verdict: AddressVerdict | null): AddressCheck {
  const noted = (doubt: string) => ({ ...check, doubts: [...check.doubts, doubt] });
  if (verdict === null)
    return noted("The address service did not answer: only Dray's own rules were applied.");
  if (verdict.verdict === "good") return check;
  const { suggestion } = verdict;
  const message =
    suggestion === undefined
      ? `The address service says: ${verdict.message}`
      : `The address service says: ${verdict.message} It suggests: ${inOneLine(suggestion)}.`;
  if (verdict.verdict === "doubtful") return noted(message);
  const bad: AddressProblem = { field: "address", code: "bad_address", message };
  return { ...check, holds: [...check.holds, bad] };
}

const inOneLine = ({ address_1, address_2, address_3, city, state, zip, country }: Address) =>
  [address_1, address_2, address_3, city, state, zip, country].filter(says).join(", ");

function missingIn(address: Address): AddressProblem[] {
  const holds: AddressProblem[] = [];
  const hold = (field: AddressProblem["field"], code: AddressProblem["code"], message: string) =>
    holds.push({ field, code, message });
  if (![address.company, address.first_name, address.last_name].some(says))
    hold("name", "missing_name", "The name is missing: enter a company, a first or a last name.");
  if (![address.address_1, address.address_2, address.address_3].some(says))
    hold("address_1", "missing_street", "The street is missing: enter it in address_1.");

  const { country } = address;
  const post = country === undefined ? null : postOf(country);
  if ((post?.city ?? "needed") === "needed" && !says(address.city))
    hold("city", "missing_city", "The city is missing: enter it in city.");
  if (!says(country)) {
    const message = "The country is missing: enter its two letters in country, such as US.";
    hold("country", "missing_country", message);
  } else if (!isCountry(country)) {
    const message = `There is no country ${JSON.stringify(country)}: enter its two letters in country, such as US.`;
    hold("country", "unknown_country", message);
  } else if (post !== null) {
    const named = countryName(country);
    const missing = missingSubdivision(address, country, post);
    if (missing?.kind === "held") {
      const { likely } = missing;
      const hint =
        likely === null ? "" : `, by the postcode perhaps ${likely.key} (${likely.name})`;
      hold(
        "state",
        "missing_state",
        `The state or province is missing, and addresses in ${named} need one: enter it in state${hint}.`,
      );
    }
    if (post.zip === "needed" && !says(address.zip))
      hold(
        "zip",
        "missing_zip",
        `The postcode is missing, and addresses in ${named} need one: enter it in zip.`,
      );
  }
  return holds;
}
