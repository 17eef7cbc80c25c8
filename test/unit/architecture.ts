import { dirname, join, normalize } from "node:path/posix";
import { parseSync } from "oxc-parser";

/** The source as `path from src/` → text. */
export type Source = ReadonlyMap<string, string>;

/** Which rooms a room may import besides itself. A file directly in src/ is of the roof. */
export const imports: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  platform: [],
  store: ["domain", "platform"],
  connectors: ["domain", "platform"],
  coordinator: ["domain", "platform"],
  notify: ["domain", "platform"],
  accounts: ["store", "domain", "platform"],
  sync: ["accounts", "store", "connectors", "coordinator", "notify", "domain", "platform"],
  api: ["sync", "accounts", "connectors", "domain", "platform"],
  web: ["sync", "accounts", "connectors", "domain", "platform"],
  webhooks: ["sync", "accounts", "connectors", "domain", "platform"],
  jobs: ["sync", "accounts", "connectors", "domain", "platform"],
  roof: "api web webhooks jobs sync accounts notify coordinator connectors store domain platform".split(
    " ",
  ),
};
export const roof: readonly string[] = ["index.ts", "deps.ts", "env.d.ts"];

const edges = ["api", "web", "webhooks"];
/** Packages that only some rooms may know; every other package is free. */
const packages: readonly { name: RegExp; rooms: readonly string[]; files: readonly string[] }[] = [
  { name: /^cloudflare:email$/, rooms: [], files: ["platform/mailer.ts"] },
  { name: /^mimetext(\/|$)/, rooms: [], files: ["notify/compose-mime.ts"] },
  { name: /^cloudflare:/, rooms: ["coordinator"], files: ["index.ts"] },
  { name: /^drizzle-orm(\/|$)/, rooms: ["store"], files: [] },
  { name: /^@?hono(\/|$)/, rooms: edges, files: ["index.ts"] },
  {
    name: /^(node:)?(crypto|timers|http|https|http2|net|tls|dgram|dns|perf_hooks|process)(\/|$)/,
    rooms: ["platform"],
    files: [],
  },
];

/** Time, chance and the network, as globals ... */
const globals = new Set(
  (
    "fetch setTimeout setInterval setImmediate performance WebSocket EventSource XMLHttpRequest " +
    "process"
  ).split(" "),
);
/** ... and as properties of what is otherwise harmless. */
const properties = new Set([
  "Date.now",
  "Math.random",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  ...["globalThis", "self"].flatMap((owner) => [...globals].map((name) => `${owner}.${name}`)),
]);

const roomOf = (file: string): string =>
  file.includes("/") ? file.slice(0, file.indexOf("/")) : "roof";

interface Node {
  type: string;
  [key: string]: unknown;
}
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function* nodes(
  node: Node,
  parent: Node | null = null,
  role = "",
): Generator<{ node: Node; parent: Node | null; role: string }> {
  yield { node, parent, role };
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) yield* nodes(child, node, key);
  }
}

const nameOf = (node: unknown): string | null =>
  isNode(node) && node.type === "Identifier" ? String(node["name"]) : null;
const textOf = (node: unknown): string | null =>
  isNode(node) && node.type === "Literal" ? String(node["value"]) : null;

/** An identifier that is only a label: `request.fetch`, `{ fetch: f }`, `fetch() {}` in an object. */
const isLabel = (parent: Node | null, role: string): boolean =>
  parent !== null &&
  parent["computed"] !== true &&
  ((parent.type === "MemberExpression" && role === "property") ||
    (role === "key" && parent["shorthand"] !== true) ||
    (parent.type === "TSQualifiedName" && role === "right") ||
    parent.type === "ExportSpecifier");

interface Reading {
  imports: string[];
  /** Those of them that remain at run time: the others cannot make a circle. */
  values: string[];
  problems: string[];
}

