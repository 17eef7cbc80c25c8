import { countryName } from "./countries.ts";
import { postOf } from "./country-post.ts";
import type { Address } from "./order.ts";
import {
  isNoSubdivision,
  missingSubdivision,
  says,
  subdivisionNamed,
  zipFits,
  zipSpellings,
} from "./subdivisions.ts";

/** Where hardly anybody lives: more often chosen by mistake than meant. */
const nearlyEmpty = new Set(["AQ", "BV", "GS", "HM", "IO", "TF", "UM"]);
/** The post of Ireland delivers without an Eircode, and says so. */
const zipAsYouLike = new Set(["IE"]);
/** A street is written as three numbers there. */
const streetInNumbers = new Set(["JP", "KR"]);

const hasLetter = (text: string): boolean => /\p{L}/u.test(text);

/** What looks wrong in an address and may be right all the same: a sentence each. */
export function doubtsOf(address: Address): string[] {
  const { company, first_name, last_name, address_1, address_2, address_3, city, country } =
    address;
  const doubts: string[] = [];
  const names = [company, first_name, last_name].filter(says);
  if (names.length > 0 && !names.some(hasLetter))
    doubts.push(`The name has no letters: ${quoted(names.join(" "))}.`);
  const street = [address_1, address_2, address_3].filter(says);
  if (street.length > 0 && !says(address_1))
    doubts.push("The street is not in the first line (address_1) but in a later one.");
  if (street.length > 0 && !street.some(hasLetter) && !streetInNumbers.has(country ?? ""))
    doubts.push(`The street has no letters: ${quoted(street.join(" "))}.`);
  if (says(city) && !hasLetter(city)) doubts.push(`The city has no letters: ${quoted(city)}.`);
  if (country !== undefined) doubts.push(...doubtsByCountry(address, country));
  return doubts;
}

function doubtsByCountry(address: Address, country: string): string[] {
  const post = postOf(country);
  if (post === null) return [];
  const { city, state, zip } = address;
  const doubts: string[] = [];
  if (nearlyEmpty.has(country))
    doubts.push(`Hardly anybody lives in ${countryName(country)}: the country may be a mistake.`);
  const missing = missingSubdivision(address, country, post);
  if (post.city === "usual" && !says(city) && missing?.kind !== "held")
    doubts.push(`There is no city; addresses in ${countryName(country)} usually have one.`);
  if (missing?.kind === "implied" && missing.by === "zip")
    doubts.push(
      "There is no state or province; by the postcode it can be one only, and the city may be it.",
    );
  if (says(state) && isNoSubdivision(state, country, post))
    doubts.push(`The state or province ${quoted(state)} is not known in ${countryName(country)}.`);
  if (!says(zip)) {
    if (post.zip === "usual" && post.zipForm !== null && !zipAsYouLike.has(country))
      doubts.push(`There is no postcode; addresses in ${countryName(country)} usually have one.`);
    return doubts;
  }
  const { zipForm } = post;
  if (zipForm !== null && !zipSpellings(zip, country).some((one) => zipForm.test(one))) {
    doubts.push(`The postcode ${quoted(zip)} has not the form that ${countryName(country)} uses.`);
    return doubts;
  }
  const within = says(state) ? subdivisionNamed(state, country, post) : undefined;
  if (within !== undefined && !zipFits(zip, country, within))
    doubts.push(`The postcode ${quoted(zip)} is not one of ${quoted(within.name)}.`);
  return doubts;
}

const quoted = (text: string): string => JSON.stringify(text.trim());
