/**
 * `npm run sim:power`: plants one bug after the other and looks how many seeds it takes until an
 * invariant does not hold. `--only TEXT` for bugs by name. Prints the table of `docs/simulation.md`.
 */
import { parseArgs } from "node:util";
import { firstFailure } from "../corpus.ts";
import { bugs } from "./bugs.ts";
import { planted } from "./plant.ts";

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, seeds: { type: "string", default: "300" } },
});

const chosen = bugs.filter(({ name }) => name.includes(values.only));
for (const bug of chosen) planted(bug);
let missed = 0;
console.log("| bug | planted in | breaks | found by | seeds |\n|---|---|---|---|---|");
for (const bug of chosen) {
  const found = await firstFailure(Number(values.seeds), bug);
  if (found === null) missed += 1;
  const by = found === null ? "**nothing**" : found.invariants.join(", ");
  const seeds = found === null ? `> ${values.seeds}` : String(found.tried);
  console.log(`| ${bug.name} | \`${bug.file}\` | ${bug.breaks} | ${by} | ${seeds} |`);
}
console.log(`\n${chosen.length} planted, ${missed} not found`);
process.exit(missed > 0 ? 1 : 0);
