/** What kind of twenty days a seed has. */
export interface Theme {
  name:
    | "trouble"
    | "costs"
    | "calm"
    | "outage"
    | "silent days"
    | "rush"
    | "broken merchant"
    | "healthy merchant";
  /** How often a planned fault happens at a call that it fits. */
  odds: number;
  /** People change their minds and settings, and those who run Dray do what they do. */
  people: boolean;
  /** No warehouse knows keys, all do, or chance says. */
  keyless: boolean | null;
  /** What is wrong with the vendors of merchant `a`, besides faults. */
  ails: "nothing" | "warehouse down for 18 days" | "warehouse never answers";
  /** The same twenty days without what is wrong with them, to compare with. */
  twin: Theme | null;
}

const trouble: Theme = {
  name: "trouble",
  odds: 0.3,
  people: true,
  keyless: null,
  ails: "nothing",
  twin: null,
};
const calm: Theme = { ...trouble, name: "calm", odds: 0 };
const healthy: Theme = { ...calm, name: "healthy merchant", people: false };

/** Most seeds are trouble; some have one kind of trouble only, and much of it, or are lived twice to compare. */
export function themeOf(seed: number): Theme {
  if (seed % 50 === 10)
    return {
      ...calm,
      name: "outage",
      people: false,
      ails: "warehouse down for 18 days",
      keyless: true,
    };
  switch (seed % 20) {
    case 5:
      return { ...calm, name: "silent days" };
    case 12:
      return { ...trouble, name: "rush" };
    case 7:
      return { ...trouble, name: "costs", twin: calm };
    case 15:
      return {
        ...healthy,
        name: "broken merchant",
        ails: "warehouse never answers",
        twin: healthy,
      };
    default:
      return trouble;
  }
}
