// cess tee: a TEE worker as a process of its own; its enclave is another.
import { Submitter } from '@cess/client';
import { decodeSs58 } from '@cess/crypto';
import { CessError, MiB } from '@cess/primitives';
import {
  abandonUnreachableChain,
  byteCountSchema,
  chainRoleExample,
  chainRoleShape,
  joinPeerNetwork,
  openChainRole,
  type Role,
  type RoleConfigFormat,
  type RoleContext,
  resolveChainRolePaths,
  serverShape,
  type TeeReport,
} from '@cess/role-process';
import { createTeeWorkerOverChain } from '@cess/tee';
import { z } from 'zod';

const schema = z.strictObject({
  ...chainRoleShape('tee'),
  ...serverShape,
  /** SS58 address of the consensus node that the worker credits, or null. Read when the worker registers. */
  bond: z.string().min(1).nullable().default(null),
  /** Maximum bytes of fragments queued for tagging. */
  memoryBudgetBytes: byteCountSchema.min(32 * MiB).default(256 * MiB),
});

export type TeeRoleConfig = z.infer<typeof schema>;

export const teeConfigFormat: RoleConfigFormat<TeeRoleConfig> = {
  role: 'tee',
  schema,
  example: {
    ...chainRoleExample('tee'),
    host: '127.0.0.1',
    port: 9200,
    endpoint: null,
    tls: false,
    bond: null,
    memoryBudgetBytes: 256 * MiB,
  },
  resolvePaths: resolveChainRolePaths,
};

async function openTeeRole(config: TeeRoleConfig, passphrase: string | undefined, context: RoleContext) {
  const { logger, metrics, cleanups, onFatal } = context;
  const bond = config.bond === null ? undefined : accountOf(config.bond);
  const { spec, keys, account, client } = await openChainRole(config, passphrase, context);
  const submitter = new Submitter({ client, signer: account, logger });
  cleanups.push(() => submitter.stop());
  const authorities = spec.authorities.map(({ key }) => key);
  const { dataDir: dir, host, port, endpoint, tls: isTlsOnLoopback, memoryBudgetBytes } = config;
  const worker = createTeeWorkerOverChain(
    { client, submitter, account, chainType: spec.type, authorities, logger, onFatal, metrics },
    {
      ...{ dir, host, port, isTlsOnLoopback, memoryBudgetBytes },
      ...(endpoint === null ? {} : { endpoint }),
      ...(bond === undefined ? {} : { bond }),
    },
  );
  await worker.start();
  cleanups.push(
    () => worker.stop(),
    () => submitter.stop(),
    () => abandonUnreachableChain(client),
  );
  await joinPeerNetwork(
    config,
    {
      seed: keys.nodeSeed,
      genesis: client.genesisHash,
      record: { roles: ['tee-worker'], endpoints: [worker.endpoint] },
    },
    context,
  );
  return {
    endpoint: worker.endpoint,
    answer: (): TeeReport => ({ worker: worker.worker ?? null }),
  };
}

function accountOf(address: string): Uint8Array {
  const decoded = decodeSs58(address);
  if (!decoded.ok) throw new CessError('ADDRESS_MALFORMED', `"${address}" is not an SS58 address.`);
  return decoded.value.accountId;
}

/** The role that `cess tee` runs. */
export const teeRole: Role<TeeRoleConfig> = { format: teeConfigFormat, open: openTeeRole };
