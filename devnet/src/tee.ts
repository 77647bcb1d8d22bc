// The TEE worker of the embedded network in one process.
import { ChainClient, type ExtrinsicSigner, Submitter } from '@cess/client';
import type { ChainSpec } from '@cess/node';
import { isCessError, type Logger, type Metrics, type OnFatal } from '@cess/primitives';
import { createTeeWorkerOverChain, type TeeWorker } from '@cess/tee';

export interface TeeSetup {
  readonly rpcEndpoint: string;
  readonly account: ExtrinsicSigner;
  readonly chainSpec: ChainSpec;
  readonly dir: string;
  readonly host: string;
  /** Port of the last run; 0 selects a free port. */
  readonly port: number;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  readonly metrics: Metrics;
  /** Cleanups that stop the worker. */
  readonly cleanups: (() => unknown)[];
}

/** Starts a worker that accepts requests; it registers in the background. */
export async function startTee(setup: TeeSetup): Promise<TeeWorker> {
  const { account, chainSpec, dir, host, logger, onFatal, metrics, cleanups } = setup;
  const client = await ChainClient.connect({ endpoint: setup.rpcEndpoint, logger, metrics, onFatal });
  cleanups.push(() => client.close());
  const submitter = new Submitter({ client, signer: account, logger });
  const authorities = chainSpec.authorities.map(({ key }) => key);
  const create = (port: number) =>
    createTeeWorkerOverChain(
      { client, submitter, account, chainType: chainSpec.type, authorities, logger, onFatal, metrics },
      { dir, host, port },
    );
  let worker = create(setup.port);
  try {
    await worker.start();
  } catch (error) {
    if (setup.port === 0 || !isCessError(error, 'TEE_PORT_IN_USE')) throw error;
    // Another program took the port of the last run. Use any port: the new endpoint is recorded on chain.
    worker = create(0);
    await worker.start();
  }
  cleanups.push(
    () => worker.stop(),
    () => submitter.stop(),
  );
  return worker;
}
