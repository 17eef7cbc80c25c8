/** How often each fault met each place, over as many seeds as were run. */
export type Counts = Map<string, number>;

const SEPARATOR = " | ";

export const cellOf = (port: string, site: string, fault: string): string =>
  [port, site, fault].join(SEPARATOR);

export const count = (counts: Counts, cell: string, by = 1): void => {
  counts.set(cell, (counts.get(cell) ?? 0) + by);
};

export function addCounts(to: Counts, from: Iterable<readonly [string, number]>): void {
  for (const [cell, by] of from) count(to, cell, by);
}

/** One table per kind of call: a row per fault, a column per place. */
export function printMatrix(counts: Counts): string {
  const ports = new Map<string, { sites: Set<string>; faults: Set<string> }>();
  for (const cell of counts.keys()) {
    const [port = "", site = "", fault = ""] = cell.split(SEPARATOR);
    const table = ports.get(port) ?? { sites: new Set(), faults: new Set() };
    table.sites.add(site);
    table.faults.add(fault);
    ports.set(port, table);
  }
  const blocks = [...ports].map(([port, { sites, faults }]) => {
    const columns = [...sites].toSorted();
    const key = columns.map((site, at) => `  ${at + 1}: ${site}`).join("\n");
    const width = Math.max(...[...faults].map((fault) => fault.length));
    const head = `${" ".repeat(width)}${columns.map((_, at) => String(at + 1).padStart(6)).join("")}`;
    const rows = [...faults].toSorted().map((fault) => {
      const cells = columns.map((site) => {
        const n = counts.get(cellOf(port, site, fault));
        return String(n ?? "-").padStart(6);
      });
      return `${fault.padEnd(width)}${cells.join("")}`;
    });
    return [`${port}, at`, key, head, ...rows].join("\n");
  });
  return blocks.join("\n\n");
}
