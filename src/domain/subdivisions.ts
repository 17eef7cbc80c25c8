import { plain, type CountryPost, type Subdivision } from "./country-post.ts";
import type { Address } from "./order.ts";

/** Whether a field says anything: "-" and "." do not. */
export const says = (text: string | undefined): text is string =>
  text !== undefined && /[\p{L}\p{N}]/u.test(text);

/** The ways a postcode is written down: with the country before it (`L-1234`), with a hyphen, a space or nothing within. */
export function zipSpellings(zip: string, country: string): string[] {
  const text = zip.trim().normalize("NFKC").toUpperCase();
  const after = text.startsWith(country)
    ? text.slice(country.length).replace(/^[\s-]+/, "")
    : text.replace(/^[A-Z]{1,3}-/, "");
  const own = [text, after].flatMap((one) => [one, one.replace(/[\s-]+/g, " ")]);
  return [...new Set([...own, after.replace(/[^0-9A-Z]/g, "")])];
}

/** The subdivision that a text names by its key (`CA`, `US-CA`, `JP13`) or by its name. Undefined: none. */
export function subdivisionNamed(
  text: string,
  country: string,
  post: CountryPost,
): Subdivision | undefined {
  const wanted = plain(text);
  const code = country.toLowerCase();
  const after = wanted.startsWith(code) ? wanted.slice(code.length) : null;
  return post.subdivisions.find(
    ({ spellings }) =>
      spellings.includes(wanted) || (after !== null && spellings[0] === after && after !== ""),
  );
}

/** The subdivisions whose postcodes begin as this one does. */
const subdivisionsAt = (
  zip: string,
  country: string,
  post: CountryPost,
): readonly Subdivision[] => {
  const spellings = zipSpellings(zip, country).filter((one) => post.zipForm?.test(one) === true);
  return post.subdivisions.filter(({ zips }) => spellings.some((one) => zips?.test(one) === true));
};

/** Whether the postcode can be one of the subdivision; true where that is not known. */
export const zipFits = (zip: string, country: string, { zips }: Subdivision): boolean =>
  zips === null || zipSpellings(zip, country).some((one) => zips.test(one));

/**
 * Of an address whose state is missing although the post needs one: `held`, with the state that the
 * postcode speaks for, if it is one; or `implied`, where the post takes no city and the city names the
 * state (Dubai), or where the names of states are not known in Latin letters, the city may be one, and
 * the postcode is of one state only (Seoul). Null: nothing is missing.
 */
export function missingSubdivision(
  { city, state, zip }: Address,
  country: string,
  post: CountryPost,
): { kind: "held"; likely: Subdivision | null } | { kind: "implied"; by: "city" | "zip" } | null {
  if (post.state !== "needed" || says(state)) return null;
  if (post.city !== "needed" && says(city) && subdivisionNamed(city, country, post) !== undefined)
    return { kind: "implied", by: "city" };
  const at = says(zip) ? subdivisionsAt(zip, country, post) : [];
  const likely = at.length === 1 ? (at[0] ?? null) : null;
  return likely !== null && post.foreignNames && says(city)
    ? { kind: "implied", by: "zip" }
    : { kind: "held", likely };
}

/**
 * Whether a state is none of the country's, as far as can be told: names with a word more or less
 * ("County Cork", "Provincia de Barcelona") are taken, and names in Latin letters where none is known.
 */
export function isNoSubdivision(state: string, country: string, post: CountryPost): boolean {
  if (post.subdivisions.length === 0 || subdivisionNamed(state, country, post) !== undefined)
    return false;
  const text = plain(state);
  const isCode = text.length <= 3 || /\p{N}/u.test(text);
  if (post.foreignNames && !isCode && /[a-z]/.test(text)) return false;
  return !post.subdivisions.some(({ spellings }) =>
    spellings.some(
      (one) => Math.min(one.length, text.length) >= 4 && (one.includes(text) || text.includes(one)),
    ),
  );
}
