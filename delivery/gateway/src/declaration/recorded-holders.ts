// The holders that the chain recorded for a declared batch: those that attested, less those that the chain refused. A file
// that an earlier declaration recorded may have other holders than those named now, so the chain is asked for them.
import type { IsRecorded } from '@cess/object-index';
import { type Logger, toHex } from '@cess/primitives';
import type { DeclarationOutcome, FragmentPlace, GatewayChain } from '../chain-port.js';
import type { PendingFile } from './pending-file.js';

interface DeclaredBatch {
  readonly batch: readonly PendingFile[];
  readonly attestedBy: ReadonlySet<number>;
  readonly outcome: DeclarationOutcome;
}

interface Ports {
  readonly chain: Pick<GatewayChain, 'holdersOf'>;
  readonly logger: Logger;
}

export async function recordedHolders(
  { chain, logger }: Ports,
  { batch, attestedBy, outcome }: DeclaredBatch,
): Promise<IsRecorded> {
  for (const { provider, reason, ...place } of outcome.refused) {
    logger.warn(
      { ...place, fileId: toHex(place.fileId), provider, reason },
      'the chain refused a holder; filling the hole',
    );
  }
  const refused = new Set(outcome.refused.map(placeName));
  const known = new Set(outcome.known.map(toHex));
  const holders = new Map<string, number | undefined>();
  for (const { fileId, segments } of batch) {
    if (!known.has(toHex(fileId))) continue;
    for (const [segment, { fragments }] of segments.entries()) {
      const recorded = await chain.holdersOf(fileId, segment, fragments.length);
      for (const [fragment, holder] of recorded.entries())
        holders.set(placeName({ fileId, segment, fragment }), holder);
    }
  }
  return ({ holder, ...place }) => {
    const name = placeName(place);
    if (known.has(toHex(place.fileId))) return holders.get(name) === holder;
    return attestedBy.has(holder) && !refused.has(name);
  };
}

function placeName({ fileId, segment, fragment }: FragmentPlace): string {
  return `${toHex(fileId)}/${segment}/${fragment}`;
}
