// What all views of one object index share: the transactions, the sequences, the queues of messages, and the follower of changes.
import type { ChangeFollower, ChangeOrigin, NotedChange, ObjectChange } from './changes.js';
import { DecodedRecords } from './decoded-records.js';
import type { Fence, IndexBackend, Numbers, Transaction } from './index-backend.js';
import type { IndexView, Portions } from './index-view.js';
import type { Journal } from './journal/journal.js';
import { MessageQueues, type QueuedMessage } from './messages.js';
import type { WriteTools } from './objects.js';
import type { VersionSources } from './versions.js';

/** What views of one index share, or the parts of a new one. */
export interface SharedIndex {
  /** Of another view of the same index. */
  readonly core?: IndexCore;
  /** Goes to the follower with every change through this view. */
  readonly origin?: ChangeOrigin | undefined;
  /** The right without which changes through this view are rejected. */
  readonly fence?: Fence | undefined;
  /** Records what is changed, for the export of the index. Default: nothing is recorded. */
  readonly journal?: Journal | undefined;
}

export class IndexCore {
  readonly messages: MessageQueues;
  readonly decoded = new DecodedRecords();
  follower: ChangeFollower | undefined;

  constructor(
    readonly backend: IndexBackend,
    private readonly sources: VersionSources,
  ) {
    this.messages = new MessageQueues(backend);
  }

  /** A transaction that changes objects. The messages that follow from its changes are its last writes. */
  async write<T>(
    { origin, fence }: { readonly origin?: ChangeOrigin | undefined; readonly fence?: Fence | undefined },
    body: (view: IndexView, tools: WriteTools) => Portions<T>,
  ): Promise<T> {
    const core = this;
    const { sources, messages } = this;
    let changes: readonly ObjectChange[] = [];
    let queued: readonly string[] = [];
    const transaction: Transaction<T> = function* (view, numbers): Portions<T> {
      // The backend may run the transaction again.
      messages.revoke(queued);
      queued = [];
      const noted: NotedChange[] = [];
      const tools: WriteTools = {
        sources,
        decoded: core.decoded,
        nextSequence: () => numbers.nextOutbox(),
        nextCompletion: () => numbers.nextCompletion(),
        note: (change) => noted.push(change),
      };
      const outcome = yield* body(view, tools);
      if (origin === undefined || core.follower === undefined) return outcome;
      const timeMs = sources.nowMs();
      changes = noted.map((change) => ({ ...change, origin, timeMs, sequence: numbers.nextMessage(timeMs) }));
      queued = core.#queueMessages(view, changes);
      return outcome;
    };
    try {
      const outcome = await this.backend.commit(transaction, { fence });
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
    const transaction = (view: IndexView, numbers: Numbers) => {
      messages.revoke(queued);
      messages.append(view, queue, { ...message, sequence: numbers.nextMessage(sources.nowMs()) });
      queued = [queue];
    };
    try {
      await this.backend.commit(transaction);
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
