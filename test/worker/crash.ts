import type { Coordinator } from "../../src/coordinator/client.ts";
import type { SendMail } from "../../src/platform/mail.ts";
import type { Deps, Outbox } from "../../src/sync/deps.ts";

/** Thrown where the process died. Whatever it does afterwards fails too. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * A process that dies at one of its step boundaries: before or after a call to the coordinator, a
 * D1 batch, a vendor call, a queue send. `crashAt` counts from 0; without it the process lives and
 * `boundaries` tells the names of all it passed.
 */
export interface Mortal {
  deps: Deps;
  boundaries: string[];
  died: () => boolean;
  /** For steps that the test itself makes, such as the ack. */
  pass(boundary: string): void;
}

export function mortal(deps: Deps, crashAt: number | null = null): Mortal {
  const boundaries: string[] = [];
  let dead = false;
  const pass = (boundary: string) => {
    if (dead) throw new Crash("dead");
    if (boundaries.length === crashAt) {
      dead = true;
      boundaries.push(boundary);
      throw new Crash(boundary);
    }
    boundaries.push(boundary);
  };
  const around = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    pass(`before ${name}`);
    const result = await call();
    pass(`after ${name}`);
    return result;
  };
  const queue = <M>(name: string, outbox: Outbox<M>): Outbox<M> => ({
    send: (...args) => around(`${name}.send`, () => outbox.send(...args)),
    sendBatch: (messages) => around(`${name}.send`, () => outbox.sendBatch(messages)),
  });
  const door = (db: D1Database): D1Database =>
    new Proxy(db, {
      get: (target, key) =>
        key === "batch"
          ? (statements: D1PreparedStatement[]) =>
              around("d1.batch", () => target.batch(statements))
          : key === "prepare"
            ? (text: string) => target.prepare(text)
            : Reflect.get(target, key),
    });
  const mailer =
    (send: SendMail): SendMail =>
    (envelope) =>
      around("mail.send", () => send(envelope));
  const coordinator = (inner: Coordinator): Coordinator => ({
    grant: (...args) => around("coordinator.grant", () => inner.grant(...args)),
    extend: (...args) => around("coordinator.extend", () => inner.extend(...args)),
    finish: (...args) => around("coordinator.finish", () => inner.finish(...args)),
    forget: (...args) => around("coordinator.forget", () => inner.forget(...args)),
    lastUses: (...args) => inner.lastUses(...args),
  });
  return {
    boundaries,
    died: () => dead,
    pass,
    deps: {
      ...deps,
      coordinator: (merchantId) => coordinator(deps.coordinator(merchantId)),
      databases: {
        directory: door(deps.databases.directory),
        shards: deps.databases.shards.map(door),
        of: async (merchantId) => door(await deps.databases.of(merchantId)),
      },
      mail: "send" in deps.mail ? { ...deps.mail, send: mailer(deps.mail.send) } : deps.mail,
      http: {
        fetch: (url, request) => {
          const { hostname, pathname } = new URL(url);
          const path = pathname.replace("/wp-json/wc/v3", "").replace(/\d+/g, "#");
          const name = `${request?.method ?? "GET"} ${hostname.split(".")[0]}${path}`;
          return around(name, () => deps.http.fetch(url, request));
        },
      },
      queues: {
        jobs: queue("jobs", deps.queues.jobs),
        deliveries: queue("deliveries", deps.queues.deliveries),
        notices: queue("notices", deps.queues.notices),
      },
    },
  };
}
