import { createServer } from "node:net";

const taken = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 says EADDRNOTAVAIL, which is no objection.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(false)));
  });

/** Reads a port from the environment; throws in words when it is none. */
export function portFrom(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${name} is ${JSON.stringify(text)}; it has to be a port between 1 and 65535.`);
  return port;
}

/** Throws in words when something listens on the port, on either address that localhost can mean. */
export async function requireFree(name: string, port: number): Promise<void> {
  for (const host of ["127.0.0.1", "::1"])
    if (await taken(port, host))
      throw new Error(
        `Port ${port} is taken. Stop the program that uses it, or choose another port: ${name}=${port + 100} npm start`,
      );
}
