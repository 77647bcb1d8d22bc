// What a command trusts instead of its chain node, and the light client over that node.
import type { ChainClient } from '@cess/client';
import { LightClient, type LightTrust, trustOfChainSpec } from '@cess/client/light';
import { fromHex } from '@cess/primitives';
import type { CliContext } from './context.js';

export interface TrustOptions {
  /** Hash of the genesis in hex. Default: what the state of the chain proves. */
  readonly genesis?: string | undefined;
  /** ed25519 key in hex of the only authority of the genesis. Default: those of the chain specification. */
  readonly authority?: string | undefined;
  /** File with the chain specification. Default: that of the home. */
  readonly spec?: string | undefined;
}

export function trustOf(context: CliContext, { genesis, authority, spec }: TrustOptions): LightTrust {
  const authorities = authority === undefined ? context.chainSpec(spec).authorities : [{ key: authority }];
  return trustOfChainSpec({ authorities }, genesis === undefined ? undefined : fromHex(genesis));
}

/** A light client that has verified the newest finalized block of the node. Throws what is wrong with the proofs. */
export async function verifiedHead(client: ChainClient, trust: LightTrust): Promise<LightClient> {
  const light = new LightClient({ node: client, trust });
  await light.sync();
  return light;
}
