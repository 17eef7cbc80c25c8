import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { insertAudit } from "../store/audit.ts";
import { listConnections, updateConnection, type Connection } from "../store/connections.ts";
import { whileUnchanged } from "../store/fence.ts";
import { namedMethods } from "../store/ship-methods.ts";
import {
  deleteWmsMethods,
  listWmsMethods,
  putWmsMethods,
  type MethodWords,
  type WmsMethod,
} from "../store/wms-methods.ts";
import { changedMeanwhile } from "./change-connection.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { cartWms } from "./release-waiting.ts";

/** A method as people see it: what a person typed of it goes before what the WMS says. */
export type ShownWmsMethod = Omit<WmsMethod, "typed">;

export const shownMethod = ({ typed, name, carrier, ...method }: WmsMethod): ShownWmsMethod => ({
  ...method,
  name: typed?.name ?? name,
  carrier: typed?.carrier ?? carrier,
});

/** What a source says of a method that is stored; null: nothing. */
const wordsOf = (method: WmsMethod, source: WmsMethod["source"]): MethodWords | null =>
  method.source === source
    ? { name: method.name, carrier: method.carrier }
    : source === "typed"
      ? method.typed
      : null;

/** A method of which either source says something; null: neither does. */
function methodOf(
  code: string,
  wms: MethodWords | null,
  typed: MethodWords | null,
): WmsMethod | null {
  const words = ({ name, carrier }: MethodWords): MethodWords => ({ name, carrier });
  if (wms) return { code, ...words(wms), source: "wms", typed: typed && words(typed) };
  return typed && { code, ...words(typed), source: "typed", typed: null };
}

export interface WmsMethodsChanged {
  items: readonly ShownWmsMethod[];
  added: number;
  changed: number;
  removed: number;
  /** What looks wrong: methods that are gone while mappings use them, mappings to what is not there. */
  warnings: string[];
}

/** A WMS of the merchant's. Throws `not_found`. */
export function wmsAmong(all: readonly Connection[], wmsId: ConnectionId): Connection {
  const wms = all.find(({ id, side }) => id === wmsId && side === "wms");
  if (!wms) throw new DrayError("not_found", "No such WMS");
  return wms;
}

const isSame = (a: WmsMethod, b: WmsMethod): boolean =>
  a.name === b.name &&
  a.carrier === b.carrier &&
  a.source === b.source &&
  JSON.stringify(a.typed) === JSON.stringify(b.typed);

/**
 * Replaces what one source says of the methods of a WMS; what the other says stays, and of a method that
 * both name a person's word goes before the WMS's. One that is gone stays while a mapping uses it, with a
 * warning. Where anything changes, the orders that wait for their method are looked at again.
 */
export async function replaceWmsMethods(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  wanted: readonly Omit<WmsMethod, "source" | "typed">[],
  source: WmsMethod["source"],
  by: Actor,
): Promise<WmsMethodsChanged> {
  const db = await deps.databases.of(merchantId);
  const all = await listConnections(db, merchantId);
  const wms = wmsAmong(all, wmsId);
  const carts = all.filter(({ id, side }) => side === "cart" && cartWms(all, id) === wmsId);
  const [stored, named] = await Promise.all([
    listWmsMethods(db, merchantId, wmsId),
    namedMethods(
      db,
      merchantId,
      carts.map(({ id }) => id),
    ),
  ]);
  const before = new Map(stored.map((one) => [one.code, one]));
  const said = new Map(wanted.map((one) => [one.code, one]));
  const used = new Set(named.map(({ wms_method }) => wms_method));
  const after = new Map(
    [...new Set([...before.keys(), ...said.keys()])].map((code) => {
      const was = before.get(code);
      const words = (of: WmsMethod["source"]) =>
        of === source ? (said.get(code) ?? null) : was ? wordsOf(was, of) : null;
      return [code, methodOf(code, words("wms"), words("typed"))] as const;
    }),
  );
  const gone = stored.filter(({ code }) => !after.get(code));
  const removed = gone.filter(({ code }) => !used.has(code));
  const kept = gone.filter(({ code }) => used.has(code));
  const now = [...after.values()].filter((one) => one !== null);
  const added = now.filter(({ code }) => !before.has(code));
  const changed = now.filter((one) => {
    const was = before.get(one.code);
    return was && !isSame(was, one);
  });
  const items = [...now, ...kept].toSorted((a, b) => (a.code < b.code ? -1 : 1)).map(shownMethod);
  const there = new Set(items.map(({ code }) => code));
  const warnings = [
    ...kept.map(
      ({ code }) => `"${code}" is listed no more. It stays while mappings use it: map them anew.`,
    ),
    ...carts.flatMap(({ id, name }) =>
      named
        .filter(({ cart_id, wms_method }) => cart_id === id && !there.has(wms_method))
        .map(
          ({ wms_method }) =>
            `${name} maps to "${wms_method}", which is none of the WMS's methods.`,
        ),
    ),
  ];
  if (added.length + changed.length + removed.length > 0) {
    const unchanged = whileUnchanged(merchantId, wmsId, wms.updated_at);
    const codes = (of: readonly WmsMethod[]) => of.map(({ code }) => code);
    const { done } = await commitAndRelease(
      deps,
      merchantId,
      [
        putWmsMethods(merchantId, wmsId, [...added, ...changed], unchanged),
        deleteWmsMethods(merchantId, wmsId, codes(removed), unchanged),
        insertAudit(
          merchantId,
          {
            id: deps.ids.next("aud"),
            at: deps.clock.now(),
            by,
            act: "wms_methods_changed",
            subject: wmsId,
            before: { removed: codes(removed) },
            after: { added: codes(added), changed: codes(changed) },
          },
          unchanged,
        ),
      ],
      carts.map(({ id }) => ({
        text: "The methods of the WMS were changed.",
        of: { kind: "ship_method", cart_id: id },
      })),
      by,
      {
        when: unchanged,
        end: updateConnection(merchantId, wmsId, wms.updated_at, {}, deps.clock.now()),
      },
    );
    if (done.at(-1)?.changes !== 1) throw changedMeanwhile();
  }
  return {
    items,
    added: added.length,
    changed: changed.length,
    removed: removed.length,
    warnings,
  };
}
