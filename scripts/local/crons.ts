/** Fires the crons of a local Worker, which `wrangler dev` leaves to others. */

const matchesField = (field: string, value: number): boolean =>
  field.split(",").some((part) => {
    const [range, step] = part.split("/");
    if (range !== "*" && step === undefined) return Number(range) === value;
    return range === "*" && value % Number(step ?? 1) === 0;
  });

/** Whether a cron of stars, steps and numbers fires in the minute (UTC) of `at`. */
export function fires(cron: string, at: Date): boolean {
  const fields = cron.trim().split(/\s+/);
  const values = [
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth() + 1,
    at.getUTCDay(),
  ];
  return values.every((value, index) => matchesField(fields[index] ?? "*", value));
}

/** The crons that a wrangler.toml names. */
export function cronsIn(toml: string): string[] {
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(toml)?.[1] ?? "";
  return [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** Calls `fire` at the start of each minute for every cron that is due; returns how to stop. */
export function startTicker(crons: readonly string[], fire: (cron: string) => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    timer = setTimeout(
      () => {
        const now = new Date();
        for (const cron of crons) if (fires(cron, now)) fire(cron);
        wait();
      },
      60_000 - (Date.now() % 60_000) + 5,
    );
  };
  wait();
  return () => clearTimeout(timer);
}
