// Registration with TeeWorker: once, then updates of the endpoint. A suspended worker resumes automatically while its stake is
// high enough. The program never adds stake: that is the operator's decision.
import { CessError, delay, equalBytes, isCessError, type Logger, messageOf, toHex } from '@cess/primitives';
import type { TeeChain, WorkerRecord } from './chain-port.js';
import type { Enclave } from './enclave/enclave.js';

const firstRetryDelayMs = 500;
const maxRetryDelayMs = 15_000;

export interface WorkerRegistrationInit {
  readonly chain: Pick<TeeChain, 'genesis' | 'ownRecord' | 'register' | 'updateEndpoint' | 'resume'>;
  readonly enclave: Pick<Enclave, 'describe' | 'evidenceFor'>;
  readonly account: Uint8Array;
  readonly endpoint: string;
  readonly bond: Uint8Array | undefined;
  readonly logger: Logger;
}

/**
 * Registers, or updates the record on chain. Retries until it succeeds or the signal fires. Returns the index.
 * Throws `TEE_ENCLAVE_MISMATCH` when the account is registered with another enclave.
 */
export async function ensureWorkerRegistered(init: WorkerRegistrationInit, signal: AbortSignal): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      return await registerOnce(init);
    } catch (error) {
      if (isCessError(error, 'TEE_ENCLAVE_MISMATCH')) throw error;
      init.logger.warn({ cause: messageOf(error), failures }, 'failed to register the TEE worker; retrying');
    }
    await delay(Math.min(firstRetryDelayMs * 2 ** failures, maxRetryDelayMs), signal);
  }
}

async function registerOnce(init: WorkerRegistrationInit): Promise<number> {
  const { chain, enclave, endpoint, logger } = init;
  const { signerKey } = enclave.describe();
  const known = await chain.ownRecord();
  if (known === undefined) await register(init);
  else {
    if (!equalBytes(known.signerKey, signerKey)) throw mismatch(known, signerKey);
    if (known.endpoint !== endpoint) await chain.updateEndpoint(endpoint);
    if (known.state === 'Suspended') await resume(init, known);
  }
  const record = known ?? (await chain.ownRecord());
  if (record === undefined) {
    throw new CessError('TEE_NOT_REGISTERED', 'The chain does not show the registration yet.');
  }
  logger.debug({ worker: record.worker, state: record.state }, 'the record of the worker is up to date');
  return record.worker;
}

async function register({ chain, enclave, account, endpoint, bond }: WorkerRegistrationInit): Promise<void> {
  const { signerKey, publicKey, epoch } = enclave.describe();
  const evidence = await enclave.evidenceFor(account, chain.genesis);
  await chain.register({ signerKey, endpoint, bond, publicKey, epoch, evidence });
}

async function resume(
  { chain, logger }: WorkerRegistrationInit,
  { worker, isStakeEnough }: WorkerRecord,
): Promise<void> {
  if (isStakeEnough) {
    await chain.resume();
    logger.warn({ worker }, 'resumed the suspended worker');
  } else {
    const advice = 'call TeeWorker.add_stake with its account, then start it again';
    logger.error({ worker, advice }, 'the worker is suspended and its stake is too low to resume');
  }
}

function mismatch({ worker, signerKey }: WorkerRecord, own: Uint8Array): CessError {
  const advice = 'Give the worker the directory that it registered with, or another account.';
  return new CessError(
    'TEE_ENCLAVE_MISMATCH',
    `The account is registered as worker ${worker} with another enclave. ${advice}`,
    {
      onChain: toHex(signerKey),
      own: toHex(own),
    },
  );
}
