// cess challenge list: the tagged and the proven bytes of every provider, and the open rounds (docs/protocol/audit.md).
import { type ChallengeInfo, query, type RegistryInfo } from '@cess/client';
import { formatBytes, toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { print, table } from '../output.js';

interface Registry {
  readonly provider: number;
  readonly keyId: Uint8Array;
  readonly info: RegistryInfo;
  readonly challenge: ChallengeInfo | undefined;
}

export interface ListChallengesOptions {
  readonly provider?: number;
}

export async function listChallenges(context: CliContext, options: ListChallengesOptions): Promise<void> {
  const { registries, block } = await withChain(context, async (client) => {
    const at = await client.finalizedHash();
    const partial: [number?] = options.provider === undefined ? [] : [options.provider];
    const running = new Map<string, ChallengeInfo>();
    for await (const [[provider, keyId], info] of client.entries(query.Audit.Challenges, partial, at)) {
      running.set(`${provider}/${toHex0x(keyId)}`, info);
    }
    const found: Registry[] = [];
    for await (const [[provider, keyId], info] of client.entries(query.Audit.Registries, partial, at)) {
      found.push({ provider, keyId, info, challenge: running.get(`${provider}/${toHex0x(keyId)}`) });
    }
    found.sort((a, b) => a.provider - b.provider);
    return { registries: found, block: (await client.header(at)).number };
  });
  if (context.json) return print(JSON.stringify(registries.map(toPlain), null, 2));
  print(`state of block ${block}, finalized`);
  print(
    table(
      registries.map(({ provider, keyId, info, challenge }) => ({
        provider,
        key: toHex0x(keyId).slice(0, 10),
        fragments: info.live,
        tagged: formatBytes(info.bytes),
        proven: formatBytes(info.proven_bytes),
        'passed (block)': info.passed_at ?? null,
        strikes: info.strikes,
        round: challenge?.round ?? null,
        now: challenge === undefined ? 'nothing asked' : describe(challenge, block),
      })),
    ),
  );
}

function describe({ state, deadline }: ChallengeInfo, block: number): string {
  if (state.type === 'Open') return `challenged, ${Math.max(0, deadline - block)} blocks left to answer`;
  if (state.type === 'Answered') {
    const { worker, verify_by } = state.value;
    const by = worker === undefined ? 'no worker is active' : `worker ${worker} judges`;
    return `answered, ${by}, ${Math.max(0, verify_by - block)} blocks left`;
  }
  const { passed, worker, dispute_until } = state.value;
  const left = Math.max(0, dispute_until - block);
  return `${passed ? 'passed' : 'failed'} says worker ${worker}, ${left} blocks left to dispute`;
}

function toPlain({ provider, keyId, info, challenge }: Registry) {
  return {
    provider,
    keyId: toHex0x(keyId),
    fragments: info.live,
    taggedBytes: Number(info.bytes),
    provenBytes: Number(info.proven_bytes),
    passedAt: info.passed_at ?? null,
    strikes: info.strikes,
    round:
      challenge === undefined
        ? null
        : {
            number: challenge.round,
            openedAt: challenge.opened_at,
            slots: challenge.frozen,
            deadline: challenge.deadline,
            state: challenge.state.type,
            ...(challenge.state.type === 'Open' ? {} : { worker: challenge.state.value.worker ?? null }),
            ...(challenge.state.type === 'Judged' ? { passed: challenge.state.value.passed } : {}),
          },
  };
}
