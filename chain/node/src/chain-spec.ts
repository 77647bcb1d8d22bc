// Chain specification: what makes two nodes members of the same network. JSON on disk, checked here before anything
// is derived from it. A production specification rejects development placeholders.
import { decodeSs58, sha512 } from '@cess/crypto';
import { CessError, concatBytes, fromHex, utf8 } from '@cess/primitives';
import { type AuditPeriodsConfig, type GenesisConfig, MIN_PERIOD_SECONDS, MIN_TAGGING_SECONDS } from '@cess/runtime';
import { defaultElections, type ElectionsSpec, electionsGenesis, parseElections } from './elections-spec.js';

export interface ChainSpec {
  readonly name: string;
  /** Short, stable identifier, for example `cess-dev`. */
  readonly id: string;
  readonly type: 'development' | 'production';
  readonly slotDurationMs: number;
  readonly tokenSymbol: string;
  readonly tokenDecimals: number;
  readonly ss58Prefix: number;
  readonly authorities: readonly { readonly key: Uint8Array; readonly account: Uint8Array }[];
  readonly balances: readonly (readonly [account: Uint8Array, amount: bigint])[];
  /** 64 bytes; start of the randomness beacon. */
  readonly beacon: Uint8Array;
  /** Periods of the audit in seconds. */
  readonly audit: AuditPeriodsConfig;
  /** Seconds that a holder has for tagging; undefined: a day. */
  readonly taggingSeconds: number | undefined;
  /** Elections of authorities; undefined: the defaults of the type. */
  readonly elections: ElectionsSpec | undefined;
  /** The account that may cancel slashes; undefined: nobody may. */
  readonly governance: Uint8Array | undefined;
}

/** docs/protocol/audit.md §8. */
const defaultAudit: Readonly<Record<ChainSpec['type'], AuditPeriodsConfig>> = {
  development: { cycle: 120, proof: 60, verdict: 60, dispute: 60, claim: 120 },
  production: { cycle: 14_400, proof: 600, verdict: 600, dispute: 3600, claim: 3600 },
};

const fields = new Set([
  'name',
  'id',
  'type',
  'slotDurationMs',
  'tokenSymbol',
  'tokenDecimals',
  'ss58Prefix',
  'authorities',
  'balances',
  'beacon',
  'audit',
  'taggingSeconds',
  'elections',
  'governance',
]);

/** Specifications of earlier versions chose between two kinds of finality. The votes of the authorities are the only one. */
const earlierFinality: ReadonlySet<unknown> = new Set(['grandpa', 'lone-authority', undefined]);

/**
 * Checks the JSON form: `authorities` as `{key: hex, account: hex or SS58}`, `balances` as `[account, "decimal"]`.
 * Token and prefix have defaults; `beacon` defaults to a hash of the id. Throws `CHAIN_SPEC_INVALID`.
 */
