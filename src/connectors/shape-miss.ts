import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** Where and how a payload does not fit its shape: names and types only, never a customer's value. */
export interface ShapeMiss {
  /** Such as `[3].line_items[0].quantity`; empty for the payload itself. */
  place: string;
  /** Such as "expected number, got text". */
  message: string;
}

const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const name = String(key);
      if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");

const nameOf = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "string") return value === "" ? "empty string" : "string";
  return typeof value;
};

const at = (payload: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    payload,
  );

const expectedBy = (issue: Issue): string => {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(String(value))).join(" or ");
    case "too_small":
      return `${issue.origin} of at least ${issue.minimum}`;
    case "too_big":
      return `${issue.origin} of at most ${issue.maximum}`;
    case "invalid_format":
      return `string in the format ${issue.format}`;
    case "not_multiple_of":
      return `multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return "object without unknown fields";
    default:
      return "a valid value";
  }
};

/** Of a union, the branch that came furthest; branches that all stop here are named together. */
const describe = (
  issue: Issue,
  base: readonly PropertyKey[],
): { path: PropertyKey[]; expected: string } => {
  const path = [...base, ...issue.path];
  if (issue.code === "invalid_key" || issue.code === "invalid_element") {
    return { path, expected: expectedBy(issue) };
  }
  if (issue.code !== "invalid_union") return { path, expected: expectedBy(issue) };
  const branches = issue.errors.flatMap((errors) => {
    const first = errors[0];
    return first ? [describe(first, path)] : [];
  });
  const deepest = branches.reduce((depth, branch) => Math.max(depth, branch.path.length), 0);
  const best = branches.filter((branch) => branch.path.length === deepest);
  const expected = [...new Set(best.map((branch) => branch.expected))].slice(0, 4).join(" or ");
  return { path: best[0]?.path ?? path, expected: expected || "a valid value" };
};

/** The first thing in `payload` that does not fit. */
export const shapeMiss = (issues: readonly Issue[], payload: unknown): ShapeMiss => {
  const [issue] = issues;
  if (!issue) return { place: "", message: "not as expected" };
  const { path, expected } = describe(issue, []);
  return {
    place: placeOf(path),
    message: `expected ${expected}, got ${nameOf(at(payload, path))}`,
  };
};
