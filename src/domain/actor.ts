/** Who asked for a change: an API key, by its user and the name that people gave it. */
export interface Actor {
  user: string;
  name: string;
}

/** Who did it, as the timeline and the audit show it. */
export const actorText = ({ user, name }: Actor): string => `${name} (${user})`;

/** Who does what nobody asked for. */
export const DRAY: Actor = { user: "dray", name: "Dray" };
