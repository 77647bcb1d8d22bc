// The watcher of an authority: verdict checker, verification thread and account over one connection to a node.
import { ChainClient, type OpenSocket, Submitter } from '@cess/client';
import { ed25519Account } from '@cess/client/signers';
import {
  type Logger,
  type Metrics,
  noMetrics,
  type OnFatal,
  type Rng,
  runCleanups,
  type Startable,
  systemTimers,
  type Timers,
} from '@cess/primitives';
import { VerdictChecker } from './verdict-checker.js';
import { declareVerdictMetrics } from './verdict-metrics.js';
import { Verifier } from './verifier.js';

/** Share of all verdicts that each of several authorities checks; a lone authority checks all. */
const sharedVerdicts = 0.05;

export interface VerdictWatcherInit {
  /** RPC of the node that the watcher trusts: its own. */
  readonly endpoint: string;
  /** Default: a WebSocket to the endpoint. */
  readonly openSocket?: OpenSocket;
  /** Seed of the ed25519 account that pays the deposits of disputes. */
  readonly authoritySeed: Uint8Array;
  /** Number of authorities that share the work. */
  readonly authorities: number;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  readonly timers?: Timers;
}

export type VerdictWatcher = Startable;

/** A watcher that does nothing before `start`. `start` throws `RPC_TIMEOUT` when the node does not answer. */
export function createVerdictWatcher(init: VerdictWatcherInit): VerdictWatcher {
  const { endpoint, openSocket, rng, metrics = noMetrics, timers = systemTimers, onFatal } = init;
  const logger = init.logger.child({ component: 'verdicts' });
  const cleanups: (() => unknown)[] = [];
  let checker: VerdictChecker | undefined;
  declareVerdictMetrics(metrics, () => checker?.counts);
  return {
    async start() {
      const connection = openSocket === undefined ? { endpoint } : { endpoint, openSocket };
      const client = await ChainClient.connect({ ...connection, logger, onFatal, metrics });
      cleanups.push(() => client.close());
      const submitter = new Submitter({ client, signer: ed25519Account(init.authoritySeed), logger });
      const verifier = new Verifier(logger);
      const share = init.authorities === 1 ? 1 : sharedVerdicts;
      checker = new VerdictChecker({ rng, logger, onFatal, metrics, timers, client, submitter, verifier, share });
      cleanups.push(
        () => verifier.stop(),
        () => checker?.stop(),
        () => submitter.stop(),
      );
      await checker.start();
    },
    stop: () => runCleanups(cleanups),
  };
}
