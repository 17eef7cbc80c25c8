import { listDataKeys, replaceDataKey } from "../store/merchants.ts";
import { commit } from "../store/statement.ts";
import type { AccountDeps } from "./deps.ts";

const PAGE_SIZE = 100;

/**
 * Wraps every merchant's data key with the first key of SEAL_KEYS, where it is not yet. Sealed
 * secrets stay as they are. Stopped half-way it goes on the next day; while it runs, both keys open.
 * A key that does not open is logged and stops no other. Reads one row per merchant, writes one per key that was wrapped by an older one.
 */
export async function rewrapDataKeys(
  deps: AccountDeps,
  pageSize = PAGE_SIZE,
): Promise<{ rewrapped: number; failed: number }> {
  const { directory } = deps.databases;
  let rewrapped = 0;
  let failed = 0;
  let after = "";
  for (;;) {
    const page = await listDataKeys(directory, after, pageSize);
    const replacements = await Promise.all(
      page.map(async ({ id, data_key }) => {
        try {
          const wrapped = await deps.sealer.rewrap(id, data_key);
          return wrapped === null ? null : replaceDataKey(id, data_key, wrapped);
        } catch (error) {
          failed += 1;
          deps.log.error("rewrap_failed", { merchant_id: id, error });
          return null;
        }
      }),
    );
    const done = await commit(directory, replacements);
    rewrapped += done.reduce((sum, { changes }) => sum + changes, 0);
    const last = page.at(-1);
    if (!last || page.length < pageSize) return { rewrapped, failed };
    after = last.id;
  }
}
