// How a verified receipt is shown.
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import type { ChainFacts, FileFact, FragmentFact, VerifiedReceipt } from '@cess/object-receipt';
import { formatBytes, fromHex } from '@cess/primitives';
import { fields, type Row, table } from './output.js';

/** The lines of a receipt, as text for people. */
export function describeReceipt({ statement, chain }: VerifiedReceipt): string {
  const { object, block, gateway } = statement;
  const head = fields({
    object: `s3://${object.bucket}/${object.key}`,
    version: object.versionId,
    size: formatBytes(object.size),
    etag: object.etag,
    'stored at': new Date(object.lastModifiedMs).toISOString(),
    'stated by': `${address(gateway)} (${chain.gateway.endpoint}), signed with the node key on chain`,
    'state of block': `${block.number} (${block.hash}), finalized`,
    'time of block': new Date(chain.timeMs).toISOString(),
    genesis: statement.genesis,
  });
  return [head, ...chain.files.map((file) => describeFile(file, chain))].join('\n\n');
}

function describeFile(file: FileFact, chain: ChainFacts): string {
  const head = fields({
    file: file.id,
    owner: `${address(file.owner)}, ${file.authorizesGateway ? 'authorizes' : 'does not authorize'} the gateway`,
    territory: file.territory,
    order: file.orderId,
    'declared by': address(file.declaredBy),
    'declared in block': file.declaredAt,
  });
  const segments = [...file.segments.entries()].flatMap(([index, { k, n, root, fragments }]) =>
    fragments.length === 0
      ? []
      : [
          `segment ${index}: any ${k} of ${n} fragments, root ${root}\n${table(
            fragments.map((fragment, place) => ({ fragment: place, ...describeFragment(fragment, chain) })),
          )}`,
        ],
  );
  return [head, ...segments].join('\n\n');
}

function describeFragment(fragment: FragmentFact, chain: ChainFacts): Row {
  const { provider, since, restored, tag, restoral } = fragment;
  return {
    provider,
    since,
    tagged: tag?.taggedAt ?? null,
    proven: provenAt(fragment, chain) ?? null,
    restored,
    repair: restoral === null ? null : `${restoral.reason}, since block ${restoral.openedAt}`,
    root: fragment.root,
  };
}

/** Block that opened the last round in which its holder proved the fragment. */
function provenAt({ provider, tag }: FragmentFact, { rounds }: ChainFacts): number | undefined {
  if (tag === null) return undefined;
  const passedAt = rounds.find((round) => round.provider === provider && round.tagKey === tag.key)?.passedAt ?? null;
  return passedAt !== null && passedAt >= tag.taggedAt ? passedAt : undefined;
}

function address(account: string): string {
  return encodeSs58(fromHex(account), SS58_PREFIX);
}