export function parseChainSpec(json: unknown): ChainSpec {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return refuse('it is not a JSON object');
  const spec = json as Record<string, unknown>;
  for (const name of Object.keys(spec)) {
    if (!fields.has(name) && name !== 'finality') refuse(`it has an unknown field "${name}"`);
  }
  if (!earlierFinality.has(spec.finality)) return refuse('"finality" is unknown');
  const type = spec.type;
  if (type !== 'development' && type !== 'production') return refuse('"type" must be "development" or "production"');
  const slotDurationMs = Number(spec.slotDurationMs ?? (type === 'development' ? 1000 : 6000));
  if (!Number.isSafeInteger(slotDurationMs) || slotDurationMs < 100 || slotDurationMs > 60_000) {
    return refuse('"slotDurationMs" must lie between 100 and 60000');
  }
  const authorities = list(spec.authorities, 'authorities').map((entry) => {
    const { key, account } = (entry ?? {}) as Record<string, unknown>;
    return { key: fixedHex(key, 32, 'authorities.key'), account: accountOf(account, 'authorities.account') };
  });
  if (authorities.length === 0) return refuse('"authorities" is empty');
  const id = text(spec.id, 'id');
  const parsed: ChainSpec = {
    name: text(spec.name, 'name'),
    id,
    type,
    slotDurationMs,
    tokenSymbol: text(spec.tokenSymbol ?? 'CESS', 'tokenSymbol'),
    tokenDecimals: Number(spec.tokenDecimals ?? 18),
    ss58Prefix: Number(spec.ss58Prefix ?? 11330),
    authorities,
    balances: list(spec.balances, 'balances').map((entry) => {
      const [account, amount] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof amount !== 'string' || !/^\d{1,38}$/.test(amount)) return refuse('a balance is not a decimal string');
      return [accountOf(account, 'balances'), BigInt(amount)] as const;
    }),
    beacon:
      spec.beacon === undefined
        ? sha512(concatBytes(utf8('CESS/genesis-beacon/v1'), utf8(id)))
        : fixedHex(spec.beacon, 64, 'beacon'),
    audit: auditOf(spec.audit ?? {}, defaultAudit[type]),
    taggingSeconds: taggingOf(spec.taggingSeconds),
    elections: parseElections(spec.elections, type, refuse),
    governance: spec.governance === undefined ? undefined : accountOf(spec.governance, 'governance'),
  };
  assertNoStandIns(parsed);
  return parsed;
}

/** Fewer than four authorities tolerate no fault. */
function assertNoStandIns(spec: ChainSpec): void {
  if (spec.type === 'production' && spec.authorities.length < 4)
    refuse('a production chain needs at least 4 authorities');
}

/** What the runtime's genesis is made from. */
export function genesisConfigOf(spec: ChainSpec): GenesisConfig {
  return {
    spec: spec.type,
    slotDurationMs: spec.slotDurationMs,
    balances: spec.balances,
    authorities: spec.authorities,
    beacon: spec.beacon,
    audit: spec.audit,
    taggingSeconds: spec.taggingSeconds,
    governance: spec.governance,
    ...electionsGenesis(spec.elections ?? defaultElections[spec.type]),
  };
}

function auditOf(value: unknown, defaults: AuditPeriodsConfig): AuditPeriodsConfig {
  if (typeof value !== 'object' || value === null) return refuse('"audit" must be an object');
  for (const [name, seconds] of Object.entries(value)) {
    if (!(name in defaults)) refuse(`"audit" has an unknown field "${name}"`);
    const least = MIN_PERIOD_SECONDS[name as keyof AuditPeriodsConfig];
    if (!Number.isSafeInteger(seconds) || seconds < least) refuse(`"audit.${name}" must be at least ${least} seconds`);
  }
  return { ...defaults, ...value };
}

function taggingOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || Number(value) < MIN_TAGGING_SECONDS)
    return refuse(`"taggingSeconds" must be at least ${MIN_TAGGING_SECONDS}`);
  return Number(value);
}

function refuse(reason: string): never {
  throw new CessError('CHAIN_SPEC_INVALID', `The chain specification is not valid: ${reason}.`, { reason });
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 100) return refuse(`"${name}" must be a text`);
  return value;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > 10_000) return refuse(`"${name}" must be a list`);
  return value as unknown[];
}

function fixedHex(value: unknown, length: number, name: string): Uint8Array {
  if (typeof value !== 'string' || !/^(0x)?[0-9a-fA-F]*$/.test(value)) return refuse(`"${name}" must be hexadecimal`);
  const digits = value.replace(/^0x/, '');
  if (digits.length !== length * 2) return refuse(`"${name}" must have ${length} bytes`);
  return fromHex(digits);
}

function accountOf(value: unknown, name: string): Uint8Array {
  if (typeof value === 'string' && !value.startsWith('0x')) {
    const decoded = decodeSs58(value);
    if (decoded.ok) return decoded.value.accountId;
  }
  return fixedHex(value, 32, name);
}
