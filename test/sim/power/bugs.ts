import { bugsOfAlerts } from "./bugs-of-alerts.ts";
import { bugsOfMail } from "./bugs-of-mail.ts";
import { bugsOfOrders } from "./bugs-of-orders.ts";
import { bugsOfSending } from "./bugs-of-sending.ts";
import { bugsOfTheRest } from "./bugs-of-the-rest.ts";
import type { Bug } from "./plant.ts";

/** Every mistake that the simulation is held to find. */
export const bugs: readonly Bug[] = [
  ...bugsOfOrders,
  ...bugsOfSending,
  ...bugsOfTheRest,
  ...bugsOfAlerts,
  ...bugsOfMail,
];