function read(file: string, text: string): Reading {
  const { program, module, errors } = parseSync(file, text);
  const found: Reading = {
    imports: [],
    values: [],
    problems: errors.map((error) => error.message),
  };
  for (const { moduleRequest, entries } of [
    ...module.staticImports,
    ...module.staticExports.flatMap(({ entries: [...all] }) =>
      all.map((entry) => ({ moduleRequest: entry.moduleRequest, entries: [entry] })),
    ),
  ]) {
    if (!moduleRequest) continue;
    found.imports.push(moduleRequest.value);
    const erased = entries.length > 0 && entries.every((entry) => entry.isType);
    if (!erased) found.values.push(moduleRequest.value);
  }

  const outside = roomOf(file) !== "platform";
  for (const { node, parent, role } of nodes(program as unknown as Node)) {
    if (node.type === "ImportExpression" || node.type === "TSImportType") {
      const target = textOf(node["source"]);
      if (target === null) found.problems.push("imports something that is only known at run time");
      else found.imports.push(target);
    }
    if (!outside) continue;
    const name = nameOf(node);
    if (name !== null && globals.has(name) && !isLabel(parent, role))
      found.problems.push(`uses ${name}; only platform may`);
    if (node.type === "MemberExpression") {
      const property =
        node["computed"] === true ? textOf(node["property"]) : nameOf(node["property"]);
      const path = `${nameOf(node["object"])}.${property}`;
      if (properties.has(path)) found.problems.push(`uses ${path}; only platform may`);
    }
    if (nameOf(node["callee"]) === "Date") {
      const bare = node.type === "CallExpression" || (node["arguments"] as unknown[]).length === 0;
      if (bare) found.problems.push("asks for the present time with Date; only platform may");
    }
    if (node.type === "VariableDeclarator" && isNode(node["id"])) {
      const taken = node["id"].type === "ObjectPattern" ? nameOf(node["init"]) : null;
      const source = ["Date", "Math", "crypto", "globalThis", "self"].find(
        (name_) => name_ === taken,
      );
      if (source !== undefined) found.problems.push(`takes ${source} apart; only platform may`);
    }
  }
  return found;
}

/** Finer than rooms: which files of a room its neighbours may know. */
function mayKnow(from: string, to: string): boolean {
  const [there, here] = [roomOf(to), roomOf(from)];
  const connector = /^connectors\/(?:carts|warehouses)\/[^/]+\//;
  const made = connector.exec(to)?.[0];
  if (made !== undefined) return from === "connectors/registry.ts" || from.startsWith(made);
  if (there === "coordinator" && here === "sync") return to === "coordinator/client.ts";
  return true;
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push(`goes round in a circle: ${[...path.slice(at), file].join(" → ")}`);
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** Every breach of the rules above, each as `file: what is wrong`; and the files that were read. */
export function checkSource(source: Source): { problems: string[]; seen: string[] } {
  const graph = new Map<string, string[]>();
  const problems: string[] = [];
  for (const [file, text] of source) {
    const say = (problem: string) => problems.push(`${file}: ${problem}`);
    const room = roomOf(file);
    const allowed = imports[room];
    if (allowed === undefined) say(`src/${room} is not a room; the import table does not name it`);
    if (room === "roof" && !roof.includes(file)) say("does not belong directly in src/");
    if (file.endsWith(".tsx") && room !== "web") say("pages belong to src/web");
    if (/pbkdf2/i.test(text)) say("mentions PBKDF2, which is too weak for passwords here");

    const reading = read(file, text);
    for (const problem of new Set(reading.problems)) say(problem);
    const targets = [];
    for (const specifier of new Set(reading.imports)) {
      if (!specifier.startsWith(".")) {
        const rule = packages.find(({ name }) => name.test(specifier));
        if (rule && !rule.rooms.includes(room) && !rule.files.includes(file))
          say(`may not import ${specifier}`);
        continue;
      }
      const target = normalize(join(dirname(file), specifier));
      if (!source.has(target)) say(`imports ${specifier}, which is no file of src/`);
      else if (roomOf(target) !== room && !allowed?.includes(roomOf(target)))
        say(`${room} may not import ${target}`);
      else if (!mayKnow(file, target)) say(`may not know ${target}, only its room's front`);
      if (reading.values.includes(specifier)) targets.push(target);
    }
    graph.set(file, targets);
  }
  return { problems: [...problems, ...cycles(graph)], seen: [...graph.keys()] };
}
