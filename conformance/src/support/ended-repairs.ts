// What a chain says of rounds and repairs, by its events alone: when each began and ended.
import type { ChainClient, EventRecord } from '@cess/client';
import { toHex } from '@cess/primitives';

type Kind = 'Verdict' | 'Failure' | 'Repair' | 'Hole';

interface Ended {
  readonly kind: Kind;
  readonly blocks: number;
  /** In which it ended. */
  readonly at: number;
}

export class EndedRepairs {
  readonly ended: Ended[] = [];
  /** Last processed block. */
  height = 0;
  /** Since when a registry is asked what it has not answered. */
  readonly #asked = new Map<string, number>();
  readonly #ordered = new Map<string, { readonly at: number; readonly isHole: boolean }>();
  readonly #end: () => Promise<void>;

  /** Follows the chain from its first block on. */
  constructor(client: ChainClient) {
    this.#end = client.followFinalized(
      async ({ number }, hash) => {
        for (const { event } of await client.events(hash)) this.#note(event, number);
        this.height = number;
      },
      { from: 1 },
    );
  }

  stop(): Promise<void> {
    return this.#end();
  }

  /** Ascending durations in blocks of what ended in these blocks, both included. */
  between(kind: Kind, first: number, last: number): readonly number[] {
    const found = this.ended.filter((each) => each.kind === kind && each.at >= first && each.at <= last);
    return found.map(({ blocks }) => blocks).sort((a, b) => a - b);
  }

  #note(event: EventRecord['event'], at: number): void {
    if (event.type === 'Audit') {
      const { type, value } = event.value;
      if (type === 'ChallengeOpened') {
        const registry = `${value.miner}/${toHex(value.key_id)}`;
        if (!this.#asked.has(registry)) this.#asked.set(registry, at);
      }
      if (type === 'VerdictSubmitted') this.#ends('Verdict', value, at);
      if (type === 'RoundClosed') {
        const { outcome } = value;
        if (outcome === 'Invalid' || outcome === 'Conceded') this.#ends('Failure', value, at);
        // The other outcomes leave the question open.
        if (outcome !== 'Late' && outcome !== 'Void') this.#asked.delete(`${value.miner}/${toHex(value.key_id)}`);
      }
    }
    if (event.type === 'FileBank') {
      const { type, value } = event.value;
      if (type === 'RestoralOrderOpened') this.#ordered.set(placeOf(value), { at, isHole: value.reason === 'Hole' });
      if (type === 'RestoralOrderCompleted') {
        const order = this.#ordered.get(placeOf(value));
        if (order !== undefined) this.ended.push({ kind: order.isHole ? 'Hole' : 'Repair', blocks: at - order.at, at });
      }
    }
  }

  #ends(kind: Kind, { miner, key_id: keyId }: { readonly miner: number; readonly key_id: Uint8Array }, at: number) {
    const asked = this.#asked.get(`${miner}/${toHex(keyId)}`);
    if (asked !== undefined) this.ended.push({ kind, blocks: at - asked, at });
  }
}

interface Place {
  readonly file_id: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

function placeOf({ file_id, segment, fragment }: Place): string {
  return `${toHex(file_id)}/${segment}/${fragment}`;
}
