import { rewrapDataKeys } from "../../src/accounts/rewrap-data-keys.ts";
import type { Invocation } from "./invocation.ts";
import { call } from "./people.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const OLD_KEY = `k1:${Buffer.alloc(32, 7).toString("base64")}`;
const NEW_KEY = `k2:${Buffer.alloc(32, 9).toString("base64")}`;
/** Isolates that know the secret as it was go on for so long at most, beside the new ones. */
const OLD_ISOLATES_MS = 10 * MINUTE;

/** Whoever runs Dray rotates SEAL_KEYS, in the order that docs/operations.md says. */
export function planRotation(world: World, random: Random): void {
  const { timeline, start, hub, faults } = world;
  const put = (keys: string) => {
    hub.putSealKeys(keys, OLD_ISOLATES_MS);
    // They look whether everything still opens.
    for (const merchant of world.merchants)
      for (const id of [merchant.cartId, merchant.wmsId]) {
        const check = () => call(world, merchant, "POST", `/api/connections/${id}/check`);
        timeline.in(random.below(OLD_ISOLATES_MS), () => void check());
      }
  };
  timeline.at(start + random.between(24, 12 * 24) * HOUR, () => {
    faults.happened("Dray", "seal keys rotated");
    put(`${OLD_KEY},${NEW_KEY}`);
    timeline.in(HOUR / 2 + random.below(DAY), () => {
      put(`${NEW_KEY},${OLD_KEY}`);
      const since = timeline.now;
      if (random.chance(0.7)) timeline.in(random.below(OLD_ISOLATES_MS), () => wrapByHalf(world));
      let isOver = false;
      hub.readers.push((line) => {
        const isNextDay = timeline.now > since + DAY;
        if (isOver || !isNextDay || !line.includes('"event":"rewrap","rewrapped":0,"failed":0'))
          return;
        isOver = true;
        timeline.in(random.below(HOUR), () => put(NEW_KEY));
      });
    });
  });
}

/** A cron that fires out of turn wraps the first data key anew, and dies. */
function wrapByHalf({ hub, timeline, faults }: World): void {
  const wrapped = hub.d1.sqlite.prepare(
    "SELECT count(*) AS n FROM merchants WHERE data_key LIKE 'w1.k2.%'",
  );
  let isDone = false;
  const watch = (invocation: Invocation) => {
    if (isDone || invocation.dead) return;
    if (wrapped.get()?.["n"] === 1) {
      faults.happened("Dray", "data keys wrapped by half");
      hub.kill(invocation);
    } else timeline.in(1, () => watch(invocation));
  };
  const ended = hub.run("cron", (invocation) => {
    watch(invocation);
    return rewrapDataKeys(invocation.deps, 1);
  });
  void ended.then(() => {
    isDone = true;
  });
}
