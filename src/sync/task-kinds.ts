import { IMPORT, importTask } from "./import-task.ts";
import type { TaskKind } from "./run-task.ts";

/** Every kind of long work, by the name that is stored: adding one is adding it here. */
export const taskKinds: Readonly<Record<string, TaskKind>> = { [IMPORT]: importTask };
