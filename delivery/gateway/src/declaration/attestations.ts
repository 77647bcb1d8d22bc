// Gathers what a declaration batch needs from providers: one signature each over all that it holds of the batch
// (docs/protocol/data-path.md §9). Who does not attest in time holds nothing in this batch: its fragments are holes.

import { verifyEd25519 } from '@cess/crypto';
import type { ProviderDirectory } from '@cess/data-path';
import type { HoldingEntryJson, ProviderClient } from '@cess/node-api';
import { type Logger, messageOf, toHex } from '@cess/primitives';
import { holdingDigest } from '@cess/types';
import type { HolderAttestation } from '../chain-port.js';

const attestTimeoutMs = 10_000;

export interface HeldFragment {
  readonly fileId: Uint8Array;
  readonly orderId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly root: Uint8Array;
  readonly length: number;
}

export interface AttestationsInit {
  readonly genesis: Uint8Array;
  readonly gateway: Uint8Array;
  readonly client: ProviderClient;
  readonly directory: ProviderDirectory;
  readonly logger: Logger;
}

export class Attestations {
  constructor(private readonly init: AttestationsInit) {}

  /** Checked attestations of those who gave one; entries per provider in the order of the batch. */
  async collect(heldByProvider: ReadonlyMap<number, readonly HeldFragment[]>): Promise<HolderAttestation[]> {
    const answers = await Promise.all([...heldByProvider].map(([index, held]) => this.#attest(index, held)));
    return answers.filter((answer) => answer !== undefined);
  }

  async #attest(index: number, held: readonly HeldFragment[]): Promise<HolderAttestation | undefined> {
    const provider = this.init.directory.get(index);
    if (provider === undefined) return undefined;
    const { genesis, gateway } = this.init;
    try {
      const timeout = AbortSignal.timeout(attestTimeoutMs);
      const { until, signature } = await this.init.client.attestHoldings(provider, held.map(toJson), timeout);
      const digest = holdingDigest({ genesis, provider: index, gateway, until, entries: held });
      if (verifyEd25519(signature, digest, provider.nodeKey)) return { provider: index, until, signature };
      this.init.logger.warn({ provider: index }, 'a provider attested with a wrong signature');
    } catch (error) {
      this.init.logger.warn({ provider: index, cause: messageOf(error) }, 'a provider did not attest what it holds');
    }
    return undefined;
  }
}

function toJson(held: HeldFragment): HoldingEntryJson {
  return {
    fileId: toHex(held.fileId),
    orderId: toHex(held.orderId),
    segment: held.segment,
    fragment: held.fragment,
    root: toHex(held.root),
    length: held.length,
  };
}
