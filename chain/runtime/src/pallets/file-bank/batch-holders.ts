// The holders that a declaration batch names. A provider attests with one signature everything that it holds in the
// batch. A named holder that the chain cannot record does not fail the batch: its fragments become holes.
import { type HoldingEntry, holdingDigest } from '@cess/types';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import type { CheckedFile } from './batch-shape.js';
import { fileBankErrors, type HolderAttestation, type HolderRefusal, MAX_ATTESTATION_BLOCKS } from './declaration.js';
import type { FileBankNeeds } from './needs.js';

const errors = fileBankErrors.byName;

export interface AttestedBatch {
  /** The account that declares. */
  readonly gateway: Uint8Array;
  readonly files: readonly CheckedFile[];
  readonly attestations: readonly HolderAttestation[];
}

/** What a provider holds in the batch, in the order of the batch. */
interface Share {
  readonly entries: HoldingEntry[];
  /** Whether some of the entries belong to files that are not recorded yet. */
  isNew: boolean;
}

interface Standing {
  readonly refusal: HolderRefusal | undefined;
  /** Declared space that is left for fragments of this batch. */
  left: bigint;
  bytes: bigint;
  fragments: bigint;
}

export class BatchHolders {
  readonly #standings = new Map<number, Standing>();

  private constructor() {}

  /** Judges every holder of new files. Fails for attestations that the batch does not need. */
  static judge(ctx: Context, needs: FileBankNeeds, batch: AttestedBatch): BatchHolders {
    const shares = sharesOf(batch.files);
    const attestations = new Map<number, HolderAttestation>();
    for (const attestation of batch.attestations) {
      const { miner: provider } = attestation;
      ensure(shares.has(provider) && !attestations.has(provider), errors.UnexpectedAttestation);
      attestations.set(provider, attestation);
    }
    const holders = new BatchHolders();
    for (const [provider, { entries, isNew }] of shares) {
      if (!isNew) continue;
      const left = needs.freeSpace(ctx, provider);
      const claim = { provider, gateway: batch.gateway, entries };
      const refusal = left === undefined ? 'NotActive' : refusalOf(ctx, needs, claim, attestations.get(provider));
      holders.#standings.set(provider, { refusal, left: left ?? 0n, bytes: 0n, fragments: 0n });
    }
    return holders;
  }

  /** Makes the provider the holder of one more fragment, or says why it cannot be. */
  admit(provider: number, length: number): HolderRefusal | undefined {
    const standing = this.#standings.get(provider);
    if (standing === undefined) return 'NotActive';
    if (standing.refusal !== undefined) return standing.refusal;
    const bytes = BigInt(length);
    if (bytes > standing.left) return 'NoSpace';
    standing.left -= bytes;
    standing.bytes += bytes;
    standing.fragments++;
    return undefined;
  }

  /** Books the admitted fragments to their holders. */
  book(ctx: Context, needs: FileBankNeeds): void {
    for (const [provider, { bytes, fragments }] of this.#standings)
      if (fragments > 0n) needs.addHolding(ctx, provider, { bytes, fragments });
  }
}

function sharesOf(files: readonly CheckedFile[]): Map<number, Share> {
  const shares = new Map<number, Share>();
  for (const { id, declaration, known } of files) {
    declaration.segments.forEach((segment, segmentIndex) => {
      segment.fragments.forEach(({ root, holder }, fragment) => {
        if (holder === undefined) return;
        let share = shares.get(holder);
        if (share === undefined) {
          share = { entries: [], isNew: false };
          shares.set(holder, share);
        }
        share.entries.push({ fileId: id, segment: segmentIndex, fragment, root, length: segment.fragment_length });
        if (!known) share.isNew = true;
      });
    });
  }
  return shares;
}

interface HeldClaim {
  readonly provider: number;
  readonly gateway: Uint8Array;
  readonly entries: readonly HoldingEntry[];
}

/** Why the attestation of an active provider does not count; undefined if it does. */
export function refusalOf(
  ctx: Context,
  needs: FileBankNeeds,
  claim: HeldClaim,
  attestation: Pick<HolderAttestation, 'until' | 'signature'> | undefined,
): HolderRefusal | undefined {
  if (attestation === undefined) return 'NotAttested';
  const { until, signature } = attestation;
  const now = needs.blockNumber(ctx);
  if (until < now || until > now + MAX_ATTESTATION_BLOCKS) return 'Expired';
  const digest = holdingDigest({ genesis: needs.genesisHash(ctx), until, ...claim });
  const isSigned = ctx.crypto.verifyEd25519(signature, digest, needs.nodeKeyOf(ctx, claim.provider));
  return isSigned ? undefined : 'BadAttestation';
}
