export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The only use of the global fetch. */
export const systemFetch: Fetch = (url, init) => fetch(url, init);
