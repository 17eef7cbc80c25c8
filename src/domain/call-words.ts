/**
 * What the name of a field says about its value, whoever's field it is. Only names that are known to
 * be harmless are listed as kept: a value under any other name is taken out.
 */

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter(Boolean));

/** Anywhere in a name: nothing below it is kept. */
const privateWords = setOf(`
  password passwd passphrase secret secrets key keys apikey token tokens authorization auth bearer cookie
  cookies signature credential credentials consumer otp pin session
  name names fullname firstname lastname surname given family middle first last fname lname vorname
  nachname nombre apellido apellidos nom prenom company organisation organization firma
  email emails mail mails phone phones tel telephone telefon mobile cell fax
  address addresses addr adresse direccion street strasse calle rue house hausnummer city town ort ciudad
  ville locality zip zipcode postcode postal postalcode plz postnummer cap
  billing billto shipto customer customers buyer recipient consignee receiver sender contact contacts
  person people attention attn user users username login client kunde kunden cliente owner member
  birthday birth birthdate dob gender sex ip agent ssn vat passport nif cpf
  note notes comment comments remark remarks gift greeting instructions instruction engraving
  account accounts iban bic card cvv pan bank payer
  lat lng latitude longitude geo coordinates`);

/** The end of a name: a value in the form of a code is kept. */
const codeWords = setOf(`
  id ids code codes sku skus status state states quantity qty currency type kind reference references ref
  refs number numbers no event events version page limit offset cursor next count total totals subtotal tax
  amount price fee discount weight date time at created modified updated shipped gmt carrier service
  method tracking line position index mode action result success ok retryable fault faultcode`);

/** The end of a name: what the other system says of the call. Names within it are the call's own. */
const wordyWords = setOf(`
  message messages msg error errors detail details reason reasons faultstring exception warning warnings
  hint problem problems`);

/** The whole of a name of something that has fields of its own. */
const placeNames = setOf("shipping ship delivery destination origin dispatch from to party");

const wordsOf = (name: string): string[] =>
  name
    .replace(/^.*:/, "")
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1_$2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .flatMap((word) => [word, word.replace(/\d+$/, "")])
    .filter((word, at, all) => word !== "" && word !== all[at - 1]);

/** Where in a payload a value stands. */
export interface Place {
  /** Below something that is about a person, or secret. */
  isPrivate: boolean;
  /** Below what the other system says of the call. */
  isSaid: boolean;
  /** What may be kept of a value here; `short`: a small number or a date only. */
  keeps: "nothing" | "country" | "code" | "words" | "short";
}

export const TOP: Place = { isPrivate: false, isSaid: false, keeps: "short" };

const isTo = /(^|_)(ship|bill|sold|deliver|send|mail)_to(_|$)/;

/** The place of a named field within another. `isGroup`: it has fields of its own. */
export function placeIn(above: Place, name: string, isGroup: boolean): Place {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  const isPrivate =
    above.isPrivate ||
    words.some((word) => privateWords.has(word)) ||
    isTo.test(words.join("_")) ||
    (isGroup && words.every((word) => placeNames.has(word)));
  const isSaid = above.isSaid || wordyWords.has(last);
  return { isPrivate, isSaid, keeps: keeps(words, last, isPrivate, isSaid) };
}

function keeps(
  words: readonly string[],
  last: string,
  isPrivate: boolean,
  isSaid: boolean,
): Place["keeps"] {
  if (isPrivate) return words.includes("country") ? "country" : "nothing";
  if (isSaid) return "words";
  return codeWords.has(last) ? "code" : "short";
}
