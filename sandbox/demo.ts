/** Demo products, people and credentials. None of them opens anything but this sandbox. */

export const credentials = {
  consumer_key: "ck_demo_sandbox_key",
  consumer_secret: "cs_demo_sandbox_secret",
  api_token: "demo_sandbox_token",
  signing_secret: `whsec_${btoa("demo sandbox signing secret key!")}`,
};

export const demoProducts = [
  { sku: "DEMO-MUG", name: "Demo mug", price: 1299, weight: "0.4", barcode: "2000000000015" },
  {
    sku: "DEMO-SHIRT-M",
    name: "Demo shirt, M",
    price: 2450,
    weight: "0.2",
    barcode: "2000000000022",
  },
  { sku: "DEMO-POSTER", name: "Demo poster", price: 1800, weight: "0.3", barcode: "2000000000039" },
  { sku: "DEMO-CANDLE", name: "Demo candle", price: 950, weight: "0.5", barcode: "2000000000046" },
  { sku: "DEMO-BAG", name: "Demo bag", price: 3200, weight: "0.6", barcode: "2000000000053" },
] as const;

/** What the demo warehouse calls its ship methods. */
export const demoShipMethods = [
  { code: "UPS-GND", name: "UPS Ground", carrier: "UPS" },
  { code: "UPS-2DA", name: "UPS 2nd Day Air", carrier: "UPS" },
  { code: "USPS-PRI", name: "USPS Priority Mail", carrier: "USPS" },
  { code: "FDX-INTL", name: "FedEx International Economy", carrier: "FedEx" },
  { code: "PICKUP", name: "The customer picks it up", carrier: null },
] as const;

const places = [
  { city: "Austin", state: "TX", postcode: "78701", country: "US" },
  { city: "Portland", state: "OR", postcode: "97201", country: "US" },
  { city: "Brooklyn", state: "NY", postcode: "11201", country: "US" },
  { city: "Toronto", state: "ON", postcode: "M5V 2T6", country: "CA" },
  { city: "Berlin", state: "", postcode: "10115", country: "DE" },
] as const;

/** The `n`th demo customer's address, in a country that has one; the same `n` lives at the same place. */
export function demoAddress(n: number, country?: string) {
  const there = places.filter((place) => country === undefined || place.country === country);
  const all = there.length === 0 ? places : there;
  const place = all[n % all.length] ?? places[0];
  return {
    first_name: "Demo",
    last_name: `Customer ${n}`,
    company: "",
    address_1: `${n} Demo Street`,
    address_2: n % 3 === 0 ? `Apt ${n % 20}` : "",
    ...place,
    phone: `555-01${String(n % 100).padStart(2, "0")}`,
  };
}

/** One to three lines for the `n`th demo order. */
export const demoLines = (n: number): { sku: string; quantity: number }[] =>
  Array.from({ length: 1 + (n % 3) }, (_, at) => ({
    sku: demoProducts[(n + at) % demoProducts.length]?.sku ?? demoProducts[0].sku,
    quantity: 1 + ((n + at) % 2),
  }));
