/** What kind of twenty days a seed has. */
export interface Theme {
  name: "trouble" | "calm" | "outage" | "broken merchant";
  /** How often a planned fault happens at a call that it fits. */
  odds: number;
  /** True: no warehouse knows keys. */
  keyless?: boolean;
}

const trouble: Theme = { name: "trouble", odds: 0.3 };

/** Most seeds are trouble; every tenth is calm, to compare with, or has one long trouble of one kind. */
export function themeOf(seed: number): Theme {
  switch (seed % 20) {
    case 5:
      return { name: "calm", odds: 0 };
    case 10:
      return { name: "outage", odds: 0, keyless: true };
    case 15:
      return { name: "broken merchant", odds: 0 };
    default:
      return trouble;
  }
}
