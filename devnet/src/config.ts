// Configuration of the embedded network: defaults < environment < flags. Unknown flags fail.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseRpcOrigins } from '@cess/node';
import { CessError, GiB, MiB } from '@cess/primitives';
import type { P2pConfig } from '@cess/role-process';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.strictObject({
  home: z.string().min(1),
  host: z.literal(['127.0.0.1', '::1', 'localhost']),
  s3Port: port,
  consolePort: port,
  rpcPort: port,
  p2pPort: port,
  rpcCors: z.string().refine((text) => parseRpcOrigins(text) !== undefined, {
    message: 'must be loopback, all, or a comma-separated list of origins such as https://polkadot.js.org',
  }),
  metricsPort: port,
  providers: z.coerce.number().int().min(12).max(64),
  providerPort: port,
  minFreeBytes: z.coerce.number().int().min(0),
  slotMs: z.coerce.number().int().min(200).max(60_000),
  auditDisputeSeconds: z.coerce.number().int().min(10).max(86_400),
  scrubBytesPerSecond: z.coerce.number().int().min(0),
  auditCycleSeconds: z.coerce.number().int().min(1).max(86_400),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']),
  acceptLostIndex: z.union([z.boolean(), z.stringbool()]),
  indexExportSeconds: z.coerce.number().int().min(0).max(60),
  processes: z.union([z.boolean(), z.stringbool()]),
  validators: z.coerce.number().int().min(1).max(64),
  tls: z.union([z.boolean(), z.stringbool()]),
});

export type DevnetConfig = z.infer<typeof schema>;

const defaults: DevnetConfig = {
  home: '.cess',
  host: '127.0.0.1',
  s3Port: 9000,
  consolePort: 8080,
  rpcPort: 9944,
  p2pPort: 0,
  rpcCors: 'loopback',
  metricsPort: 9615,
  providers: 16,
  providerPort: 0,
  minFreeBytes: 2 * GiB,
  slotMs: 1000,
  auditCycleSeconds: 120,
  auditDisputeSeconds: 60,
  scrubBytesPerSecond: 8 * MiB,
  logLevel: 'info',
  acceptLostIndex: false,
  indexExportSeconds: 15,
  processes: false,
  validators: 1,
  tls: false,
};

/** Flag, environment variable and help of every setting. */
const settings = {
  home: ['CESS_HOME', 'folder with all data, keys and logs'],
  host: ['CESS_HOST', 'loopback address to listen on'],
  s3Port: ['CESS_S3_PORT', 'port of the S3 gateway'],
  consolePort: ['CESS_CONSOLE_PORT', 'port of the web console; 0 takes a free one'],
  rpcPort: ['CESS_RPC_PORT', 'port of the chain RPC (WebSocket and HTTP)'],
  p2pPort: [
    'CESS_P2P_PORT',
    'port of the peer-to-peer network, through which other chain nodes follow this chain; 0: none',
  ],
  rpcCors: [
    'CESS_RPC_CORS',
    'origins of browser pages that may use the chain RPC, besides those on this machine: a list, or all',
  ],
  metricsPort: ['CESS_METRICS_PORT', 'port of the metrics of all roles; 0 takes a free one'],
  providers: ['CESS_PROVIDERS', 'number of storage providers, at least 12'],
  providerPort: ['CESS_PROVIDER_PORT', 'port of the first provider; 0 takes free ones'],
  minFreeBytes: ['CESS_MIN_FREE_BYTES', 'disk space to keep free, in bytes'],
  slotMs: ['CESS_SLOT_MS', 'time between blocks in milliseconds; fixed at the first start'],
  auditCycleSeconds: [
    'CESS_AUDIT_CYCLE_SECONDS',
    'audit cycle in which every provider is challenged; fixed at the first start',
  ],
  auditDisputeSeconds: [
    'CESS_AUDIT_DISPUTE_SECONDS',
    'period in which verdicts can be disputed; fixed at the first start',
  ],
  scrubBytesPerSecond: [
    'CESS_SCRUB_BYTES_PER_SECOND',
    'rate at which providers scrub their disks; 0 disables scrubbing',
  ],
  logLevel: ['CESS_LOG_LEVEL', 'error, warn, info or debug'],
  acceptLostIndex: [
    'CESS_ACCEPT_LOST_INDEX',
    'start over an empty gateway index although the chain has its files; they stay lost (no value needed)',
  ],
  indexExportSeconds: [
    'CESS_INDEX_EXPORT_SECONDS',
    'pause between two exports of the gateway index into the network, from which a lost index is recovered; 0 disables them',
  ],
  processes: ['CESS_PROCESSES', 'run every role in its own process (no value needed)'],
  validators: [
    'CESS_VALIDATORS',
    'number of validators that vote about finality; more than one only with --processes; fixed at the first start',
  ],
  tls: ['CESS_TLS', 'with processes: TLS between them, as between machines (no value needed)'],
} as const satisfies Record<keyof DevnetConfig, readonly [string, string]>;

const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function helpText(): string {
  const rows = Object.entries(settings).map(
    ([name, [variable, help]]) =>
      `  --${flagOf(name).padEnd(16)} ${help} (${variable}, default ${defaults[name as keyof DevnetConfig]})`,
  );
  return `Usage: npm start -- [flags]\n\nRuns a whole CESS network on this machine: a chain authority, a TEE worker, storage providers, an S3 gateway.\n\n${rows.join('\n')}\n  --help             this text\n`;
}

/** The peer-to-peer network of the chain node; null: it is alone. */
export function p2pOf({ host, p2pPort }: DevnetConfig): P2pConfig | null {
  if (p2pPort === 0) return null;
  const address = host === '::1' ? '/ip6/::1' : '/ip4/127.0.0.1';
  const listen = [`${address}/tcp/${p2pPort}`];
  return { listen, announce: [], bootstrap: [], isRelay: false, privateAddresses: true, place: null };
}

/** The effective configuration, or `help`. Throws `CONFIG_INVALID`. */
export function parseConfig(args: readonly string[], environment: NodeJS.ProcessEnv): DevnetConfig | 'help' {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      flagOf(name),
      { type: typeof value === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean' } }, strict: true }));
  } catch (cause) {
    throw new CessError('CONFIG_INVALID', `${(cause as Error).message}\nSee: npm start -- --help`);
  }
  if (values['help'] === true) return 'help';
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, [variable]] of Object.entries(settings)) {
    const value = values[flagOf(name)] ?? environment[variable];
    if (value !== undefined) merged[name] = value;
  }
  const parsed = schema.safeParse(merged);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0] ?? '');
    throw new CessError('CONFIG_INVALID', `--${flagOf(name)}: ${issue?.message}\nSee: npm start -- --help`);
  }
  const { processes, tls, validators } = parsed.data;
  if (!processes && (tls || validators > 1)) {
    const flag = tls ? '--tls' : '--validators';
    throw new CessError('CONFIG_INVALID', `${flag} is for roles that are processes: add --processes`);
  }
  return { ...parsed.data, home: resolve(parsed.data.home) };
}
