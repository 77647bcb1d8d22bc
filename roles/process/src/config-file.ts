// Configuration files of the roles: JSON, checked as a whole before anything starts. Unknown keys fail; every problem is
// named at once. Relative paths are relative to the file.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CessError, jsonProblem, messageOf } from '@cess/primitives';
import { isLoopback } from '@cess/tls';
import { z } from 'zod';
import { roleP2pSchema } from './p2p-config.js';

const maxFileLength = 1024 * 1024;

export const portSchema = z.int().min(0).max(65_535);
export const byteCountSchema = z.int().min(0);
export const logLevelSchema = z.enum(['error', 'warn', 'info', 'debug']);
/** Address of the metrics of a role, if enabled. */
export const metricsShape = {
  metricsHost: z.string().min(1).default('127.0.0.1'),
  /** null disables metrics; 0 selects a free port at every start. */
  metricsPort: portSchema.nullable().default(null),
};
export const metricsExample = { metricsHost: '127.0.0.1', metricsPort: null };
const isMultiaddress = (text: string): boolean => /^\/[a-z0-9]+\/.*\/p2p\/[A-Za-z0-9]+$/.test(text);
const rpcUrlSchema = z
  .string()
  .refine(
    (text) => isMultiaddress(text) || /^wss?:\/\/[^\s/]+\/?$/.test(text),
    'must be ws://host:port or wss://key@host:port of a chain node, or its peer-to-peer address with /p2p/<peer id>',
  )
  .refine(
    (text) => !text.startsWith('ws:') || isLoopback(hostOf(text)),
    'must be wss://key@host:port, as the chain node prints it: plain ws:// is for loopback only',
  );
export const httpUrlSchema = z.string().regex(/^https?:\/\/[^\s/]+$/, 'must be http://host:port, without a path');
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

const genesisSchema = z.string().regex(/^(0x)?[0-9a-fA-F]{64}$/, 'must be 32 bytes in hexadecimal');

/** Settings common to all roles that connect to a chain node with their own keys. */
export const chainRoleShape = (role: string) => ({
  /** The chain specification; every role uses the same file. */
  chainSpecFile: z.string().min(1),
  /** A chain node: the URL of its RPC, or its peer-to-peer address, which needs "genesis". */
  chainRpc: rpcUrlSchema,
  /** Expected genesis hash: a node of another chain is rejected; null accepts any chain. */
  genesis: genesisSchema.nullable().default(null),
  dataDir: z.string().min(1),
  keyFile: z.string().min(1),
  keyPurpose: z.string().min(1).default(role),
  /** The peer-to-peer network, in which others find the role; null: it does not take part. */
  p2p: roleP2pSchema.nullable().default(null),
  logLevel: logLevelSchema.default('info'),
  ...metricsShape,
});
export type ChainRoleConfig = z.infer<z.ZodObject<ReturnType<typeof chainRoleShape>>>;

/** Its value in the example. */
export function chainRoleExample(role: string): ChainRoleConfig {
  return {
    chainSpecFile: 'chain-spec.json',
    chainRpc: 'ws://127.0.0.1:9944',
    genesis: null,
    dataDir: role,
    keyFile: `${role}-key.json`,
    keyPurpose: role,
    p2p: null,
    logLevel: 'info',
    ...metricsExample,
  };
}

/** The common settings with absolute paths. */
export function resolveChainRolePaths<T extends ChainRoleConfig>(config: T, absolute: (path: string) => string): T {
  return {
    ...config,
    chainSpecFile: absolute(config.chainSpecFile),
    dataDir: absolute(config.dataDir),
    keyFile: absolute(config.keyFile),
  };
}

/** The server of a role and its public URL. */
export const serverShape = {
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 selects a free port at every start. */
  port: portSchema.default(0),
  /** URL under which others reach this node; null: scheme, host and port. https, and http where the server speaks it. */
  endpoint: httpUrlSchema.nullable().default(null),
  /** TLS on a loopback host, too. On any other host the server speaks nothing else. */
  tls: z.boolean().default(false),
};

export interface RoleConfigFormat<T> {
  readonly role: string;
  readonly schema: z.ZodType<T>;
  /** A template with every key; `--example` prints it. */
  readonly example: T;
  /** The configuration with every path in it made absolute. */
  resolvePaths(config: T, absolute: (path: string) => string): T;
  /** The configuration without the secrets that stand in it, to be shown. Absent: it holds none. */
  withoutSecrets?(config: T): unknown;
}

/** Stands for a secret where a configuration is shown. */
export const hiddenSecret = '<hidden>';

/** The effective configuration, paths made absolute. Throws `CONFIG_INVALID`. */
export function readRoleConfig<T>(format: RoleConfigFormat<T>, file: string): T {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CessError('CONFIG_INVALID', `${file} cannot be read: ${messageOf(cause)}.`, { file }, { cause });
  }
  return parseRoleConfig(format, text, file);
}

/** Like `readRoleConfig`, for the given text of `file`. The file need not exist. */
export function parseRoleConfig<T>(format: RoleConfigFormat<T>, text: string, file: string): T {
  const hint = `See: cess ${format.role} --example`;
  if (text.length > maxFileLength) throw new CessError('CONFIG_INVALID', `${file} is too large. ${hint}`, { file });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CessError(
      'CONFIG_INVALID',
      `${file} cannot be used: ${jsonProblem(cause)}. ${hint}`,
      { file },
      { cause },
    );
  }
  const parsed = format.schema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? `  ${message}` : `  ${path.join('.')}: ${message}`,
    );
    throw new CessError('CONFIG_INVALID', `${file} is not valid:\n${problems.join('\n')}\n${hint}`, { file });
  }
  const base = dirname(resolve(file));
  return format.resolvePaths(parsed.data, (path) => resolve(base, path));
}
