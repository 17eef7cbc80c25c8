import type { z } from "zod";
import { ConnectorFailure } from "../../../domain/errors.ts";
import type { Call, Page, PullRequest } from "../../contract.ts";
import type { VendorAnswer } from "../../vendor-http.ts";
import { signedHeaders } from "./signature.ts";
import { problemShape } from "./wire.ts";
import type { Feed, Secrets, Settings } from "./wire.ts";

export type WarehouseCall = Call<Settings, Secrets>;

const authorization = (call: WarehouseCall) => ({
  authorization: `Bearer ${call.secrets.api_token}`,
  accept: "application/json",
});

export const get = (call: WarehouseCall, path: string): Promise<VendorAnswer> =>
  call.http.send({ url: call.settings.base_url + path, headers: authorization(call) });

/** A signed POST. The same `key` again means the same message again. */
export function post(
  call: WarehouseCall,
  path: string,
  content: object,
  key: string,
): Promise<VendorAnswer> {
  const body = JSON.stringify(content);
  return call.http.send({
    method: "POST",
    url: call.settings.base_url + path,
    headers: {
      ...authorization(call),
      "content-type": "application/json",
      "idempotency-key": key,
      ...signedHeaders(call.secrets.signing_secret, key, call.clock.now(), body),
    },
    body,
  });
}

/** The path of one order; references may hold any character. */
export const orderPath = (reference: string): string => `/orders/${encodeURIComponent(reference)}`;

/**
 * One page of a feed, with what `read` made of its rows. The cursor stays where it was when the
 * warehouse has none to give; one that promises more without moving would be asked for ever, so it
 * is a `bad_response`.
 */
export async function pullPage<R>(
  call: WarehouseCall,
  path: string,
  request: PullRequest,
  shape: z.ZodType<Feed>,
  read: (rows: readonly unknown[]) => R,
): Promise<R & Pick<Page<unknown>, "next" | "drained">> {
  const query = new URLSearchParams();
  if (request.cursor) query.set("cursor", request.cursor);
  query.set("limit", String(request.limit));
  const answer = await get(call, `${path}?${query}`);
  if (answer.status !== 200) throw unexpected(answer, `GET ${path}`);
  const page = answer.json(shape);
  const next = page.next_cursor ?? request.cursor ?? "";
  if (page.has_more && next === (request.cursor ?? "")) {
    throw new ConnectorFailure(
      "bad_response",
      `GET ${path} has more, yet its cursor stands still`,
      {
        place: "next_cursor",
      },
    );
  }
  return { ...read(page.rows), next, drained: !page.has_more };
}

/** The `code` of a 4xx; an answer without one is not the warehouse's own but some server's before it. */
export const codeOf = (answer: VendorAnswer): string => answer.json(problemShape).code;

/** For a status that the protocol does not know here. Its body is not quoted: it may name a customer. */
export const unexpected = (answer: VendorAnswer, what: string): ConnectorFailure =>
  new ConnectorFailure(
    answer.status >= 400 ? "bad_request" : "bad_response",
    `${what} answered ${answer.status}, which the protocol does not know there`,
  );
