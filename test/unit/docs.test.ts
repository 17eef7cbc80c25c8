import { alertKindNames } from "../../src/domain/alerts.ts";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const pages = globSync(["*.md", "docs/*.md"], { cwd: root });

const sources = globSync("{src,test}/**/*.{ts,tsx}", { cwd: root });
const names = new Set(sources.map((file) => basename(file)));
const isThere = (path: string) =>
  existsSync(join(root, path)) || existsSync(join(root, "src", path));

/** What a page says in backticks, if it is a place in the repository: with a folder, or a source file's bare name. */
function placesIn(text: string): string[] {
  const quoted = Array.from(text.matchAll(/`([^`\s]+)`/g), ([, name]) => name ?? "");
  return quoted.filter(
    (name) =>
      /^\w[\w./-]+$/.test(name) &&
      (/\.tsx?$/.test(name) || /^(src|test|docs|bench|sandbox|scripts|migrations)\//.test(name)),
  );
}

describe("the documents", () => {
  test("name no file and no folder that is not there", () => {
    expect(pages.length).toBeGreaterThan(8);
    const gone = pages.flatMap((page) =>
      placesIn(read(page))
        .filter((place) => !(place.includes("/") ? isThere(place) : names.has(place)))
        .map((place) => `${page}: ${place}`),
    );
    expect(gone).toEqual([]);
    expect(pages.flatMap((page) => placesIn(read(page))).length).toBeGreaterThan(60);
  });

  test("link to no page that is not there", () => {
    const links = pages.flatMap((page) =>
      Array.from(read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g), ([, target]) => ({
        page,
        target: target ?? "",
      })),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(
      links.filter(({ page, target }) => !existsSync(join(root, dirname(page), target))),
    ).toEqual([]);
  });
});

/** `kind: "x"` or nothing, and the names of the fields, of each message in the file that declares them. */
function messagesOf(text: string): { kind: string | null; fields: string[] }[] {
  const code = text.replaceAll(/\/\*\*.*?\*\//gs, "");
  return Array.from(code.matchAll(/\{([^{}]+)\}/g), ([, body = ""]) => ({
    kind: /kind: "(\w+)"/.exec(body)?.[1] ?? null,
    fields: Array.from(body.matchAll(/(\w+)\??:/g), ([, field]) => field ?? ""),
  })).filter(({ fields }) => fields.length > 0);
}

test("docs/storage.md shows every queue message with all of its fields", () => {
  const messages = messagesOf(read("src/domain/messages.ts"));
  const told = Array.from(read("docs/storage.md").matchAll(/`\{ ([^`]+) \}`/g), ([, body]) => body);
  expect(messages.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining([
      "run",
      "fetch",
      "webhooks",
      "wms_cancel",
      "task",
      "alerts",
      "mails",
      null,
    ]),
  );
  for (const { kind, fields } of messages) {
    const shown = told
      .map((body = "") => ({
        kind: /kind: "(\w+)"/.exec(body)?.[1] ?? null,
        fields: body.split(",").map((field) => /\w+/.exec(field)?.[0] ?? ""),
      }))
      .filter((one) => one.kind === kind);
    const all = shown.map((one) => one.fields.toSorted());
    expect(all, `${kind} with ${fields.join(", ")}`).toContainEqual(fields.toSorted());
  }
});

test("docs/alerts.md tells of every kind of alert", () => {
  const told = read("docs/alerts.md");
  expect(alertKindNames.filter((kind) => !told.includes(`\`${kind}\``))).toEqual([]);
});
