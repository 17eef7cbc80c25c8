import { api } from "../../../src/api/app.ts";
import type { KeyPair } from "../../../src/accounts/new-key.ts";
import type { TestDeps } from "../deps.ts";

export interface Sent {
  key?: KeyPair;
  /** JSON, or a text that is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  /** What SETUP_TOKEN is set to. */
  setupToken?: string | null;
}

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  // What an answer holds is what the tests are about.
  json: ReturnType<typeof JSON.parse>;
}

export const basic = ({ user, key }: KeyPair): string => `Basic ${btoa(`${user}:${key}`)}`;

/** One request to the API, answered in this isolate with the test's own Deps. */
export async function call(
  deps: TestDeps,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Answered> {
  const headers = new Headers(sent.headers);
  if (sent.key) headers.set("authorization", basic(sent.key));
  const body = typeof sent.body === "string" ? sent.body : JSON.stringify(sent.body);
  const request = new Request(`https://dray.test${path}`, {
    method,
    headers,
    ...(sent.body === undefined ? {} : { body }),
  });
  const bindings = {
    deps,
    processId: deps.ids.next("prc"),
    setupToken: sent.setupToken ?? null,
  };
  const response = await api.fetch(request, bindings);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : null,
  };
}

/** A caller with a key: JSON in, status and JSON out. */
export const client =
  (deps: TestDeps, key: KeyPair) =>
  async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Answered["json"] }> => {
    const { status, json } = await call(
      deps,
      method,
      path,
      body === undefined ? { key } : { key, body },
    );
    return { status, body: json };
  };
