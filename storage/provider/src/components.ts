// What a provider is made of.
import type { Ed25519Signer } from '@cess/crypto';
import type { FragmentFs } from '@cess/fragment-store';
import type { Clock, Logger, Metrics, OnFatal, Rng } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { ProviderChain } from './chain/chain-port.js';
import type { DutyChain } from './chain/duty-chain.js';
import type { SharedWork } from './scheduling/shared-work.js';
import type { TeePort } from './tagging/tee-port.js';

export interface ProviderComponents {
  readonly chain: ProviderChain;
  readonly duties: DutyChain;
  /** Of the process; stopped by whoever made it, after the provider. */
  readonly shared: SharedWork;
  /** The node key: signs receipts and attestations. */
  readonly nodeSigner: Ed25519Signer;
  /** Account that is registered and staked. */
  readonly account: Uint8Array;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Ends the process: background work met an error that no retry can help. */
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Default: the disk. */
  readonly fs?: FragmentFs;
  /** Default: HTTP, signed by the node key. */
  readonly tee?: TeePort;
  /** Opens the database of tags in a directory. Default: LMDB. */
  readonly openTags?: (dir: string) => Kv;
}
