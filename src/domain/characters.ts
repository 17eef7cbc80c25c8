import transliterate from "@sindresorhus/transliterate";

/** Printable characters only. `latin1` is ISO 8859-1, `ascii` its lower half. */
export type CharacterSet = "any" | "latin1" | "ascii";

const beyond: Readonly<Record<Exclude<CharacterSet, "any">, RegExp>> = {
  latin1: /[^\x20-\x7e\xa0-\xff]/u,
  ascii: /[^\x20-\x7e]/u,
};

const unseen = /[^\P{Cc}\t\n\r\x80-\x9f]/gu;

/** The control characters of a text that nobody sees, such as NUL, each once: all of C0 and DEL, but for tabs and ends of lines. */
export const unseenIn = (text: string): string[] => [...new Set(text.match(unseen))];

/** The text without them. */
export const withoutUnseen = (text: string): string => text.replace(unseen, "");

/** Scripts that write their vowels. Arabic or Hebrew would become consonants that no driver can read. */
const scripts = ["Latin", "Greek", "Cyrillic", "Armenian", "Georgian", "Common", "Inherited"]
  .map((script) => String.raw`\p{Script=${script}}`)
  .join("");

const runs: Readonly<Record<Exclude<CharacterSet, "any">, RegExp>> = {
  latin1: new RegExp(String.raw`(?:(?![\x20-\x7e\xa0-\xff])[${scripts}])+`, "gu"),
  ascii: new RegExp(String.raw`(?:(?![\x20-\x7e])[${scripts}])+`, "gu"),
};

/** Where ä is ae. Elsewhere a diaeresis is left out, as in Noël, Güell and Pärnu. */
const german = new Set(["DE", "AT", "CH", "LI", "LU"]);
const languages = new Map([
  ["DK", "da"],
  ["FO", "da"],
  ["GL", "da"],
  ["NO", "nb"],
  ["SJ", "nb"],
  ["RS", "sr"],
  ["ME", "sr"],
  ["BA", "sr"],
]);

const dash = /[\u2010-\u2015\u2212]/gu;
const doubleQuote = /[«»\u201c-\u201f\u2033]/gu;
const singleQuote = /[\u2018-\u201b\u2032\u00b4\u02bc]/gu;

/** One run of letters and signs, as near as Latin letters come to it. */
function latin(run: string, country: string | undefined): string {
  let text = run
    .replace(/\s/g, " ")
    .replace(/\p{Cf}/gu, "")
    .replace(dash, "-")
    .replace(doubleQuote, '"')
    .replace(singleQuote, "'")
    .replaceAll("°", "o")
    .replace(/[¿¡]/g, "")
    .normalize("NFKC")
    .replaceAll("\u2044", "/");
  if (!german.has(country ?? ""))
    text = text
      .normalize("NFD")
      .replace(/([A-Za-z])\u0308/g, "$1")
      .normalize("NFC");
  const locale = languages.get(country ?? "");
  return transliterate(text, locale === undefined ? {} : { locale });
}

/** The characters that the set has not, each once. */
export function charactersBeyond(text: string, set: CharacterSet): string[] {
  if (set === "any" || !beyond[set].test(text)) return [];
  return [...new Set(text)].filter((character) => beyond[set].test(character));
}

/**
 * The text in the characters of the set: Latin, Greek, Cyrillic, Armenian and Georgian letters and
 * punctuation are written with those it has. What it cannot write so stays as it is; a text that has
 * characters never becomes a blank one. `country` (ISO 3166-1 alpha-2) decides between ü as ue and as u.
 */
export function inCharacters(text: string, set: CharacterSet, country: string | undefined): string {
  if (set === "any" || !beyond[set].test(text)) return text;
  const orSelf = (from: string): string => {
    const to = latin(from, country);
    return beyond[set].test(to) ? from : to;
  };
  const written = text.normalize("NFC").replace(runs[set], (run) => {
    const whole = orSelf(run);
    return whole === run ? Array.from(run, orSelf).join("") : whole;
  });
  return written.trim() === "" ? text : written;
}
