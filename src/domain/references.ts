import type { CartPolicy } from "./policy.ts";

/** What is written around an order's number to make its reference. */
export type ReferenceFrame = Pick<CartPolicy, "reference_prefix" | "reference_suffix">;

const MOST_FORMER = 20;

/** What a cart writes around a number, and what it wrote before, newest first: its orders may bear either. */
export const framesOf = ({
  reference_prefix,
  reference_suffix,
  former_references,
}: ReferenceFrame & Pick<CartPolicy, "former_references">): ReferenceFrame[] => [
  { reference_prefix, reference_suffix },
  ...former_references.map(({ prefix, suffix }) => ({
    reference_prefix: prefix,
    reference_suffix: suffix,
  })),
];

/** A cart's policy that knows what it wrote around a number before it was changed. */
export function rememberingFrames(was: CartPolicy, is: CartPolicy): CartPolicy {
  const written = ({ reference_prefix: prefix, reference_suffix: suffix }: ReferenceFrame) => ({
    prefix,
    suffix,
  });
  const textOf = (frame: { prefix: string; suffix: string }) =>
    JSON.stringify([frame.prefix, frame.suffix]);
  const now = textOf(written(is));
  const all = [written(was), ...was.former_references];
  const former = new Map(all.map((frame) => [textOf(frame), frame]));
  former.delete(now);
  return { ...is, former_references: [...former.values()].slice(0, MOST_FORMER) };
}

/**
 * The numbers that somebody may mean who gives a text: the text itself, without a `#` before it, and where
 * it is a reference, what stands in it. Pure.
 */
export function numbersMeant(given: string, frames: readonly ReferenceFrame[]): readonly string[] {
  const text = given.trim();
  const plain = text.startsWith("#") ? [text, text.slice(1).trim()] : [text];
  const framed = plain.flatMap((one) =>
    frames.flatMap(({ reference_prefix: prefix, reference_suffix: suffix }) =>
      one.length > prefix.length + suffix.length && one.startsWith(prefix) && one.endsWith(suffix)
        ? [one.slice(prefix.length, one.length - suffix.length)]
        : [],
    ),
  );
  return [...new Set([...plain, ...framed])].filter((one) => one !== "");
}
