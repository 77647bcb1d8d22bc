// The metrics of all roles of the network on one port: the text of each role with labels that name the role, and `cess_up` for
// every expected role. A role that does not run, or does not answer in time, is omitted.
import {
  addProcessMetrics,
  type ExpositionSource,
  MetricsRegistry,
  MetricsServer,
  mergeExpositions,
} from '@cess/metrics';
import { delay, elementAt, handledElsewhere, type Logger, type Metrics, messageOf } from '@cess/primitives';

/** Shorter than the scrape timeout of Prometheus. */
const defaultTimeoutMs = 3_000;

/** Roles that are scraped together: the expected names, and the texts of the running ones. */
export interface MetricsGroup {
  readonly role: string;
  readonly names: readonly string[];
  texts(): Promise<ReadonlyMap<string, string>>;
}

export interface NetworkMetricsInit {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  readonly timeoutMs?: number;
}

export class NetworkMetrics {
  readonly #server: MetricsServer;
  readonly #groups: MetricsGroup[] = [];

  constructor(private readonly init: NetworkMetricsInit) {
    this.#server = new MetricsServer({ ...init, text: () => this.text() });
    const own = this.registry('network', 'network');
    addProcessMetrics(own);
  }

  /** Available after `start`. */
  get endpoint(): string {
    return this.#server.endpoint;
  }

  /** Throws `METRICS_PORT_IN_USE`, `METRICS_LISTEN`. */
  start(): Promise<void> {
    return this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  add(group: MetricsGroup): void {
    this.#groups.push(group);
  }

  /** Adds the metrics of a role that runs in this thread. */
  registry(role: string, name: string): Metrics {
    const registry = new MetricsRegistry({ logger: this.init.logger });
    this.add({ role, names: [name], texts: async () => new Map([[name, await registry.text()]]) });
    return registry;
  }

  async text(): Promise<string> {
    const sources: ExpositionSource[] = [];
    const up: string[] = [];
    const answers = await Promise.all(this.#groups.map((group) => this.#ask(group)));
    for (const [i, { role, names }] of this.#groups.entries()) {
      for (const name of names) {
        const text = elementAt(answers, i).get(name);
        up.push(`cess_up{role="${role}",name="${name}"} ${text === undefined ? 0 : 1}`);
        if (text !== undefined) sources.push({ labels: { role, name }, text });
      }
    }
    const head = '# HELP cess_up Whether the role answers\n# TYPE cess_up gauge\n';
    return mergeExpositions([{ labels: {}, text: `${head}${up.join('\n')}\n` }, ...sources]);
  }

  /** Never rejects. */
  async #ask(group: MetricsGroup): Promise<ReadonlyMap<string, string>> {
    const waiting = new AbortController();
    const late = delay(this.init.timeoutMs ?? defaultTimeoutMs, waiting.signal).then(() => new Map<string, string>());
    handledElsewhere(late);
    try {
      return await Promise.race([group.texts(), late]);
    } catch (error) {
      this.init.logger.debug({ of: group.role, cause: messageOf(error) }, 'collecting the metrics of a role failed');
      return new Map();
    } finally {
      waiting.abort();
    }
  }
}
