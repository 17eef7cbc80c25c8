import { choicesOf, fieldOf, isList, isNeverNegative, isNumeric } from "./filter-fields.ts";
import { matcherOf, type OrderFilter } from "./filters.ts";

/** Something about the filter at a place of the list. */
export interface FilterWarning {
  at: number;
  message: string;
}

interface Placed {
  at: number;
  filter: OrderFilter;
  matches: (actual: string) => boolean;
}

const MOST_COMPARED = 200_000;
/** Stands for any text between what is wanted. */
const ANY = "\u0001";

/** What filters of one field rule out together, under whichever of its names. Pure. */
export function filterWarnings(filters: readonly OrderFilter[]): FilterWarning[] {
  const placed = filters.map((filter, at) => ({ at, filter, matches: matcherOf(filter) }));
  const groups = Map.groupBy(placed, ({ filter }) => fieldOf(filter.field));
  return [...groups]
    .flatMap(([field, group]) => contradictions(field, group) ?? overlaps(group))
    .toSorted((one, other) => one.at - other.at);
}

const isRequired = ({ filter }: Placed): boolean => filter.mode === "required";
const isWhole = ({ filter }: Placed): boolean => filter.match === "whole";

/** The first filter with which no order passes any more; null: some order may pass all of them. */
function contradictions(field: string, group: readonly Placed[]): FilterWarning[] | null {
  if (mayPass(field, group)) return null;
  const last = group.find((_, at) => !mayPass(field, group.slice(0, at + 1)));
  if (!last) return null;
  const name = last.filter.field;
  const message =
    last === group[0]
      ? `No order has such a value of ${name}: none passes this filter.`
      : `What the filters want of ${name} cannot be at once: no order passes all of them.`;
  return [{ at: last.at, message }];
}

/** Values that are required and restricted, where others are left. */
function overlaps(group: readonly Placed[]): FilterWarning[] {
  return group.flatMap((one, before) =>
    group.slice(before + 1).flatMap((other): FilterWarning[] => {
      const [required, restricted] = isRequired(one) ? [one, other] : [other, one];
      if (!isRequired(required) || isRequired(restricted) || !isWhole(required)) return [];
      const both = required.filter.values.find(restricted.matches);
      if (both === undefined) return [];
      const message = `${both} is required and restricted for ${other.filter.field}: orders with it are not loaded.`;
      return [{ at: other.at, message }];
    }),
  );
}

/** Whether a value may pass all of them; where several values may be there, one for each that is required. */
function mayPass(field: string, group: readonly Placed[]): boolean {
  const required = group.filter(isRequired);
  if (!isList(field)) return required.length === 0 || mayBe(field, group);
  const restricted = group.filter((one) => !isRequired(one));
  return required.every((one) => mayBe(field, [one, ...restricted]));
}

function mayBe(field: string, group: readonly Placed[]): boolean {
  // Which digits a number has says nothing about its size.
  const told = isNumeric(field)
    ? group.filter(({ filter }) => !["starts", "ends", "contains"].includes(filter.match))
    : group;
  if (!told.some(isRequired)) return true;
  const candidates = candidatesOf(field, told);
  const values = told.reduce((sum, { filter }) => sum + filter.values.length, 0);
  if (candidates === null || candidates.length * values > MOST_COMPARED) return true;
  return candidates.some((text) => told.every((one) => one.matches(text) === isRequired(one)));
}

/** Values of which one passes if any does; null: too many. */
function candidatesOf(field: string, group: readonly Placed[]): readonly string[] | null {
  if (isNumeric(field)) return numbersOf(field, group);
  const choices = choicesOf(field);
  if (choices) return choices;
  const required = group.filter(isRequired);
  const whole = required.find(isWhole);
  return whole ? whole.filter.values : textsOf(required.map(({ filter }) => filter));
}

/** Each number that is named, its neighbours, and nothing. */
function numbersOf(field: string, group: readonly Placed[]): readonly string[] {
  const named = group.flatMap(({ filter }) => filter.values.map(Number));
  const near = named.flatMap((number) => [number, number - 0.01, number + 0.01]);
  const all = [...new Set([0, ...near])];
  return (isNeverNegative(field) ? all.filter((number) => number >= 0) : all).map(String);
}

type Picked = Record<"starts" | "contains" | "ends", string>;

/** The loosest text for each choice of one value per filter: with anything between what is wanted. */
function textsOf(required: readonly OrderFilter[]): readonly string[] | null {
  let picks: Picked[] = [{ starts: "", contains: "", ends: "" }];
  for (const { match, values } of required) {
    if (picks.length * values.length > MOST_COMPARED) return null;
    picks = picks.flatMap((pick) => values.map((value) => picked(pick, match, value)));
  }
  return picks.map(({ starts, contains, ends }) => `${starts}${ANY}${contains}${ANY}${ends}`);
}

function picked(pick: Picked, match: OrderFilter["match"], value: string): Picked {
  if (match === "contains") return { ...pick, contains: `${pick.contains}${ANY}${value}` };
  const end = match === "ends" ? "ends" : "starts";
  return value.length > pick[end].length ? { ...pick, [end]: value } : pick;
}
