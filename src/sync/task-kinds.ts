import { IMPORT, importTask } from "./import-task.ts";
import { loadProductsTask, PRODUCT_LOAD } from "./load-products.ts";
import { ORDER_BULK, orderBulkTask } from "./order-bulk.ts";
import { recheckTask } from "./recheck-skips.ts";
import { ALERT_RELEASE, releaseAlertsTask } from "./release-alerts.ts";
import { repullTask } from "./repull-orders.ts";
import type { TaskKind } from "./run-task.ts";

/** Every kind of long work, by the name that is stored: adding one is adding it here. */
export const taskKinds: Readonly<Record<string, TaskKind>> = {
  [ALERT_RELEASE]: releaseAlertsTask,
  [IMPORT]: importTask,
  [ORDER_BULK]: orderBulkTask,
  [PRODUCT_LOAD]: loadProductsTask,
  recheck: recheckTask,
  repull: repullTask,
};
