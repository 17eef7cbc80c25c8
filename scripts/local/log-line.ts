/** What of a Worker's output a person in front of the terminal wants to see; null for the rest. */
export function shownLine(line: string): string | null {
  const start = line.indexOf("{");
  if (start >= 0) {
    const entry = parse(line.slice(start));
    if (typeof entry?.["event"] === "string") return shownEntry(entry);
  }
  return /\[ERROR\]|^\s*(Uncaught )?[A-Za-z]*Error: /.test(line) ? line.trim() : null;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** They are in the log file; on the terminal they would bury the rest. */
const quiet = new Set(["request", "vendor_call"]);

function shownEntry(entry: Record<string, unknown>): string | null {
  const { at, level, event, ...fields } = entry;
  const name = String(event);
  if (level === "info" && quiet.has(name)) return null;
  const time = typeof at === "string" ? at.slice(11, 19) : "        ";
  const words = Object.entries(fields)
    .filter(([key, value]) => value !== null && value !== "" && !key.endsWith("_id"))
    .map(
      ([key, value]) =>
        `${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
    );
  const mark = level === "info" ? "" : `${String(level).toUpperCase()} `;
  return `${time} ${mark}${name} ${words.join(" ")}`.trimEnd();
}
