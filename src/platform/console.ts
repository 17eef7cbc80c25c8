/** Where log lines go: Workers Logs and `wrangler tail` read the console. */
export const writeLine = (line: string): void => console.log(line);
