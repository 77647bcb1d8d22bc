// Watches what the audit log takes and raises alerts by rule. An alert goes through the queue of a webhook target, so it survives a
// crash. A rule raises one alert per subject and quiet period; when it did so last is on disk. After a restart, the newest entries
// of the log are counted again, so that an entry whose alert a crash prevented still raises it.
import { createHash } from 'node:crypto';
import { type AuditEntry, readNewestEntries } from '@cess/audit-log';
import type { ObjectChange } from '@cess/object-index';
import { type Counter, concatBytes, type Logger, type Metrics, messageOf, prefixEnd, utf8 } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { EventService } from '../events/event-service.js';
import { type AlertRule, subjectOfChange, subjectsOf } from './alert-rules.js';
import { SlidingCounts } from './sliding-counts.js';

export interface AlertConfig {
  /** Name of a webhook target. */
  readonly target: string;
  /** Pause between two alerts of one rule about one subject; no window is longer. */
  readonly quietSeconds: number;
  readonly rules: readonly AlertRule[];
}

export interface AlertWatchInit {
  readonly config: AlertConfig | undefined;
  readonly kv: Kv;
  readonly events: Pick<EventService, 'enqueue'>;
  /** Folder of the audit log. */
  readonly auditFolder: string;
  readonly nowMs: () => number;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface WatchedRule {
  readonly rule: AlertRule;
  readonly counts: SlidingCounts;
}

const statePrefix = utf8('\0cess-alert/');
/** Alerts of which the time is remembered; beyond it the oldest are forgotten, and may be raised again. */
const maxRemembered = 10_000;

export class AlertWatch {
  readonly #rules: readonly WatchedRule[];
  readonly #raised: Counter<'rule'>;
  /** When alerts were raised, by the key of their record. */
  readonly #lastMs = new Map<string, number>();

  constructor(private readonly init: AlertWatchInit) {
    this.#raised = declareAlertCounter(init.metrics);
    const rules = init.config?.rules ?? [];
    this.#rules = rules.map((rule) => ({ rule, counts: new SlidingCounts(rule.windowSeconds * 1000) }));
  }

  /** Reads when alerts were raised, and counts the newest entries of the log again. */
  async start(): Promise<void> {
    const { kv, config, auditFolder, nowMs } = this.init;
    if (config === undefined) return;
    const fromMs = nowMs() - config.quietSeconds * 1000;
    const lt = prefixEnd(statePrefix);
    for (const [key, value] of kv.entries({ gte: statePrefix, ...(lt === undefined ? {} : { lt }) })) {
      const timeMs = Number(new DataView(value.buffer, value.byteOffset, value.byteLength).getBigUint64(0));
      if (timeMs >= fromMs) this.#lastMs.set(Buffer.from(key).toString('hex'), timeMs);
      else await kv.write([{ type: 'delete', key }]);
    }
    for await (const entry of readNewestEntries(auditFolder)) if (entry.timeMs >= fromMs) await this.#count(entry);
  }

  /** An operation has ended. Never rejects. */
  async observe(entry: AuditEntry): Promise<void> {
    await this.#guarded(() => this.#count(entry));
  }

  /** An object has changed. Never rejects. */
  async observeChange(change: ObjectChange): Promise<void> {
    await this.#guarded(async () => {
      for (const watched of this.#rules) {
        const subject = subjectOfChange(watched.rule, change);
        const { bucket, key } = change.name;
        const { source, requestId } = change.origin;
        const example = { operation: change.origin.operation, bucket, key, source, requestId };
        if (subject !== undefined) await this.#add(watched, subject, change.timeMs, example);
      }
    });
  }

  async #count(entry: AuditEntry): Promise<void> {
    if (entry.phase !== 'ended') return;
    const { operation, bucket, key, source, requestId, status, errorCode, timeMs } = entry;
    for (const watched of this.#rules) {
      for (const subject of subjectsOf(watched.rule, entry)) {
        const example = { operation, bucket, key, source, requestId, status, errorCode };
        await this.#add(watched, subject, timeMs, example);
      }
    }
  }

  async #add(
    { rule, counts }: WatchedRule,
    subject: string,
    timeMs: number,
    example: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { config, nowMs, events, kv, logger } = this.init;
    if (config === undefined || counts.add(subject, timeMs) < rule.count) return;
    const digest = createHash('sha256').update(`${rule.name}\0${subject}`).digest();
    const key = concatBytes(statePrefix, digest);
    const state = Buffer.from(key).toString('hex');
    const lastMs = this.#lastMs.get(state);
    if (lastMs !== undefined && timeMs < lastMs + config.quietSeconds * 1000) return;
    this.#remember(state, timeMs);
    counts.forget(subject);
    const { name, kind, count, windowSeconds } = rule;
    const time = new Date(timeMs).toISOString();
    const alert = { type: 'cess.alert', rule: name, kind, subject, count, windowSeconds, time, last: example };
    const id = `alert_${digest.toString('hex').slice(0, 24)}_${timeMs}`;
    const body = Buffer.from(JSON.stringify(alert));
    logger.warn({ rule: name, subject, count, windowSeconds }, 'an alert was raised');
    this.#raised.add(1, { rule: name });
    // The message first: a crash between the two raises the alert again, with the same id.
    await events.enqueue(config.target, { id, createdAtMs: nowMs(), lane: `alert ${name}`, body });
    const value = new Uint8Array(8);
    new DataView(value.buffer).setBigUint64(0, BigInt(timeMs));
    await kv.write([{ type: 'put', key, value }], { durable: true });
  }

  #remember(state: string, timeMs: number): void {
    this.#lastMs.delete(state);
    this.#lastMs.set(state, timeMs);
    const [oldest] = this.#lastMs.keys();
    if (this.#lastMs.size > maxRemembered && oldest !== undefined) this.#lastMs.delete(oldest);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.init.logger.error({ cause: messageOf(error) }, 'an alert could not be raised');
    }
  }
}

export function declareAlertCounter(metrics: Metrics): Counter<'rule'> {
  return metrics.counter({
    name: 'cess_gateway_alerts_total',
    help: 'Alerts that were raised, by rule',
    labels: ['rule'],
  });
}
