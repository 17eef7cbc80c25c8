import { placeIn, TOP, type Place } from "./call-words.ts";

/**
 * Takes personal data and secrets out of a call to a vendor, so that what is left may be kept and
 * shown: `docs/keeping.md` has the rules. Fields are judged by their names, and whatever was taken out of
 * a field is taken out of the sentences around it too. Pure.
 */

/** A call as it was, and the secrets that it carried. */
export interface Exchange {
  url: string;
  message: string;
  request: string | null;
  response: string | null;
  secrets: readonly string[];
}

export type RedactedExchange = Omit<Exchange, "secrets">;

/** Of a body that is kept. */
const KEPT_LENGTH = 4_000;
/** What is looked through at all. */
const MOST_READ = 256_000;
const LONGEST_TEXT = 300;
/** Of a sentence that is to be shown. */
const LONGEST_READ = 2_000;
const LONGEST_PLAIN = 500;
const MOST_ITEMS = 10;
const DEEPEST = 12;
const MOST_KNOWN = 4_000;

const GONE = "[removed]";

export function redactExchange({ secrets, ...exchange }: Exchange): RedactedExchange {
  const { url, message, request, response } = exchange;
  // The first time only to learn what is taken out, as an answer may quote its request.
  const taken = new Set<string>();
  const learn: Redactor = {
    isLearning: true,
    taken,
    clean: (text) => text,
    cleanCode: (text) => text,
  };
  for (const body of [request, response]) redactBody(learn, body);
  const clean = sentenceCleaner(taken, secrets);
  const cleanCode = codeCleaner(taken, secrets);
  const redactor: Redactor = { isLearning: false, taken: new Set(), clean, cleanCode };
  return {
    url: cleanUrl(url, clean),
    message: clean(message).slice(0, LONGEST_PLAIN),
    request: redactBody(redactor, request),
    response: redactBody(redactor, response),
  };
}

interface Redactor {
  /** Looks at everything, to learn what is taken out; what is kept needs no more than is shown. */
  isLearning: boolean;
  /** What was taken out so far. */
  taken: Set<string>;
  /** Takes out of a sentence what was taken out elsewhere, and what looks like it. */
  clean: (text: string) => string;
  /** Takes out of a code what was taken out elsewhere. */
  cleanCode: (text: string) => string;
}

/** A body with the values taken out that may not be kept; in a form of its own, cut. */
function redactBody(redactor: Redactor, body: string | null): string | null {
  if (body === null || body.trim() === "") return body === null ? null : "";
  if (body.length > MOST_READ) return `[${body.length} characters]`;
  const redacted = inItsForm(redactor, body);
  return redacted.length > KEPT_LENGTH ? `${redacted.slice(0, KEPT_LENGTH)}...` : redacted;
}

function inItsForm(redactor: Redactor, body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    return JSON.stringify(redactValue(redactor, value, TOP, 0));
  } catch {
    const start = body.trimStart().slice(0, 200);
    if (/^<(!doctype html|html|head|body)\b/i.test(start)) return redactPage(redactor, body);
    if (start.startsWith("<")) return redactXml(redactor, body);
    if (/^[^\s=&]+=[^\s&]*(&[^\s=&]+=[^\s&]*)*$/.test(body)) return redactForm(redactor, body);
    const isSentence = body.length <= LONGEST_PLAIN && !/[\r\n]\S/.test(body);
    return isSentence ? redactor.clean(body) : `[${body.length} characters of text]`;
  }
}

function redactValue(redactor: Redactor, value: unknown, place: Place, depth: number): unknown {
  if (typeof value === "string") return redactText(redactor, value, place);
  if (typeof value === "number") return redactNumber(redactor, value, place);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEEPEST) return "[deeper]";
  if (Array.isArray(value)) {
    const shown = redactor.isLearning ? value : value.slice(0, MOST_ITEMS);
    const items = shown.map((item) => redactValue(redactor, item, place, depth + 1));
    const more = value.length - shown.length;
    return more > 0 ? [...items, `[${more} more]`] : items;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const isGroup = typeof field === "object" && field !== null && !Array.isArray(field);
      const there = placeIn(place, name, isGroup);
      return [safeName(redactor, name), redactValue(redactor, field, there, depth + 1)];
    }),
  );
}

