import { actionCases } from "./action-cases.ts";
import { alertCases } from "./alert-cases.ts";
import type { Case } from "./case.ts";
import { changeCases } from "./change-cases.ts";
import { importCases } from "./import-cases.ts";
import { mappingCases } from "./mapping-cases.ts";
import { mailCases } from "./mail-cases.ts";
import { keepingCases } from "./keeping-cases.ts";
import { merchantCases } from "./merchant-cases.ts";
import { orderCases } from "./order-cases.ts";
import { skipCases } from "./skip-cases.ts";
import { workCases } from "./work-cases.ts";

/** Every exported reader and writer of the store; a word after the name tells apart several calls of one. */
export const cases: Record<string, Case> = {
  ...merchantCases,
  ...orderCases,
  ...changeCases,
  ...actionCases,
  ...alertCases,
  ...skipCases,
  ...mappingCases,
  ...workCases,
  ...importCases,
  ...mailCases,
  ...keepingCases,
};
