import { z } from "zod";
import { ConnectorFailure } from "../../../domain/errors.ts";
import { toBase64 } from "../../../platform/base64.ts";
import type { Call } from "../../contract.ts";
import type { VendorAnswer, VendorRequest } from "../../vendor-http.ts";
import { wooError } from "./wire.ts";

export const settingsShape = z.object({
  store_url: z
    .url({ protocol: /^https?$/ })
    .refine((value) => !/[?#@]/.test(value), "Give the shop's address alone, without ? # or @.")
    .overwrite((value) => value.replace(/\/+$/, ""))
    .meta({
      title: "Store address",
      description: "Where the shop is, such as https://shop.example or https://example.com/shop.",
    }),
  complete_orders: z.boolean().default(true).meta({
    title: "Complete orders",
    description: "When nothing more will ship, the shop's order is set to Completed.",
  }),
});
export type WooSettings = z.infer<typeof settingsShape>;

const visible = z
  .string()
  .trim()
  .regex(/^[\x21-\x39\x3b-\x7e]+$/, "This is no key: copy it once more.");

export const secretsShape = z.object({
  consumer_key: visible.meta({
    title: "Consumer key",
    description: "Starts with ck_. WooCommerce > Settings > Advanced > REST API, Read/Write.",
  }),
  consumer_secret: visible.meta({
    title: "Consumer secret",
    description: "Starts with cs_. The shop shows it once, together with the consumer key.",
  }),
  webhook_secret: z.string().min(1).optional().meta({
    title: "Webhook secret",
    description: "Signs the shop's webhooks. Leave it blank and one is made.",
  }),
});
export type WooSecrets = z.infer<typeof secretsShape>;

export type WooCall = Call<WooSettings, WooSecrets>;

type Query = Readonly<Record<string, string | number | undefined>>;

/** Asks the shop's REST API v3. Every answer but the failures of `VendorHttp` comes back. */
export const ask = (
  call: WooCall,
  method: NonNullable<VendorRequest["method"]>,
  path: string,
  more: { query?: Query; body?: unknown } = {},
): Promise<VendorAnswer> => {
  const url = new URL(`${call.settings.store_url}/wp-json/wc/v3${path}`);
  for (const [name, value] of Object.entries(more.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const pair = `${call.secrets.consumer_key}:${call.secrets.consumer_secret}`;
  return call.http.send({
    method,
    url: url.href,
    headers: {
      authorization: `Basic ${toBase64(new TextEncoder().encode(pair))}`,
      accept: "application/json",
    },
    ...(more.body === undefined ? {} : { body: more.body }),
  });
};

export const answered = (answer: VendorAnswer): boolean =>
  answer.status >= 200 && answer.status < 300;

/** The shop's own words for its "no"; `code` is blank when a page came instead of data. */
export const refusal = (answer: VendorAnswer): { code: string; message: string } => {
  const parsed = wooError.safeParse(parseJson(answer.text));
  const code = parsed.success ? String(parsed.data.code ?? "") : "";
  const message = parsed.success ? (parsed.data.message ?? "") : "";
  return {
    code,
    message:
      message.slice(0, 500) ||
      (code === ""
        ? `The shop answered ${answer.status} with a page instead of data.`
        : `The shop answered ${answer.status} (${code}).`),
  };
};

/** The shop does not know this address: a feature is off, or permalinks are plain. */
export const hasNoRoute = (answer: VendorAnswer): boolean =>
  answer.status === 404 && refusal(answer).code === "rest_no_route";

/** The order is not there (`woocommerce_rest_shop_order_invalid_id` or `.._order_invalid_id`). */
export const isOrderGone = (answer: VendorAnswer): boolean =>
  answer.status === 404 && refusal(answer).code.endsWith("order_invalid_id");

/** A "no" where the contract has no place for one. */
export const unexpected = (answer: VendorAnswer): ConnectorFailure => {
  const { code, message } = refusal(answer);
  const kind = code === "" || code === "rest_no_route" ? "bad_response" : "bad_request";
  return new ConnectorFailure(kind, code === "" ? message : `${message} (${code})`);
};

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
