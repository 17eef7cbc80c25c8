/**
 * Makes the demo merchant through the API, as a person would: account, merchant, the sandbox's shop
 * and warehouse as connections, delivery on. Every step is remembered, so that a second run does
 * only what is missing and what moved.
 */
import { randomBytes } from "node:crypto";

export interface Key {
  user: string;
  key: string;
}

/** What earlier runs have made. */
export interface SeedState {
  url?: string;
  sandboxUrl?: string;
  warehouseKey?: Key;
  merchantId?: string;
  merchantKey?: Key;
  cartId?: string;
  cartKey?: Key;
  wmsId?: string;
  webhookSecret?: string;
  deliveryOn?: boolean;
}

export interface SeedOptions {
  /** Where the product and the sandbox reach each other, without a trailing slash. */
  url: string;
  sandboxUrl: string;
  setupToken: string;
  state: SeedState;
  /** Called after each step with everything made so far. */
  save?: (state: SeedState) => void;
}

export interface Demo {
  url: string;
  sandboxUrl: string;
  keys: { cart: Key; merchant: Key; warehouse: Key };
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

type Authorization = { bearer: string } | Key | null;

const authorizationOf = (who: Authorization): Record<string, string> => {
  if (who === null) return {};
  if ("bearer" in who) return { authorization: `Bearer ${who.bearer}` };
  return { authorization: `Basic ${Buffer.from(`${who.user}:${who.key}`).toString("base64")}` };
};

async function call(
  base: string,
  method: string,
  path: string,
  who: Authorization,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...authorizationOf(who),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    if (response.ok && text !== "")
      throw new Error(`${method} ${path} answered ${response.status} without JSON`);
  }
  // A Worker that is not configured says so in plain text.
  if (!response.ok && response.headers.get("content-type")?.startsWith("text/plain"))
    parsed = { error: { message: text.trim() } };
  const object = typeof parsed === "object" && parsed !== null ? parsed : { text };
  return { status: response.status, body: object as Record<string, unknown> };
}

/** Says it in the words of the API where it has some; which call it was is the cause. */
function refused(method: string, path: string, { status, body }: Answer): Error {
  const { error } = body;
  const message =
    typeof error === "object" && error !== null && "message" in error ? error.message : null;
  const cause = `${method} ${path} answered ${status}`;
  return new Error(
    typeof message === "string" && message !== ""
      ? message
      : `The demo could not be made: ${cause}.`,
    { cause },
  );
}

async function must(...args: Parameters<typeof call>): Promise<Record<string, unknown>> {
  const answer = await call(...args);
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const [, method, path] = args;
  throw refused(method, path, answer);
}

const isKey = (value: unknown): value is Key =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Key).user === "string" &&
  typeof (value as Key).key === "string";

const keyIn = (body: Record<string, unknown>, path: string): Key => {
  if (isKey(body["key"])) return { user: body["key"].user, key: body["key"].key };
  throw new Error(`${path} answered without a key`);
};

const idIn = (body: Record<string, unknown>, name: string): string => {
  const value = body[name];
  if (typeof value === "object" && value !== null && "id" in value) return String(value.id);
  throw new Error(`The answer has no ${name} with an id`);
};

const startAfresh =
  "The local data has an account already, but its demo keys are lost. Delete the data folder (.dray, or DATA_DIR) to start afresh.";

/** Makes or completes the demo; throws in words when it cannot. */
export async function seedDemo(options: SeedOptions): Promise<Demo> {
  const { url, sandboxUrl, setupToken, save = () => {} } = options;
  let state = options.state;
  const note = (more: SeedState) => save((state = { ...state, ...more }));

  if (state.merchantKey) {
    const { status } = await call(url, "GET", "/api/connections", state.merchantKey);
    // The keys are there and the data behind them is not.
    if (status === 401) state = {};
  }

  let { warehouseKey } = state;
  if (!warehouseKey) {
    const account = { account: { name: "Demo fulfilment" } };
    const answer = await call(url, "POST", "/api/setup", { bearer: setupToken }, account);
    if (answer.status === 409) throw new Error(startAfresh);
    if (answer.status >= 300) throw refused("POST", "/api/setup", answer);
    note({ warehouseKey: (warehouseKey = keyIn(answer.body, "POST /api/setup")) });
  }

  let { merchantId, merchantKey } = state;
  if (!merchantId || !merchantKey) {
    const merchant = { name: "Demo merchant" };
    const body = await must(url, "POST", "/api/merchants", warehouseKey, merchant);
    merchantId = idIn(body, "merchant");
    merchantKey = keyIn(body, "POST /api/merchants");
    note({ merchantId, merchantKey });
  }

  const webhookSecret = state.webhookSecret ?? `whsec_${randomBytes(32).toString("base64")}`;
  const credentials = await must(sandboxUrl, "GET", "/control/credentials", null);
  const connectionKeys = {
    woocommerce: {
      consumer_key: credentials["consumer_key"],
      consumer_secret: credentials["consumer_secret"],
    },
    warehouse: {
      api_token: credentials["api_token"],
      signing_secret: credentials["signing_secret"],
      webhook_secret: webhookSecret,
    },
  };

  const places = {
    shop: { store_url: credentials["store_url"] },
    warehouse: { base_url: credentials["base_url"] },
  };

  // The warehouse comes first: the first orders find where to go.
  let { wmsId } = state;
  if (!wmsId) {
    const body = await must(url, "POST", "/api/connections", merchantKey, {
      connector: "http-warehouse",
      name: "Demo warehouse (sandbox)",
      settings: places.warehouse,
      secrets: connectionKeys.warehouse,
    });
    note({ wmsId: (wmsId = idIn(body, "connection")), webhookSecret, url, sandboxUrl });
  }

  let { cartId, cartKey } = state;
  if (!cartId || !cartKey) {
    const body = await must(url, "POST", "/api/connections", merchantKey, {
      connector: "woocommerce",
      name: "Demo shop (sandbox)",
      settings: places.shop,
      secrets: connectionKeys.woocommerce,
      key: true,
    });
    cartId = idIn(body, "connection");
    cartKey = keyIn(body, "POST /api/connections");
    note({ cartId, cartKey });
  }

  if (state.sandboxUrl !== sandboxUrl || state.url !== url) {
    const move = (id: string, settings: unknown) =>
      must(url, "PATCH", `/api/connections/${id}`, merchantKey, { settings });
    await move(wmsId, places.warehouse);
    await move(cartId, places.shop);
    // The shop still calls the old address; new secrets make Dray register its webhooks again.
    await must(url, "POST", `/api/connections/${cartId}/secrets`, merchantKey, {
      secrets: connectionKeys.woocommerce,
    });
    note({ url, sandboxUrl });
  }

  if (!state.deliveryOn) {
    await must(url, "PATCH", `/api/connections/${cartId}`, merchantKey, { delivery: true });
    note({ deliveryOn: true });
  }

  await must(sandboxUrl, "POST", "/control/warehouse-webhook", null, {
    url: `${url}/webhooks/${merchantId}/${wmsId}`,
    secret: webhookSecret,
  });

  return {
    url,
    sandboxUrl,
    keys: { cart: cartKey, merchant: merchantKey, warehouse: warehouseKey },
  };
}