/** A name may itself be a value, such as an address that leads to its data. */
const safeName = ({ cleanCode }: Redactor, name: string): string =>
  /^[a-z_$@][\w$.:[\]-]{0,60}$/i.test(name) ? name : isCode.test(name) ? cleanCode(name) : GONE;

const isCode = /^[\p{L}\p{N}_.:#/+=-]{1,100}$/u;
const isDate = /^\d{4}-\d\d-\d\d([T ][\d:.]{5,16}(Z|[+-]\d\d:?\d\d)?)?$/;
const isSmall = /^-?\d{1,4}(\.\d{1,2})?$/;
const isCountry = /^[A-Z]{2,3}$/;

function redactText(redactor: Redactor, text: string, { keeps, isPrivate }: Place): string {
  if (text.trim() === "") return text;
  const isKept =
    keeps === "country"
      ? isCountry.test(text)
      : keeps !== "nothing" &&
        (isDate.test(text) || isSmall.test(text) || (keeps === "code" && isCode.test(text)));
  if (isKept) return redactor.cleanCode(text);
  if (keeps === "words") {
    const clean = redactor.clean(text);
    return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}...` : clean;
  }
  take(redactor, text, isPrivate);
  return GONE;
}

function redactNumber(redactor: Redactor, value: number, place: Place): number | string {
  const text = String(value);
  const isKept =
    place.keeps !== "nothing" &&
    place.keeps !== "country" &&
    (isSmall.test(text) || place.keeps === "code");
  if (isKept && redactor.cleanCode(text) === text) return value;
  take(redactor, text, place.isPrivate);
  return GONE;
}

/** Of what is about a person its words are known too: a sentence may quote one of them. */
function take({ taken }: Redactor, text: string, isPrivate: boolean): void {
  if (taken.size > MOST_KNOWN) return;
  const whole = text.trim();
  if (whole.length <= 200) taken.add(whole);
  if (isPrivate && !whole.includes("://"))
    for (const word of whole.split(/[\s,;/]+/)) taken.add(word);
}

const isEmail = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g;
const isPhone =
  /(?<![\p{L}\p{N}])(?!\d{4}-\d\d-\d\d)(\+\d[\d\s().-]{5,}\d|\(?\d{2,5}\)?[\s.-]\d{2,5}[\s.-]?\d{2,6})(?![\p{L}\p{N}])/gu;
const isQuery = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi;

/** Takes known values, secrets, e-mail addresses, telephone numbers and the queries of URLs out of a text. */
function sentenceCleaner(
  taken: ReadonlySet<string>,
  secrets: readonly string[],
): Redactor["clean"] {
  const known = [...taken].filter((value) => value.length >= 3);
  const values = known.toSorted((a, b) => b.length - a.length).map(literal);
  const isKnown =
    values.length === 0
      ? null
      : new RegExp(`(?<![\\p{L}\\p{N}])(?:${values.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  return (text) => {
    // A name that the cut leaves half of would not be known.
    const begin =
      text.length > LONGEST_READ ? text.slice(0, LONGEST_READ).replace(/\S*$/, "") : text;
    const safe = withoutSecrets(begin, secrets);
    const clean = isKnown ? safe.replace(isKnown, GONE) : safe;
    return clean.replace(isQuery, "$1").replace(isEmail, "[e-mail]").replace(isPhone, "[phone]");
  };
}

/** A code is a known value or it is not: words of a product's name are in its SKU, too. */
function codeCleaner(
  taken: ReadonlySet<string>,
  secrets: readonly string[],
): Redactor["cleanCode"] {
  const known = new Set([...taken].map((value) => value.toLowerCase()));
  return (text) =>
    text.length >= 3 && known.has(text.toLowerCase()) ? GONE : withoutSecrets(text, secrets);
}

const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((safe, secret) => safe.replaceAll(secret, GONE), text);

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function cleanUrl(url: string, clean: (text: string) => string): string {
  if (!URL.canParse(url)) return GONE;
  const { protocol, host, pathname } = new URL(url);
  const parts = pathname.split("/").map((part) => {
    const plain = decoded(part);
    const safe = clean(plain);
    return safe === plain ? part : safe;
  });
  return `${protocol}//${host}${parts.join("/")}`;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
};

function redactForm(redactor: Redactor, body: string): string {
  return body
    .split("&")
    .map((pair) => {
      const [name = "", value = ""] = pair.split("=", 2).map(decoded);
      const place = name
        .split(/[[\].]+/)
        .filter(Boolean)
        .reduce((above, part) => placeIn(above, part, false), TOP);
      return `${safeName(redactor, name)}=${redactText(redactor, value, place)}`;
    })
    .join("&");
}

const titleIn = /<title[^>]{0,200}>([^<]{0,200})/i;

/** A web page is a firewall's or a log-in form: its title says which. */
function redactPage({ clean }: Redactor, body: string): string {
  const title = titleIn.exec(body)?.[1]?.trim() ?? "";
  return `[an HTML page${title === "" ? "" : `: ${clean(title)}`}]`;
}

/** Tags and texts of XML, in their sequence; comments are left out. Takes no longer for what is broken. */
function* xmlParts(body: string): Generator<{ tag?: string; text?: string }> {
  const until = (end: string, from: number): number => {
    const at = body.indexOf(end, from);
    return at < 0 ? body.length : at;
  };
  for (let at = 0; at < body.length;) {
    if (body.startsWith("<!--", at)) at = until("-->", at) + 3;
    else if (body.startsWith("<![CDATA[", at)) {
      const end = until("]]>", at);
      yield { text: body.slice(at + 9, end) };
      at = end + 3;
    } else if (body.startsWith("<", at)) {
      const end = until(">", at);
      yield { tag: body.slice(at + 1, end) };
      at = end + 1;
    } else {
      const end = until("<", at);
      yield { text: body.slice(at, end) };
      at = end;
    }
  }
}

const xmlAttribute = /([^\s=/]+)\s*=\s*("[^"]*"|'[^']*')/g;

function redactXml(redactor: Redactor, body: string): string {
  const places: Place[] = [TOP];
  let redacted = "";
  for (const { tag, text } of xmlParts(body)) {
    const place = places.at(-1) ?? TOP;
    if (text !== undefined) redacted += redactText(redactor, text.trim(), place);
    if (tag === undefined || /^[?!]/.test(tag)) continue;
    if (tag.startsWith("/")) {
      if (places.length > 1) places.pop();
      redacted += `</${safeName(redactor, tag.slice(1).trim())}>`;
      continue;
    }
    const name = /^[^\s/]+/.exec(tag)?.[0] ?? "";
    const attributes = [...tag.matchAll(xmlAttribute)].map(
      ([, key = "", quoted = ""]) => [key, quoted.slice(1, -1)] as const,
    );
    const there = attributes.reduce(
      // <field name="city"> is a city.
      (above, [key, value]) =>
        /^(name|key|field|label|type)$/i.test(key) ? placeIn(above, value, false) : above,
      placeIn(place, name, false),
    );
    const own = attributes.map(([key, value]) => {
      const kept = redactText(redactor, value, placeIn(there, key, false));
      return ` ${safeName(redactor, key)}="${kept}"`;
    });
    const isClosed = tag.trimEnd().endsWith("/");
    redacted += `<${safeName(redactor, name)}${own.join("")}${isClosed ? "/" : ""}>`;
    if (!isClosed) places.push(there);
  }
  return redacted;
}
