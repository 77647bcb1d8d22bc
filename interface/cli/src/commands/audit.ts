// cess audit log, export, verify: the audit log in the data folder of a gateway, which may run. The exit code of verify is 1 when the
// log is damaged, was changed, or is not the one that the chain knows.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AuditEntry, type LoggedEntry, type LogPosition, readAuditLog, verifyAuditLog } from '@cess/audit-log';
import { type ChainClient, query, SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { CessError, toHex, utf8 } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { fields, note, print, type Row, TableFormat } from '../output.js';
import { parseAddress } from './account.js';

interface FolderOption {
  /** Data folder of the gateway. Default: that of the network of the home. */
  readonly folder?: string;
}

export interface AuditFilter extends FolderOption {
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly operation?: string;
  readonly bucket?: string;
  readonly key?: string;
  /** A part of the ARN. */
  readonly principal?: string;
  /** Only operations that were refused or failed, and those without an outcome. */
  readonly failed?: boolean;
}

export interface ShowAuditOptions extends AuditFilter {
  readonly limit: number;
}

export interface VerifyAuditOptions extends FolderOption {
  /** Account of the gateway. */
  readonly address?: string;
}

/** Name of the log on the chain. */
const logName = utf8('audit');
const firstFailure = 400;

/** The newest operations that match, the oldest of them first. */
export async function showAuditLog(context: CliContext, options: ShowAuditOptions): Promise<void> {
  const shown: LoggedEntry[] = [];
  for await (const logged of operations(context, options)) {
    shown.push(logged);
    if (shown.length > options.limit) shown.shift();
  }
  if (context.json) return print(JSON.stringify(shown.map(toJson), null, 2));
  print(shown.length === 0 ? '(none)' : new TableFormat().page(shown.map(toRow)));
}

/** All operations that match, as JSON Lines. */
export async function exportAuditLog(context: CliContext, options: AuditFilter): Promise<void> {
  for await (const logged of operations(context, options)) print(JSON.stringify(toJson(logged)));
}

export async function verifyAudit(context: CliContext, options: VerifyAuditOptions): Promise<void> {
  const dir = auditFolder(context, options);
  const { account, anchor } = await withChain(context, (client) => newestAnchor(client, options.address));
  const check = await verifyAuditLog(dir, anchor === undefined ? [] : [anchor]);
  const isSound = check.damage === undefined && check.contradicted.length === 0;
  if (!isSound) process.exitCode = 1;
  const shown = {
    folder: dir,
    gateway: account,
    entries: check.sequence,
    'removed with old segments': check.removed,
    anchored: check.anchored,
    'not anchored yet': check.sequence - check.anchored,
    head: toHex(check.head),
    damage: check.damage ?? null,
  };
  if (context.json) return print(JSON.stringify({ ...shown, sound: isSound }, null, 2));
  print(fields(shown));
  for (const { sequence } of check.contradicted)
    print(
      `\nThe chain has an anchor at entry ${sequence} that this log does not have: it was changed, cut or replaced.`,
    );
  if (isSound && anchor === undefined)
    print('\nThe chain has no anchor of this log yet; the entries are only consistent.');
  else if (isSound)
    print(`\nEntries up to ${check.anchored} are those that the gateway committed itself to on the chain.`);
}

/** Operations by their last entry: `begun` alone where the outcome is not known. Holds what is in progress in memory. */
async function* operations(context: CliContext, filter: AuditFilter): AsyncGenerator<LoggedEntry, void, undefined> {
  const open = new Map<string, LoggedEntry>();
  const isWanted = ({ entry }: LoggedEntry) => matches(entry, filter);
  for await (const logged of readAuditLog(auditFolder(context, filter))) {
    const { phase, requestId } = logged.entry;
    if (phase === 'begun') {
      open.set(requestId, logged);
      continue;
    }
    open.delete(requestId);
    if (isWanted(logged)) yield logged;
  }
  for (const logged of open.values()) if (isWanted(logged)) yield logged;
}

function matches(entry: AuditEntry, { since, operation, bucket, key, principal, failed }: AuditFilter): boolean {
  if (since !== undefined && entry.timeMs < since) return false;
  if (operation !== undefined && entry.operation.toLowerCase() !== operation.toLowerCase()) return false;
  if (bucket !== undefined && entry.bucket !== bucket) return false;
  if (key !== undefined && entry.key !== key) return false;
  if (principal !== undefined && !entry.principal.includes(principal)) return false;
  return failed !== true || entry.status === 0 || entry.status >= firstFailure;
}

function auditFolder(context: CliContext, { folder }: FolderOption): string {
  const gateway = folder === undefined ? join(context.home, 'gateway') : resolve(folder);
  const dir = join(gateway, 'audit');
  if (existsSync(dir)) return dir;
  throw new CessError('FOLDER_NOT_FOUND', `${gateway} is no data folder of a gateway with an audit log.`);
}

/** The newest anchor of the gateway; without an address, of the only account that has one. */
async function newestAnchor(
  client: ChainClient,
  address: string | undefined,
): Promise<{ readonly account: string | null; readonly anchor: LogPosition | undefined }> {
  const at = await client.finalizedHash();
  if (address !== undefined) {
    const info = await client.entry(query.Anchors.Anchors, [parseAddress(address), logName], at);
    return { account: address, anchor: info && { sequence: Number(info.sequence), head: info.root } };
  }
  const found: { account: string; anchor: LogPosition }[] = [];
  for await (const [[account, log], { sequence, root }] of client.entries(query.Anchors.Anchors, [], at)) {
    if (Buffer.compare(log, logName) !== 0) continue;
    found.push({ account: encodeSs58(account, SS58_PREFIX), anchor: { sequence: Number(sequence), head: root } });
  }
  if (found.length > 1) {
    const accounts = found.map(({ account }) => account).join(', ');
    throw new CessError(
      'AUDIT_LOG_AMBIGUOUS',
      `Several gateways have anchors; choose one with --address: ${accounts}.`,
    );
  }
  if (found.length === 0) note('The chain has no anchor of an audit log yet.');
  return found[0] ?? { account: null, anchor: undefined };
}

function toRow({ entry }: LoggedEntry): Row {
  const { timeMs, operation, principal, accessKeyId, source, bucket, key, status, errorCode } = entry;
  return {
    time: new Date(timeMs).toISOString(),
    operation,
    who: principal === '' ? accessKeyId : principal,
    from: source,
    target: key === '' ? bucket : `${bucket}/${key}`,
    outcome: status === 0 ? 'unknown' : `${status}${errorCode === '' ? '' : ` ${errorCode}`}`,
  };
}

function toJson({ sequence, head, entry: { phase, timeMs, ...entry } }: LoggedEntry): object {
  return { sequence, time: new Date(timeMs).toISOString(), ...entry, isEnded: phase === 'ended', head: toHex(head) };
}
