/** A PO box in any country: English everywhere, and words that mean nothing else where they are read. */
const anywhere = new RegExp(
  [
    String.raw`\bp\.?\s?o\.?\s?box\b`,
    String.raw`\bp\.?\s?o\.?\s?b\.?\s?\d`,
    String.raw`\bpost\s?(?:office\s?)?box\s?(?:no\.?|nr\.?|#)?\s?\d`,
    String.raw`\b(?:gpo|post office) box\b`,
    String.raw`\b(?:locked|private) (?:mail )?bag\s?(?:no\.?\s?)?x?\d`,
    String.raw`\bpostfach\b`,
    String.raw`\b(?:postbus|postboks|postilokero)\s?\d`,
    String.raw`\bbo[iî]te postale\b`,
    String.raw`\bcase postale\b`,
    String.raw`\bcas[ei]lla postale?\b`,
    String.raw`\bcasilla de correos?\b`,
    String.raw`\bcaixa postal\b`,
    String.raw`\b(?:apartado|apdo\.?)\s?(?:postal|de correos|a[eé]reo|no?\.?º?\s?\d|\d)`,
    String.raw`\bskrytka (?:pocztowa|nr\b|\d)`,
    String.raw`\bpo[sš]tov[aá] p[rř]ihr[aá]dka\b`,
    String.raw`(?<!\p{L})(?:а\/я|абонентск\p{L}+ ящик|пощенска кутия|поштански фах)(?!\p{L})`,
    String.raw`(?<!\p{L})(?:τ\.\s?θ\.?|ταχ\p{L}*\.? θυρ[ίι]δα)`,
    String.raw`ת\.?ד\.?\s?\d`,
    String.raw`ص\s?\.\s?ب|صندوق بريد`,
    "私書箱|사서함|郵政信箱|邮政信箱|ตู้\\s?ปณ",
  ].join("|"),
  "iu",
);

/** What is a PO box there and something else in other countries, such as Italy's C.P. for a postcode. */
const local: readonly { countries: string; pattern: RegExp }[] = [
  {
    countries:
      "FR MC LU BE GP MQ GF RE YT PF NC PM WF BL MF DZ MA TN SN CI CM GA BF BJ ML NE TG CD CG DJ",
    pattern: /\bb\.?\s?p\.?\s?\d/i,
  },
  { countries: "CH CA", pattern: /\bc\.?p\.?\s?\d/i },
  { countries: "AR BO CL EC PY UY", pattern: /\b(?:casilla|c\.?c\.?)\s?(?:no?\.?º?\s?)?\d/i },
  { countries: "DE AT CH HU", pattern: /\bp\.?f\.?\s?\d/i },
  { countries: "FI AX", pattern: /\b(?:pl|pb)\s?\d/i },
  { countries: "TR", pattern: /\bp\.?\s?k\.?\s?:?\s?\d/i },
  { countries: "SE NO DK US CA AU BS ZA", pattern: /^(?:box|boks)\s?#?\d/i },
];

/** Lines that make the box beside them one of a barracks, a rural route or a house with many doors. */
const otherBoxes = /\b(?:psc|cmr|unit|rr|hc|rural route|highway contract|site|lot|apt|suite)\b/i;

const localIn = new Map<string, RegExp[]>();
for (const { countries, pattern } of local)
  for (const country of countries.split(" "))
    localIn.set(country, [...(localIn.get(country) ?? []), pattern]);

/** The place in `lines` of the first that is a PO box; -1: none is. `country` is ISO 3166-1 alpha-2. */
export function poBoxAt(
  lines: readonly (string | undefined)[],
  country: string | undefined,
): number {
  const here = country === undefined ? undefined : localIn.get(country);
  return lines.findIndex(
    (line) =>
      line !== undefined &&
      (anywhere.test(line) ||
        (here?.some((pattern) => pattern.test(line.trim())) === true &&
          !lines.some((one) => one !== undefined && otherBoxes.test(one)))),
  );
}
