import type { Fetch } from "../../../src/platform/fetch.ts";
import { createHttp, type HttpOptions } from "../../../src/platform/http.ts";
import { createLog } from "../../../src/platform/log.ts";

export interface SentCall {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: unknown;
}

/** An Http on a fake network: every call is kept, every name resolves to a public address unless told. */
export const fakeHttp = (
  answer: (call: SentCall, index: number) => Response | Promise<Response>,
  options: Partial<HttpOptions> = {},
) => {
  const calls: SentCall[] = [];
  const lines: string[] = [];
  const lookups: string[] = [];
  const clock = { now: () => 1_800_000_000_000 };
  const send: Fetch = async (url, init) => {
    const call = {
      url,
      method: init.method ?? "GET",
      headers: { ...(init.headers as Record<string, string>) },
      body: init.body,
    };
    calls.push(call);
    return answer(call, calls.length - 1);
  };
  const http = createHttp({
    fetch: send,
    clock,
    log: createLog((line) => lines.push(line), clock),
    resolve: async (host) => {
      lookups.push(host);
      return ["93.184.215.14"];
    },
    ...options,
  });
  return { http, calls, lines, lookups };
};

/** A deadline that is over when the test says so. */
export const handDeadline = () => {
  const controller = new AbortController();
  const state = { asked: 0, cleared: 0 };
  return {
    state,
    expire: () => controller.abort(),
    deadline: (ms: number) => {
      state.asked = ms;
      return { signal: controller.signal, clear: () => (state.cleared += 1) };
    },
  };
};
