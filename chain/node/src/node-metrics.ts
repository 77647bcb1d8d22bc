// Metrics of a chain node (docs/operations/observability.md). Counts that are kept anyway are read when asked; here is
// what only happens: blocks and RPC requests.
import type { SeatFigures } from '@cess/consensus';
import type { Counter, Histogram, MetricInit, Metrics } from '@cess/primitives';
import type { HookFailure } from '@cess/runtime';
import type { EngineHost } from './engine/engine-host.js';
import type { PoolRefusal } from './pool/pool-types.js';

/** Values of a running node that are read at each scrape. */
export interface NodeReadings {
  readonly bestNumber: number;
  readonly finalizedNumber: number;
  /** Undefined before the first block. */
  readonly lostBlocks: number | undefined;
  readonly poolTransactions: number;
  readonly rpcConnections: number;
  /** Undefined before the first era. */
  readonly seats: () => SeatFigures | undefined;
  /** Undefined when unknown. */
  readonly databaseBytes: number | undefined;
}

/** RPC method classes, by prefix of the method name. */
const methodClasses = new Set(['author', 'chain', 'grandpa', 'payment', 'rpc', 'state', 'system']);

export class NodeMetrics {
  readonly blocksAuthored: Counter;
  readonly logLinesDropped: Counter;
  readonly #execution: Histogram<'step'>;
  readonly #requests: Counter<'class' | 'outcome'>;
  readonly #hookFailures: Counter<'pallet' | 'hook'>;
  readonly #refusals: Counter<'reason'>;

  /** `read` returns undefined while the node is stopped. */
  constructor(metrics: Metrics, read: () => NodeReadings | undefined) {
    this.blocksAuthored = metrics.counter(named('blocks_authored_total', 'Blocks made by this node'));
    this.#execution = metrics.histogram({
      ...named('block_execution_seconds', 'Execution of own blocks, waiting for the engine included, by step'),
      labels: ['step'],
    });
    this.#requests = metrics.counter({
      ...named('rpc_requests_total', 'RPC requests, by class of the method and outcome'),
      labels: ['class', 'outcome'],
    });
    this.#hookFailures = metrics.counter({
      ...named('hook_failures_total', 'Hooks of the runtime that threw and were rolled back, by pallet and hook'),
      labels: ['pallet', 'hook'],
    });
    this.#refusals = metrics.counter({
      ...named('refused_transactions_total', 'Submitted transactions that the pool refused, by reason'),
      labels: ['reason'],
    });
    this.logLinesDropped = metrics.counter(
      named('log_lines_dropped_total', 'Log lines about RPC beyond the limit of equal messages a minute'),
    );
    declareReadings(metrics, read);
  }

  /** Counts a refused submission. The reason `Call` is one that does not decode. */
  transactionRefused(refusal: PoolRefusal): void {
    this.#refusals.add(1, { reason: refusal.type === 'validity' ? refusal.error.value.type : refusal.type });
  }

  hookFailed({ pallet, hook }: HookFailure): void {
    this.#hookFailures.add(1, { pallet, hook });
  }

  /** Wraps the engine for the author and measures block building and import. */
  timedBlocks(engine: EngineHost): Pick<EngineHost, 'run'> {
    return {
      run: async (method, ...args) => {
        const begun = performance.now();
        const result = await engine.run(method, ...args);
        const seconds = (performance.now() - begun) / 1000;
        if (method === 'propose') this.#execution.observe(seconds, { step: 'propose' });
        if (method !== 'importBlock') return result;
        this.#execution.observe(seconds, { step: 'import' });
        this.blocksAuthored.add(1);
        return result;
      },
    };
  }

  /** Counts an answered request. The method name is untrusted input. */
  rpcAnswered(method: string, isOk: boolean): void {
    const [prefix = ''] = method.split('_', 1);
    this.#requests.add(1, {
      class: methodClasses.has(prefix) ? prefix : 'other',
      outcome: isOk ? 'ok' : 'error',
    });
  }
}

function declareReadings(metrics: Metrics, read: () => NodeReadings | undefined): void {
  const gauge = (init: MetricInit, of: (readings: NodeReadings) => number | undefined) => {
    metrics.gauge(init, () => {
      const readings = read();
      return readings === undefined ? undefined : of(readings);
    });
  };
  gauge(named('best_block', 'Number of the best block'), (at) => at.bestNumber);
  gauge(named('finalized_block', 'Number of the finalized block'), (at) => at.finalizedNumber);
  gauge(named('lost_blocks', 'Blocks in which duties could not be done, as of the best block'), (at) => at.lostBlocks);
  gauge(named('rpc_connections', 'Open WebSocket connections of RPC'), (at) => at.rpcConnections);
  gauge(named('database_bytes', 'File of blocks and states'), (at) => at.databaseBytes);
  gauge(named('pool_transactions', 'Transactions in the pool'), (at) => at.poolTransactions);
  gauge(
    named('seat_holders', 'Accounts that had a seat in the eras that the chain keeps'),
    (at) => at.seats()?.holders,
  );
  gauge(
    named('seat_nakamoto', 'Fewest accounts that had more than a third of these seats together'),
    (at) => at.seats()?.nakamoto,
  );
  gauge(
    named('seat_herfindahl', 'Herfindahl-Hirschman index of these seats: 10000 is one holder'),
    (at) => at.seats()?.herfindahl,
  );
  gauge(
    named(
      'seat_rotation_permille',
      'Of these seats after the first era, those whose holder had none in the era before',
    ),
    (at) => at.seats()?.rotationPermille,
  );
}

function named(what: string, help: string): { readonly name: string; readonly help: string } {
  return { name: `cess_node_${what}`, help };
}
