// Also what turns the direction of text around, so that no title can look like another.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu;

/** Text of another system on one line, cut to `length` characters. */
export function oneLine(text: string, length: number): string {
  const line = text.replaceAll(unseen, " ").trim();
  if (line.length <= length) return line;
  return `${line.slice(0, length - 3).replace(/[\uD800-\uDBFF]$/, "")}...`;
}
