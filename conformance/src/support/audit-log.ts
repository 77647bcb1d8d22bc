// Records audit events of finalized blocks while a suite runs.
import type { ChainClient, EventRecord } from '@cess/client';
import { eventually } from '@cess/primitives/testing';
import type { StoredObjects } from './objects.js';

/** Several audit cycles of the suites. */
const moreObjectsMs = 60_000;

export class AuditLog {
  readonly counts = {
    tagged: 0,
    proofs: 0,
    passed: 0,
    late: 0,
    slashed: 0,
    fragmentsLost: 0,
    ordersOpened: 0,
    ordersCompleted: 0,
    disputes: 0,
  };
  /** Providers with an invalid or conceded round. */
  readonly failedRounds = new Set<number>();
  readonly lateRounds = new Map<number, number>();
  readonly passedRounds = new Map<number, number>();
  /** Descriptions of penalties for providers and TEE workers. */
  readonly punishments: { readonly provider: number; readonly what: string }[] = [];
  readonly workerPunishments: string[] = [];
  /** Last processed block. */
  height = 0;
  /** Compensation paid to owners, by provider. */
  readonly refunds = new Map<number, bigint>();
  readonly #end: () => Promise<void>;

  /** Starts at the current finalized block or an earlier one. */
  constructor(client: ChainClient, from?: number) {
    this.#end = client.followFinalized(
      async ({ number }, hash) => {
        for (const { event } of await client.events(hash)) this.#note(event, number);
        this.height = number;
      },
      from === undefined ? {} : { from },
    );
  }

  stop(): Promise<void> {
    return this.#end();
  }

  /**
   * Waits until that many providers have passed a round. A provider that was slow or out of use while the first objects were placed
   * holds nothing and has no rounds: more objects follow until it does.
   */
  async untilProven(providers: number, objects: StoredObjects, objectSize: number): Promise<void> {
    let nextMs = performance.now() + moreObjectsMs;
    let more = 0;
    await eventually(
      async () => {
        if (this.passedRounds.size >= providers) return true;
        if (performance.now() < nextMs) return undefined;
        await objects.put(`more-${more++}`, objectSize);
        nextMs = performance.now() + moreObjectsMs;
        return undefined;
      },
      () => `every provider has proven; only ${[...this.passedRounds.keys()]}, ${JSON.stringify(this.counts)}`,
    );
  }

  #note(event: EventRecord['event'], block: number): void {
    this.#notePunishment(event, block);
    const { counts } = this;
    if (event.type === 'Audit') {
      const { type, value } = event.value;
      if (type === 'TagsReported') counts.tagged += value.fragments;
      if (type === 'ProofSubmitted') counts.proofs++;
      if (type === 'VerdictDisputed') counts.disputes++;
      if (type !== 'RoundClosed') return;
      if (value.outcome === 'Passed') {
        counts.passed++;
        this.passedRounds.set(value.miner, (this.passedRounds.get(value.miner) ?? 0) + 1);
      }
      if (value.outcome === 'Invalid' || value.outcome === 'Conceded') this.failedRounds.add(value.miner);
      if (value.outcome !== 'Late') return;
      counts.late++;
      this.lateRounds.set(value.miner, (this.lateRounds.get(value.miner) ?? 0) + 1);
    } else if (event.type === 'FileBank') {
      const { type } = event.value;
      if (type === 'FragmentLost') counts.fragmentsLost++;
      if (type === 'RestoralOrderOpened') counts.ordersOpened++;
      if (type === 'RestoralOrderCompleted') counts.ordersCompleted++;
    } else if (event.type === 'Sminer') {
      const { type, value } = event.value;
      if (type === 'Slashed') counts.slashed++;
      if (type === 'Refunded') this.refunds.set(value.miner, (this.refunds.get(value.miner) ?? 0n) + value.amount);
    }
  }

  #notePunishment(event: EventRecord['event'], block: number): void {
    if (event.type === 'Sminer') {
      const { type, value } = event.value;
      const isPunishment = type === 'Slashed' || type === 'MinerFrozen' || type === 'MinerExpelled';
      if (!isPunishment) return;
      const amount = type === 'Slashed' ? ` of ${value.amount}` : '';
      this.punishments.push({ provider: value.miner, what: `${type}${amount} in block ${block}` });
    } else if (event.type === 'Audit' && event.value.type === 'RoundClosed') {
      const { miner: provider, outcome } = event.value.value;
      const isFailure = outcome === 'Invalid' || outcome === 'Conceded';
      if (isFailure) this.punishments.push({ provider, what: `round closed as ${outcome} in block ${block}` });
    } else if (event.type === 'TeeWorker') {
      const { type, value } = event.value;
      const isPunishment = type === 'DutyMissed' || type === 'VerdictWrong' || type === 'WorkerSuspended';
      if (isPunishment) this.workerPunishments.push(`worker ${value.worker}: ${type} in block ${block}`);
    }
  }
}
