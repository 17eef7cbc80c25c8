/** `npm run sim -- --seeds 1000 --from 1`, or `--replay 17` for one seed and all it has to say. */
import { runSeed } from "./seed.ts";
const from = Number(process.argv[2] ?? 1);
const n = Number(process.argv[3] ?? 1);
for (let seed = from; seed < from + n; seed += 1) {
  const t = performance.now();
  const o = await runSeed(seed);
  console.log(seed, o.theme, Math.round(performance.now() - t), "ms", o.digest.slice(0, 12), o.orders, JSON.stringify(o.used), o.faults.size, [...o.faults.values()].reduce((a, b) => a + b, 0));
  for (const b of o.breaches) console.log("   ", b.invariant, ((b.at - o.start) / 86400000).toFixed(2), b.message);
}
