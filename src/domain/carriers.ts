/**
 * What warehouses call carriers, and the names by which carts know them. A cart's connector may turn
 * such a name into its own key. Rules: `docs/ship-methods.md`.
 */

interface Carrier {
  name: string;
  /** How it is written too, and services of its own that are given in its place. Case and marks do not matter. */
  spellings: readonly string[];
  /** Services by which a spelling that several carriers share is this one's. */
  services?: readonly string[];
}

/** The large carriers. A spelling is one carrier's alone; the longest that a text begins with counts. */
const table: readonly Carrier[] = [
  {
    name: "USPS",
    spellings: [
      "usps",
      "us postal service",
      "u s postal service",
      "united states postal service",
      "us mail",
      "us post",
      "stamps com",
      "endicia",
      "priority mail",
      "first class mail",
      "first class package",
      "media mail",
      "ground advantage",
      "parcel select",
    ],
  },
  {
    name: "UPS",
    spellings: [
      "ups",
      "u p s",
      "upsn",
      "upgf",
      "united parcel service",
      "ups mail innovations",
      "ups surepost",
    ],
  },
  {
    name: "FedEx",
    spellings: [
      "fedex",
      "fed ex",
      "fdx",
      "fdxe",
      "fdxg",
      "fdeg",
      "fdeu",
      "federal express",
      "fedex ground",
      "fedex express",
      "fedex smartpost",
      "smartpost",
    ],
  },
  {
    name: "DHL Express",
    spellings: ["dhl express", "dhlx", "dhle", "dhl worldwide express", "dhl express worldwide"],
    services: ["express", "worldwide", "economy select", "domestic express"],
  },
  {
    name: "DHL eCommerce",
    spellings: [
      "dhl ecommerce",
      "dhl e commerce",
      "dhl global mail",
      "dhl smartmail",
      "dhl parcel us",
      "dhl gm",
      "smartmail",
      "globalmail",
    ],
    services: ["smartmail", "ecommerce", "globalmail", "global mail", "parcel international"],
  },
  {
    name: "DHL",
    spellings: [
      "dhl",
      "dhl paket",
      "dhl parcel",
      "dhl packet",
      "dhl de",
      "dhl germany",
      "dhl warenpost",
      "warenpost",
    ],
  },
  { name: "Deutsche Post", spellings: ["deutsche post", "deutschepost", "dp brief", "dpag"] },
  {
    name: "Royal Mail",
    spellings: [
      "royal mail",
      "royalmail",
      "rm tracked",
      "royal mail group",
      "tracked 24",
      "tracked 48",
    ],
  },
  { name: "Parcelforce", spellings: ["parcelforce", "parcel force", "parcelforce worldwide"] },
  { name: "Evri", spellings: ["evri", "hermes uk", "myhermes", "my hermes", "hermesworld"] },
  { name: "Hermes", spellings: ["hermes", "hermes germany", "hermes de", "hermes germany gmbh"] },
  { name: "Yodel", spellings: ["yodel", "yodel direct", "yodeldirect"] },
  { name: "An Post", spellings: ["an post", "anpost"] },
  {
    name: "Canada Post",
    spellings: ["canada post", "canadapost", "postes canada", "canada post corporation", "capost"],
  },
  { name: "Purolator", spellings: ["purolator", "purolator courier", "plrt"] },
  { name: "Canpar", spellings: ["canpar", "canpar express", "canpar courier"] },
  {
    name: "Australia Post",
    spellings: ["australia post", "auspost", "australiapost", "aus post", "eparcel"],
  },
  { name: "StarTrack", spellings: ["startrack", "star track", "startrack express"] },
  { name: "Sendle", spellings: ["sendle"] },
  { name: "NZ Post", spellings: ["nz post", "nzpost", "new zealand post"] },
  { name: "GLS", spellings: ["gls", "general logistics systems", "gls us", "gls italy"] },
  {
    name: "DPD",
    spellings: [
      "dpd",
      "dynamic parcel distribution",
      "dpd uk",
      "dpd local",
      "dpdgroup",
      "dpd group",
    ],
  },
  { name: "PostNL", spellings: ["postnl", "post nl", "tnt post"] },
  { name: "bpost", spellings: ["bpost", "b post", "bpack", "belgian post"] },
  { name: "La Poste", spellings: ["la poste", "laposte", "lettre suivie"] },
  { name: "Colissimo", spellings: ["colissimo", "la poste colissimo", "laposte colissimo"] },
  { name: "Chronopost", spellings: ["chronopost", "chrono post"] },
  { name: "Mondial Relay", spellings: ["mondial relay", "mondialrelay"] },
  { name: "TNT", spellings: ["tnt", "tnt express", "tnt international"] },
  { name: "Correos", spellings: ["correos", "correos express", "correos de espana"] },
  { name: "SEUR", spellings: ["seur"] },
  { name: "CTT", spellings: ["ctt", "ctt expresso", "correios de portugal"] },
  {
    name: "Poste Italiane",
    spellings: ["poste italiane", "posteitaliane", "poste it", "crono express"],
  },
  { name: "BRT", spellings: ["brt", "bartolini", "brt bartolini"] },
  {
    name: "Swiss Post",
    spellings: ["swiss post", "swisspost", "die schweizerische post", "la poste suisse"],
  },
  {
    name: "Österreichische Post",
    spellings: ["osterreichische post", "oesterreichische post", "austrian post", "post at"],
  },
  { name: "PostNord", spellings: ["postnord", "post nord", "post danmark", "posten ab"] },
  { name: "Bring", spellings: ["bring", "posten norge", "posten bring"] },
  { name: "InPost", spellings: ["inpost", "in post", "paczkomaty"] },
  { name: "Poczta Polska", spellings: ["poczta polska", "pocztex"] },
  { name: "Packeta", spellings: ["packeta", "zasilkovna"] },
  { name: "OnTrac", spellings: ["ontrac", "on trac", "ontr"] },
  { name: "LaserShip", spellings: ["lasership", "laser ship", "lsrs"] },
  { name: "Veho", spellings: ["veho"] },
  { name: "UniUni", spellings: ["uniuni", "uni uni"] },
  { name: "LSO", spellings: ["lso", "lone star overnight"] },
  {
    name: "Amazon Logistics",
    spellings: [
      "amazon logistics",
      "amazon",
      "amzl",
      "amzn",
      "amzn us",
      "amzl us",
      "amazon shipping",
      "amazon mcf",
      "swiship",
    ],
  },
  { name: "APC", spellings: ["apc", "apc postal logistics"] },
  { name: "Asendia", spellings: ["asendia"] },
  { name: "Japan Post", spellings: ["japan post", "japanpost", "yu pack"] },
  { name: "SF Express", spellings: ["sf express", "sfexpress"] },
  { name: "China Post", spellings: ["china post", "chinapost", "epacket"] },
  { name: "Aramex", spellings: ["aramex"] },
  { name: "India Post", spellings: ["india post", "indiapost"] },
  { name: "Delhivery", spellings: ["delhivery"] },
];

