// A TEE worker over a connection to a chain node, with the software enclave as a separate process.
import type { AuthoritySet, ChainClient, ExtrinsicSigner, Submitter } from '@cess/client';
import { type Logger, type Metrics, noMetrics, type OnFatal, systemClock } from '@cess/primitives';
import { TeeChainAdapter } from './chain/chain-adapter.js';
import type { TeeWorkerConfig } from './config.js';
import { SoftwareEnclave } from './enclave/software-enclave.js';
import { createTeeWorker, type TeeWorker } from './tee-worker.js';

export interface TeeWorkerOverChainInit {
  readonly client: ChainClient;
  /** Signs for the worker's account. Its creator stops it before the worker. */
  readonly submitter: Submitter;
  readonly account: ExtrinsicSigner;
  /** Kind of the chain specification. A software enclave rejects `production`. */
  readonly chainType: 'development' | 'production';
  /** Keys of the authorities in the specification. The enclave pins them when it is created. */
  readonly authorities: readonly Uint8Array[];
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
}

/** A worker that is not started yet. */
export function createTeeWorkerOverChain(init: TeeWorkerOverChainInit, config: TeeWorkerConfig): TeeWorker {
  const { client, submitter, chainType, logger, metrics = noMetrics } = init;
  const { account } = init.account;
  const authorities: AuthoritySet = {
    setId: 0n,
    authorities: init.authorities.map((key) => ({ key, weight: 1n })),
  };
  return createTeeWorker(
    {
      chain: new TeeChainAdapter({ client, submitter, account }),
      openEnclave: (dir) => SoftwareEnclave.open({ dir, genesis: client.genesisHash, authorities, chainType, logger }),
      account,
      clock: systemClock,
      logger,
      onFatal: init.onFatal,
      metrics,
    },
    config,
  );
}
