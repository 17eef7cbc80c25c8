/** Which addresses Dray may call: rules on a URL before it is fetched, and on what its name resolves to. */

const rules = {
  https_only: "only https:// addresses are called",
  not_a_url: "this is not a plain web address",
  no_credentials: "user and password do not belong into the address",
  no_ip_address: "a host name is needed, not an IP address",
  public_name: "the host name is not a public one",
  port: "only the ports 443 and 8443 are called",
  private_address: "the host name does not lead to a public address",
  too_many_redirects: "it redirects more than three times",
} as const;

export type AddressRule = keyof typeof rules;

/** The rule in words, for people. */
export const explainRule = (rule: AddressRule): string => rules[rule];

export type UrlVerdict =
  /** `loopback`: this machine itself, allowed in local runs only; not to be looked up in the DNS. */
  { ok: true; url: URL; loopback: boolean } | { ok: false; rule: AddressRule };

/**
 * Names that never lead to the public internet: reserved by RFC 2606, 6761, 6762, 7686, 8375 and
 * 9476, withheld from delegation by ICANN, or in common use inside networks. `.example` is left to
 * the DNS, which does not know it.
 */
const privateSuffixes = (
  "internal local localhost localdomain arpa lan corp home mail private intranet intra test invalid " +
  "onion alt i2p svc cluster consul priv localnet dhcp workgroup router modem"
).split(" ");

const refuse = (rule: AddressRule): UrlVerdict => ({ ok: false, rule });

const isPublicName = (host: string): boolean => {
  const labels = host.split(".");
  const last = labels.at(-1) ?? "";
  return (
    host.length <= 253 &&
    labels.length >= 2 &&
    labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    /^[a-z]/.test(last) &&
    last.length >= 2 &&
    !privateSuffixes.includes(last)
  );
};

const parsed = (raw: string): URL | null => {
  try {
    return new URL(raw);
  } catch {
    return null;
  }
};

const loopbackUrl = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(?=[/?#]|$)/;

/** Judges a URL as it was written and again as the parser understood it; both have to agree. */
export const checkUrl = (
  raw: string,
  options: { allowPrivateHosts?: boolean } = {},
): UrlVerdict => {
  // oxlint-disable-next-line no-control-regex
  if (raw.length > 8_192 || /[\s\\\u0000-\u001f\u007f]/.test(raw)) return refuse("not_a_url");
  const url = parsed(raw);
  const local = options.allowPrivateHosts ? loopbackUrl.exec(raw) : null;
  if (local && url && url.hostname === local[1]) return { ok: true, url, loopback: true };

  if (!/^https:/i.test(raw))
    return refuse(/^[a-z][a-z0-9+.-]*:/i.test(raw) ? "https_only" : "not_a_url");
  const authority = /^https:\/\/([^/?#]+)/i.exec(raw)?.[1];
  if (!authority) return refuse("not_a_url");
  if (authority.includes("@")) return refuse("no_credentials");
  if (authority.startsWith("[")) return refuse("no_ip_address");
  const [, written, port] = /^([^:]+)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  if (!written) return refuse("not_a_url");
  const host = written.toLowerCase();
  if (/^(0x[0-9a-f]*|\d+)$/.test(host.replace(/\.$/, "").split(".").at(-1) ?? "")) {
    return refuse("no_ip_address");
  }
  if (!isPublicName(host)) return refuse("public_name");
  if (port !== undefined && port !== "443" && port !== "8443") return refuse("port");
  if (!url || url.protocol !== "https:" || url.username || url.password || url.hostname !== host) {
    return refuse("not_a_url");
  }
  return { ok: true, url, loopback: false };
};

const bytesOfIPv4 = (ip: string): number[] | null => {
  const parts = ip.split(".");
  const plain = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return plain && bytes.every((byte) => byte <= 255) ? bytes : null;
};

const bytesOfIPv6 = (ip: string): number[] | null => {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(ip);
  const embedded = tail ? bytesOfIPv4(tail[2] ?? "") : [];
  if (!embedded) return null;
  const groups = tail ? `${tail[1]}0:0` : ip;
  const halves = groups.split("::");
  if (halves.length > 2) return null;
  const sides = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [left = [], right = []] = sides;
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const bytes = all.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  return [...bytes.slice(0, 16 - embedded.length), ...embedded];
};

const range = (cidr: string): { bytes: number[]; bits: number } => {
  const [ip = "", bits] = cidr.split("/");
  return { bytes: bytesOfIPv4(ip) ?? bytesOfIPv6(ip) ?? [], bits: Number(bits) };
};

const inRange = (
  ip: readonly number[],
  { bytes, bits }: { bytes: number[]; bits: number },
): boolean =>
  bytes.every((byte, index) => {
    const width = Math.min(8, Math.max(0, bits - index * 8));
    const mask = (0xff << (8 - width)) & 0xff;
    return ((ip[index] ?? 0) & mask) === (byte & mask);
  });

/** IANA IPv4 Special-Purpose Address Registry, and multicast. */
const specialIPv4 = (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 " +
  "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 " +
  "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
  .split(" ")
  .map(range);

const globalUnicastIPv6 = range("2000::/3");

/** IANA IPv6 Special-Purpose Address Registry, as far as it lies in 2000::/3; all else is refused anyway. */
const specialIPv6 = "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
  .split(" ")
  .map(range);

/** Whether an address, as the DNS answers it, is one of the public internet. Anything odd is not. */
export const isGlobalAddress = (ip: string): boolean => {
  const four = bytesOfIPv4(ip);
  if (four) return !specialIPv4.some((special) => inRange(four, special));
  const six = bytesOfIPv6(ip);
  return (
    six !== null &&
    inRange(six, globalUnicastIPv6) &&
    !specialIPv6.some((special) => inRange(six, special))
  );
};
