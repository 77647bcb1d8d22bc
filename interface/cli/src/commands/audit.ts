// cess audit log, export, verify: the audit log in the data folder of a gateway, which may run. The exit code of verify is 1 when the
// log is damaged, was changed, or is not the one that the chain knows.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type AnchorState,
  type AuditEntry,
  type LoggedEntry,
  neverAnchored,
  readAuditLog,
  verifyAuditLog,
} from '@cess/audit-log';
import { type ChainClient, query, SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { CessError, equalBytes, toHex, utf8 } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { trustOf, verifiedHead } from '../light-access.js';
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
  /** Key of the chain authority that is trusted, in hexadecimal; default: those of the chain specification. */
  readonly authority?: string;
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
  const { account, block, anchors } = await withChain(context, (client) => provenAnchors(context, client, options));
  const check = await verifyAuditLog(dir, anchors);
  if (!check.isSound) process.exitCode = 1;
  const shown = {
    folder: dir,
    gateway: account,
    'finalized block': block,
    entries: check.sequence,
    'removed with old segments': check.removed,
    anchors: anchors.count,
    'anchors that agree': check.agreeing,
    'anchors of removed entries': check.outside,
    'anchors that are missing in the folder': check.missing,
    anchored: check.anchored,
    'not anchored yet': check.sequence - check.anchored,
    head: toHex(check.head),
    damage: check.damage ?? null,
  };
  if (context.json) return print(JSON.stringify({ ...shown, sound: check.isSound }, null, 2));
  print(fields(shown));
  for (const { sequence } of check.contradicted)
    print(
      `\nThe chain has an anchor at entry ${sequence} that this log does not have: it was changed, cut or replaced.`,
    );
  const others = check.contradictions - check.contradicted.length;
  if (others > 0) print(`\nThe log contradicts ${others} more anchors.`);
  if (check.missing > 0)
    print(
      `\nThe chain counts ${check.missing} anchors that are not in the folder: it was replaced by an older one, or its list of anchors was lost. Entries before the oldest anchor shown above may have been changed.`,
    );
  if (check.isSound && anchors.count === 0)
    print('\nThe chain has no anchor of this log yet; the entries are only consistent.');
  else if (check.isSound)
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

/** The anchors of the gateway, proven without trust in the node. */
async function provenAnchors(
  context: CliContext,
  client: ChainClient,
  { address, authority }: VerifyAuditOptions,
): Promise<{ readonly account: string | null; readonly block: number; readonly anchors: AnchorState }> {
  const state = (await verifiedHead(client, trustOf(context, { authority }))).state();
  const { number: block, hash } = state.block;
  const account = address ?? (await onlyAccount(client, hash));
  if (account === undefined) {
    note('The chain has no anchor of an audit log yet.');
    return { account: null, block, anchors: neverAnchored };
  }
  const info = await state.entry(query.Anchors.Anchors, [parseAddress(account), logName]);
  if (info === undefined) return { account, block, anchors: neverAnchored };
  const { sequence, root, count, history } = info;
  return { account, block, anchors: { sequence: Number(sequence), head: root, count, history } };
}

/** The only account with an anchor of an audit log. */
async function onlyAccount(client: ChainClient, at: Uint8Array): Promise<string | undefined> {
  const found: string[] = [];
  for await (const [[account, log]] of client.entries(query.Anchors.Anchors, [], at))
    if (equalBytes(log, logName)) found.push(encodeSs58(account, SS58_PREFIX));
  if (found.length <= 1) return found[0];
  const message = `Several gateways have anchors; choose one with --address: ${found.join(', ')}.`;
  throw new CessError('AUDIT_LOG_AMBIGUOUS', message);
}

function toRow({ entry }: LoggedEntry): Row {
  const { timeMs, operation, principal, accessKeyId, source, bucket, key } = entry;
  return {
    time: new Date(timeMs).toISOString(),
    operation,
    who: principal === '' ? accessKeyId : principal,
    from: source,
    target: [bucket, key].filter((part) => part !== '').join('/'),
    outcome: outcomeOf(entry),
  };
}

function outcomeOf({ phase, status, errorCode, requests }: AuditEntry): string {
  if (phase === 'omitted') return `${requests} more refused requests of strangers`;
  if (status === 0) return 'unknown';
  return errorCode === '' ? `${status}` : `${status} ${errorCode}`;
}

function toJson({ sequence, head, entry: { phase, timeMs, ...entry } }: LoggedEntry): object {
  return { sequence, time: new Date(timeMs).toISOString(), ...entry, isEnded: phase === 'ended', head: toHex(head) };
}
