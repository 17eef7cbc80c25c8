import type { Connector } from "../connectors/contract.ts";
import { fieldsOf } from "../connectors/fields.ts";
import { DrayError } from "../domain/errors.ts";
import { fromBase64, toBase64 } from "../platform/base64.ts";
import type { Deps } from "./deps.ts";

/** The secret that a vendor signs its webhooks with, in every connector that has one. */
export const WEBHOOK_SECRET = "webhook_secret";
/** The one before it, good until the next rotation. */
export const PREVIOUS_WEBHOOK_SECRET = "webhook_secret_previous";

type Group = "settings" | "secrets";

/** Lays given fields over stored ones: null and a blank text take a field away. */
export function overlay<V>(
  stored: Readonly<Record<string, V>>,
  given: Readonly<Record<string, V | null>>,
): Record<string, V> {
  const entries = Object.entries({ ...stored, ...given });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, V] => entry[1] !== null && entry[1] !== ""),
  );
}

/** Throws `invalid` for a field that the connector does not have, so that no typing error is stored. */
export function refuseUnknownFields(
  connector: Connector,
  group: Group,
  given: Readonly<Record<string, unknown>>,
): void {
  const known = new Set(
    fieldsOf(connector)
      .filter((field) => field.group === group)
      .map((field) => field.name),
  );
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new DrayError(
    "invalid",
    `${connector.label} has no such field`,
    unknown.map((name) => ({
      path: `${group}.${name.slice(0, 60)}`,
      message: `${connector.label} has: ${[...known].join(", ")}`,
    })),
  );
}

/** Whether Dray itself makes the webhook secret when nobody gave one. */
export const makesWebhookSecret = (connector: Connector): boolean =>
  connector.webhooks !== undefined &&
  fieldsOf(connector).some((field) => field.group === "secrets" && field.name === WEBHOOK_SECRET);

/** 256 random bits in the form of Standard Webhooks, which every other vendor takes as a plain text. */
export const newWebhookSecret = (deps: Pick<Deps, "ids">): string =>
  `whsec_${toBase64(fromBase64(deps.ids.secret()) ?? new Uint8Array(32))}`;
