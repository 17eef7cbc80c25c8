/** Rows by id, in the order they came, that knows which of them have to be stored again. */
export interface Table<T> {
  get(id: string | number): T | undefined;
  /** Stores a row, new or changed in place. */
  put(id: string | number, row: T): void;
  delete(id: string | number): void;
  clear(): void;
  all(): T[];
  readonly size: number;
  /** Ids put or deleted since the last call. */
  takeChanged(): string[];
}

export function createTable<T>(stored: Iterable<readonly [string, T]> = []): Table<T> {
  const rows = new Map<string, T>(stored);
  const changed = new Set<string>();
  return {
    get: (id) => rows.get(String(id)),
    put(id, row) {
      rows.set(String(id), row);
      changed.add(String(id));
    },
    delete(id) {
      if (rows.delete(String(id))) changed.add(String(id));
    },
    clear() {
      for (const id of rows.keys()) changed.add(id);
      rows.clear();
    },
    all: () => [...rows.values()],
    get size() {
      return rows.size;
    },
    takeChanged() {
      const ids = [...changed];
      changed.clear();
      return ids;
    },
  };
}