/** The names of the large carriers. */
export const carrierNames: readonly string[] = table.map(({ name }) => name);

/** A carrier as a WMS writes it. */
export interface WrittenCarrier {
  carrier: string | null;
  service: string | null;
}

const words = (text: string): string =>
  text
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim();

const byName = new Map(
  table.flatMap(({ name, spellings }) =>
    [words(name), ...spellings].map((spelling) => [spelling, name] as const),
  ),
);
const longest = Math.max(...[...byName.keys()].map((spelling) => spelling.split(" ").length));
const shared = table.filter(({ services }) => services !== undefined);

/** The carrier that a text begins with. */
function namedIn(text: string): string | null {
  const all = words(text).split(" ");
  for (let count = Math.min(longest, all.length); count > 0; count -= 1) {
    const name = byName.get(all.slice(0, count).join(" "));
    if (name !== undefined) return name;
  }
  return null;
}

/** The name of a large carrier that is meant; null: none of them. Of `DHL` the service says which. */
export function largeCarrier({ carrier, service }: WrittenCarrier): string | null {
  const text = carrier?.trim() || service?.trim() || "";
  const name = namedIn(text);
  if (name !== "DHL" || !service) return name;
  const said = words(service);
  const own = shared.find(({ services }) => services?.some((one) => said.includes(one)));
  return own?.name ?? name;
}

const MOST_CHARACTERS = 200;
const part = (text: string | null): string =>
  Array.from((text ?? "").toWellFormed().toLowerCase().replaceAll(/\s+/g, " ").trim())
    .slice(0, MOST_CHARACTERS)
    .join("");

/** How carriers are compared: of a service, or of all of them. Empty: there is no carrier. */
export const carrierKey = ({ carrier, service }: WrittenCarrier): string =>
  part(carrier) === "" ? "" : [carrier, service].map(part).map(encodeURIComponent).join("/");

/** What a cart calls a carrier. */
export interface CarrierRow {
  key: string;
  /** Null: unknown, it passes as the WMS writes it. */
  cart_name: string | null;
}

/** The keys of the rows that may name a carrier: of its service, then of all its services. */
export const carrierKeys = (written: WrittenCarrier): string[] =>
  [...new Set([carrierKey(written), carrierKey({ ...written, service: null })])].filter(
    (key) => key !== "",
  );

/** The cart's name of a carrier: its own row, else the large carrier's, else what the WMS writes. */
export function cartCarrier(written: WrittenCarrier, rows: ReadonlyMap<string, CarrierRow>) {
  for (const key of carrierKeys(written)) {
    const name = rows.get(key)?.cart_name;
    if (name != null) return { name, known: true };
  }
  const name = largeCarrier(written);
  return { name: name ?? written.carrier, known: name !== null };
}
