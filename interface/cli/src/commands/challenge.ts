// cess challenge list: the tagged and the proven bytes of every provider, and the open rounds (docs/protocol/audit.md).
import { type ChallengeInfo, type OpenQuestion, query, type RegistryInfo } from '@cess/client';
import { formatBytes, toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { print, table } from '../output.js';

interface Registry {
  readonly provider: number;
  readonly keyId: Uint8Array;
  readonly info: RegistryInfo;
  readonly challenge: ChallengeInfo | undefined;
  /** Asked before, not answered or not judged; the next round asks it again. */
  readonly question: OpenQuestion | undefined;
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
    const questions = new Map<string, OpenQuestion>();
    for await (const [[provider, keyId], question] of client.entries(query.Audit.Questions, partial, at)) {
      questions.set(`${provider}/${toHex0x(keyId)}`, question);
    }
    const found: Registry[] = [];
    for await (const [[provider, keyId], info] of client.entries(query.Audit.Registries, partial, at)) {
      const name = `${provider}/${toHex0x(keyId)}`;
      found.push({ provider, keyId, info, challenge: running.get(name), question: questions.get(name) });
    }
    found.sort((a, b) => a.provider - b.provider);
    return { registries: found, block: (await client.header(at)).number };
  });
  if (context.json) return print(JSON.stringify(registries.map(toPlain), null, 2));
  print(`state of block ${block}, finalized`);
  print(
    table(
      registries.map(({ provider, keyId, info, challenge, question }) => ({
        provider,
        key: toHex0x(keyId).slice(0, 10),
        fragments: info.live,
        tagged: formatBytes(info.bytes),
        proven: formatBytes(info.proven_bytes),
        'passed (block)': info.passed_at ?? null,
        strikes: info.strikes,
        round: challenge?.round ?? null,
        now: challenge === undefined ? describeWaiting(question) : describe(challenge, block),
      })),
    ),
  );
}

function describeWaiting(question: OpenQuestion | undefined): string {
  if (question === undefined) return 'nothing asked';
  return `question of round ${question.round}, asked in block ${question.asked_at}, is still open`;
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

function toPlain({ provider, keyId, info, challenge, question }: Registry) {
  return {
    provider,
    keyId: toHex0x(keyId),
    fragments: info.live,
    taggedBytes: Number(info.bytes),
    provenBytes: Number(info.proven_bytes),
    passedAt: info.passed_at ?? null,
    strikes: info.strikes,
    openQuestion: question === undefined ? null : { round: question.round, askedAt: question.asked_at },
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
