// The audit log of a gateway (STORE-6): what may change something is written before it is done, everything else when it has been
// answered. The head of the log is anchored on the chain, so that nobody, the operator included, can change the log unnoticed.
import { type AuditEntry, AuditLog } from '@cess/audit-log';
import type { ObjectChange } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  isCessError,
  messageOf,
  type Startable,
} from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';
import { type AccountChange, entryOfAccountChange } from './account-changes.js';
import { LogAnchors } from './log-anchors.js';
import { entryOfOwnChange } from './own-changes.js';
import { StrangerQuota } from './stranger-quota.js';

/** What the log says of a request, whatever becomes of it. */
export type AuditedRequest = Omit<AuditEntry, 'phase' | 'status' | 'errorCode' | 'durationMs' | 'requests'>;
export type AuditedOutcome = Pick<AuditEntry, 'status' | 'errorCode' | 'durationMs'>;

export interface AuditTrailInit extends BackgroundPorts {
  readonly folder: string;
  readonly chain: Pick<GatewayChain, 'anchorsOf' | 'anchor'>;
  readonly nowMs: () => number;
  /** Called with every operation that has ended, those of strangers without an entry included. */
  readonly onEnded?: (entry: AuditEntry) => void;
  /** Pause between two anchors. Default 60 s. */
  readonly anchorIntervalMs?: number;
  /** The oldest segments are removed, once they are anchored, while the log takes more. Default 16 GiB. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 16 * 1024 ** 3;
const defaultAnchorIntervalMs = 60_000;
const unknownOutcome: AuditedOutcome = { status: 0, errorCode: '', durationMs: 0 };
export const unknownRequest = {
  ...unknownOutcome,
  requestId: '',
  operation: 'none',
  principal: '',
  accessKeyId: '',
  source: '',
  userAgent: '',
  bucket: '',
  key: '',
  versionId: '',
};

export class AuditTrail implements Startable {
  #log: AuditLog | undefined;
  #failures = 0;
  readonly #anchors: LogAnchors;
  readonly #strangers: StrangerQuota;
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: AuditTrailInit) {
    this.#anchors = new LogAnchors(init.folder, init.chain, init.logger);
    this.#strangers = new StrangerQuota(init.nowMs());
    const periodMs = init.anchorIntervalMs ?? defaultAnchorIntervalMs;
    const task = () => this.maintain();
    this.#loop = new BackgroundLoop({ ...init, name: 'audit log', task, periodMs, firstPauseMs: periodMs });
  }

  /** Throws `AUDIT_LOG_DAMAGED`. */
  async start(): Promise<void> {
    const log = await AuditLog.open({ folder: this.init.folder });
    const { setAsideBytes: bytes, position } = log;
    if (bytes > 0) {
      const fields = { bytes, entries: position.sequence };
      this.init.logger.warn(
        fields,
        'the end of the audit log could not be read, as after a power cut; it is set aside beside the log',
      );
    }
    this.#log = log;
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#logOmitted();
    await this.#log?.close();
  }

  get entries(): number {
    return this.#log?.position.sequence ?? 0;
  }

  /** Entries that the chain commits the gateway to. */
  get anchored(): number {
    return this.#anchors.anchored;
  }

  /** Refused requests of strangers without an entry of their own. */
  get omitted(): number {
    return this.#strangers.omitted;
  }

  /** Entries that could not be written. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the chain knows a later or another state of the log: its folder was replaced by an older one, or changed. */
  get isBehind(): boolean {
    return this.#anchors.isBehind;
  }

  /** Resolves when the entry is written; the operation may begin then. Throws `AUDIT_LOG_WRITE_FAILED` and the like. */
  async begin(request: AuditedRequest): Promise<void> {
    await this.#append(entryOf('begun', request, unknownOutcome));
  }

  /** Never throws: the answer is on its way. */
  async end(request: AuditedRequest, outcome: AuditedOutcome): Promise<void> {
    const entry = entryOf('ended', request, outcome);
    this.init.onEnded?.(entry);
    const isStranger = request.principal === '' || request.principal === 'anonymous';
    if (isStranger && outcome.errorCode !== '' && !this.#strangers.admits(this.init.nowMs())) return;
    await this.#note(entry);
  }

  /** An object has changed. Never rejects. */
  async observeChange(change: ObjectChange): Promise<void> {
    const entry = entryOfOwnChange(change);
    if (entry !== undefined) await this.#note(entry);
  }

  /** The operator has changed the accounts, or starts the gateway with them. Never rejects. */
  async observeAccounts(changes: readonly AccountChange[]): Promise<void> {
    const written = changes.map((change) => {
      const entry = entryOfAccountChange(change, this.init.nowMs());
      if (change.kind !== 'serve') this.init.onEnded?.(entry);
      return this.#note(entry);
    });
    await Promise.all(written);
  }

  /** Anchors what has been written, and removes what is too old. */
  async maintain(): Promise<void> {
    await this.#logOmitted();
    if (this.#log === undefined) return;
    await this.#anchors.anchorNow(this.#log);
    const removed = await this.#log.removeOldest(this.init.maxBytes ?? defaultMaxBytes, this.anchored);
    if (removed > 0) this.init.logger.info({ segments: removed }, 'the oldest segments of the audit log are removed');
  }

  /** One entry for all requests that got none of their own. */
  async #logOmitted(): Promise<void> {
    const requests = this.#strangers.takeOmitted();
    if (requests > 0) await this.#note({ ...unknownRequest, timeMs: this.init.nowMs(), phase: 'omitted', requests });
  }

  async #note(entry: AuditEntry): Promise<void> {
    try {
      await this.#append(entry);
    } catch (error) {
      if (!isCessError(error)) throw error;
      const { requestId } = entry;
      this.init.logger.warn({ requestId, cause: messageOf(error) }, 'an entry is missing in the audit log');
    }
  }

  async #append(entry: AuditEntry): Promise<void> {
    const log = this.#log;
    if (log === undefined) throw new CessError('AUDIT_LOG_CLOSED', 'The audit log is not open.');
    try {
      await log.append(entry);
    } catch (error) {
      this.#failures++;
      throw error;
    }
  }
}

/** Every request has one or two: spreading the parts into each other costs several times as much. */
function entryOf(phase: AuditEntry['phase'], request: AuditedRequest, outcome: AuditedOutcome): AuditEntry {
  return {
    phase,
    timeMs: request.timeMs,
    requestId: request.requestId,
    operation: request.operation,
    principal: request.principal,
    accessKeyId: request.accessKeyId,
    source: request.source,
    userAgent: request.userAgent,
    bucket: request.bucket,
    key: request.key,
    versionId: request.versionId,
    status: outcome.status,
    errorCode: outcome.errorCode,
    durationMs: outcome.durationMs,
    requests: 1,
  };
}
