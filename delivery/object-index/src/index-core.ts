// What all views of one object index share: the transactions, the sequences, the queues of messages, and the follower of changes.
import type { Kv } from '@cess/store';
import type { ChangeFollower, ChangeOrigin, NotedChange, ObjectChange } from './changes.js';
import { GroupCommit } from './group-commit.js';
import type { IndexView, Portions } from './index-view.js';
import type { Journal } from './journal/journal.js';
import * as keys from './keys.js';
import { MessageQueues, type QueuedMessage } from './messages.js';
import type { WriteTools } from './objects.js';
import type { VersionSources } from './versions.js';

/** What views of one index share, or the parts of a new one. */
export interface SharedIndex {
  /** Of another view of the same index. */
  readonly core?: IndexCore;
  /** Goes to the follower with every change through this view. */
  readonly origin?: ChangeOrigin;
  /** Records what is changed, for the export of the index. Default: nothing is recorded. */
  readonly journal?: Journal | undefined;
}

export class IndexCore {
  readonly commits: GroupCommit;
  readonly messages: MessageQueues;
  follower: ChangeFollower | undefined;
  #nextSequence: number;
  #nextCompletion: number;

  constructor(
    kv: Kv,
    private readonly sources: VersionSources,
    journal?: Journal,
  ) {
    this.commits = new GroupCommit(kv, journal);
    this.messages = new MessageQueues(kv);
    const [last] = kv.entries({ ...keys.rangeOf(keys.outboxPrefix), reverse: true, limit: 1 });
    this.#nextSequence = last === undefined ? 1 : keys.sequenceOfKey(last[0]) + 1;
    const [newest] = kv.entries({ ...keys.rangeOf(keys.completionOrderPrefix), reverse: true, limit: 1 });
    this.#nextCompletion = newest === undefined ? 1 : keys.sequenceOfCompletionOrder(newest[0]) + 1;
  }

  /** Of the outbox. */
  nextSequence(): number {
    return this.#nextSequence++;
  }

  nextCompletion(): number {
    return this.#nextCompletion++;
  }

  /** A transaction that changes objects. The messages that follow from its changes are its last writes. */
  async write<T>(
    origin: ChangeOrigin | undefined,
    body: (view: IndexView, tools: WriteTools) => Portions<T>,
  ): Promise<T> {
    const core = this;
    const { sources, messages } = this;
    const noted: NotedChange[] = [];
    const tools: WriteTools = {
      sources,
      nextSequence: () => this.nextSequence(),
      note: (change) => noted.push(change),
    };
    let changes: readonly ObjectChange[] = [];
    let queued: readonly string[] = [];
    const transaction = function* (view: IndexView): Portions<T> {
      const outcome = yield* body(view, tools);
      if (origin === undefined || core.follower === undefined) return outcome;
      const timeMs = sources.nowMs();
      changes = noted.map((change) => ({ ...change, origin, timeMs, sequence: messages.nextSequence(timeMs) }));
      queued = core.#queueMessages(view, changes);
      return outcome;
    };
    try {
      const outcome = await this.commits.commit(transaction);
      for (const change of changes) core.follower?.committed(change);
      return outcome;
    } catch (error) {
      messages.revoke(queued);
      throw error;
    }
  }

  /** Queues a message that follows from no change of an object. */
  async enqueue(queue: string, message: QueuedMessage): Promise<void> {
    const { messages, sources } = this;
    let queued: readonly string[] = [];
    try {
      await this.commits.commit((view) => {
        messages.append(view, queue, { ...message, sequence: messages.nextSequence(sources.nowMs()) });
        queued = [queue];
      });
    } catch (error) {
      messages.revoke(queued);
      throw error;
    }
  }

  #queueMessages(view: IndexView, changes: readonly ObjectChange[]): string[] {
    const queued: string[] = [];
    for (const change of changes) {
      for (const { queue, message } of this.follower?.messagesOf(change) ?? []) {
        this.messages.append(view, queue, { ...message, sequence: change.sequence });
        queued.push(queue);
      }
    }
    return queued;
  }
}
