// OpenTelemetry export of a process: spans of requests in batches from a bounded queue, and the metrics of its registry at an
// interval. Recording a span only appends to the queue and never waits: beyond the bound spans are dropped and counted.
// `stop` delivers what is queued, within a time limit and without retries.
import { parseExposition } from '@cess/metrics';
import { BackgroundLoop, type BackgroundPorts, pause, type Startable } from '@cess/primitives';
import { type DropReason, declareTelemetryCounters, type TelemetryCounters } from './counters.js';
import { metricsRequest } from './metric-points.js';
import { type Origin, type OtlpOrigin, toOtlpOrigin } from './otlp.js';
import { type OtlpReceiver, OtlpSender, type SendOutcome, type SendSignals } from './otlp-sender.js';
import { type OtlpSpan, type ServerSpan, toOtlpSpan, tracesRequest } from './spans.js';
import { continueTrace, isInShare } from './trace-context.js';

export interface TelemetryInit extends BackgroundPorts {
  readonly receiver: OtlpReceiver;
  readonly origin: Origin;
  /** Between two exports of metrics; spans wait at most as long. */
  readonly intervalMs: number;
  /** Share of traces whose spans are recorded, 0 to 1. */
  readonly sampleRatio: number;
  /** All metrics in the text format of Prometheus. */
  readonly metricsText: () => Promise<string>;
  /** When the process began to count. */
  readonly startMs: number;
  /** Time limit of `stop`. Default 5 s. */
  readonly flushTimeoutMs?: number;
}

/** Takes the spans of requests. */
export interface SpanRecorder {
  /** `describe` is called only for a trace that is recorded. `traceparent`: the header of the client. */
  record(traceparent: string | undefined, describe: () => ServerSpan): void;
}

const maxQueued = 2_048;
const maxBatch = 512;
const defaultFlushTimeoutMs = 5_000;

export class Telemetry implements SpanRecorder, Startable {
  #queue: OtlpSpan[] = [];
  readonly #origin: OtlpOrigin;
  readonly #counters: TelemetryCounters;
  readonly #traces: OtlpSender;
  readonly #metrics: OtlpSender;
  readonly #spanLoop: BackgroundLoop;
  readonly #metricLoop: BackgroundLoop;
  /** Aborted when the time limit of `stop` has passed. */
  readonly #sending = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(private readonly init: TelemetryInit) {
    const { intervalMs: periodMs, metrics } = init;
    this.#origin = toOtlpOrigin(init.origin);
    this.#counters = declareTelemetryCounters(metrics);
    this.#traces = new OtlpSender({ ...init, signal: 'traces' });
    this.#metrics = new OtlpSender({ ...init, signal: 'metrics' });
    const loop = (name: string, task: (signal: AbortSignal) => Promise<unknown>) =>
      new BackgroundLoop({ ...init, name, task, periodMs, firstPauseMs: periodMs });
    this.#spanLoop = loop('telemetry spans', (signal) => this.#exportSpans(signal));
    this.#metricLoop = loop('telemetry metrics', (signal) => this.#exportMetrics(signal));
  }

  /**
   * The ratio limits the sampled flag of a client: a client can leave its requests out. A client that chooses its trace ids can
   * have all of its requests recorded; the queue bounds what that costs.
   */
  record(traceparent: string | undefined, describe: () => ServerSpan): void {
    const { rng, sampleRatio } = this.init;
    const context = continueTrace(traceparent, rng);
    if (!context.isSampled || !isInShare(context.traceId, sampleRatio)) return;
    if (this.#queue.length >= maxQueued) return this.#drop(1, 'full');
    this.#queue.push(toOtlpSpan(context, describe()));
    if (this.#queue.length >= maxBatch) this.#spanLoop.trigger();
  }

  async start(): Promise<void> {
    this.#spanLoop.start();
    this.#metricLoop.start();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#flush();
    return this.#stopped;
  }

  async #flush(): Promise<void> {
    const { timers, flushTimeoutMs = defaultFlushTimeoutMs, logger } = this.init;
    const flushed = new AbortController();
    void pause(timers, flushTimeoutMs, flushed.signal).then(() => this.#sending.abort());
    await Promise.all([this.#spanLoop.stop(), this.#metricLoop.stop()]);
    const noRetry = AbortSignal.abort();
    await Promise.all([this.#exportSpans(noRetry), this.#exportMetrics(noRetry)]);
    flushed.abort();
    if (this.#queue.length > 0) logger.warn({ spans: this.#queue.length }, 'spans were not delivered before the stop');
    this.#queue = [];
  }

  async #exportSpans(retrying: AbortSignal): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, maxBatch);
      const outcome = await this.#traces.send(tracesRequest(this.#origin, batch), this.#signals(retrying));
      if (outcome.result === 'interrupted') {
        // The export at the stop takes them again.
        this.#queue.unshift(...batch);
        return;
      }
      this.#count('traces', outcome);
      if (outcome.result === 'delivered') this.#drop(outcome.rejectedItems, 'rejected');
      else this.#drop(batch.length, outcome.result);
    }
  }

  async #exportMetrics(retrying: AbortSignal): Promise<void> {
    const { metricsText, startMs, timers } = this.init;
    const families = parseExposition(await metricsText());
    const message = metricsRequest(this.#origin, families, { startMs, nowMs: timers.nowMs() });
    const outcome = await this.#metrics.send(message, this.#signals(retrying));
    if (outcome.result !== 'interrupted') this.#count('metrics', outcome);
  }

  #signals(retrying: AbortSignal): SendSignals {
    return { retrying, sending: this.#sending.signal };
  }

  #drop(count: number, reason: DropReason): void {
    if (count > 0) this.#counters.droppedSpans.add(count, { reason });
  }

  #count(signal: 'traces' | 'metrics', { result }: SendOutcome): void {
    this.#counters.exports.add(1, { signal, result });
  }
}
