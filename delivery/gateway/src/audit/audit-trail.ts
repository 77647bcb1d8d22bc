// The audit log of a gateway (STORE-6): what may change something is written before it is done, everything else when it has been
// answered. The head of the log is anchored on the chain, so that nobody, the operator included, can change the log unnoticed.
import { type AuditEntry, AuditLog, type LogPosition } from '@cess/audit-log';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  equalBytes,
  isCessError,
  messageOf,
  type Startable,
} from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';

/** What the log says of a request, whatever becomes of it. */
export type AuditedRequest = Omit<AuditEntry, 'phase' | 'status' | 'errorCode' | 'durationMs'>;
export type AuditedOutcome = Pick<AuditEntry, 'status' | 'errorCode' | 'durationMs'>;

export interface AuditTrailInit extends BackgroundPorts {
  readonly folder: string;
  readonly chain: Pick<GatewayChain, 'anchorOf' | 'anchor'>;
  /** Pause between two anchors. Default 60 s. */
  readonly anchorIntervalMs?: number;
}

/** Name of the log on the chain. */
const logName = 'audit';
const defaultAnchorIntervalMs = 60_000;
const unknownOutcome: AuditedOutcome = { status: 0, errorCode: '', durationMs: 0 };

export class AuditTrail implements Startable {
  #log: AuditLog | undefined;
  #anchored = 0;
  #failures = 0;
  #isBehind = false;
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: AuditTrailInit) {
    this.#loop = new BackgroundLoop({
      ...init,
      name: 'audit anchors',
      task: () => this.anchorNow(),
      periodMs: init.anchorIntervalMs ?? defaultAnchorIntervalMs,
    });
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
    await this.#log?.close();
  }

  get entries(): number {
    return this.#log?.position.sequence ?? 0;
  }

  /** Entries that the chain commits the gateway to. */
  get anchored(): number {
    return this.#anchored;
  }

  /** Entries that could not be written. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the chain knows a later or another state of the log: its folder was replaced by an older one, or changed. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Resolves when the entry is written; the operation may begin then. Throws `AUDIT_LOG_WRITE_FAILED` and the like. */
  async begin(request: AuditedRequest): Promise<void> {
    await this.#append({ ...request, ...unknownOutcome, phase: 'begun' });
  }

  /** Never throws: the answer is on its way. */
  async end(request: AuditedRequest, outcome: AuditedOutcome): Promise<void> {
    try {
      await this.#append({ ...request, ...outcome, phase: 'ended' });
    } catch (error) {
      if (!isCessError(error)) throw error;
      this.init.logger.warn(
        { requestId: request.requestId, cause: messageOf(error) },
        'an entry is missing in the audit log',
      );
    }
  }

  /** Anchors what has been written since the last anchor. */
  async anchorNow(): Promise<void> {
    const log = this.#log;
    if (log === undefined || log.position.sequence <= this.#anchored) return;
    const position = await log.sync();
    const { chain, logger } = this.init;
    const known = await chain.anchorOf(logName);
    this.#isBehind = known !== undefined && isContradicted(known, position);
    if (this.#isBehind) {
      const fields = { anchored: known?.sequence, entries: position.sequence };
      logger.error(
        fields,
        'the chain has a later anchor than this audit log, or another one; compare it with a backup',
      );
      return;
    }
    if (known === undefined || known.sequence < position.sequence) await chain.anchor(logName, position);
    this.#anchored = position.sequence;
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

function isContradicted(anchor: LogPosition, log: LogPosition): boolean {
  return anchor.sequence > log.sequence || (anchor.sequence === log.sequence && !equalBytes(anchor.head, log.head));
}
