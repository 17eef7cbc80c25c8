const MINUTE = 60_000;

const lengths: Readonly<Record<string, number>> = {
  half_hourly: 30 * MINUTE,
  hourly: 60 * MINUTE,
  daily: 24 * 60 * MINUTE,
};

/** How long the window of a frequency is, milliseconds; 0: there is none. */
export const windowOf = (frequency: string): number => lengths[frequency] ?? 0;

/** When what happened then is to be told. */
export function deadlineOf(frequency: string, at: number): number {
  const length = windowOf(frequency);
  return length === 0 ? at : at - (at % length) + length;
}
