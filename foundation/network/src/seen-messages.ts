// A bound on the ids of gossip messages that the router remembers (NW-34). The router keeps each for two minutes, however many there are; beyond
// the bound the oldest goes first. Who repeats a message that was forgotten meets the validator of its topic again.
import { invariant } from '@cess/primitives';

/** The part of the router's tables that is used here. */
interface TimeTable {
  readonly entries: Map<string, unknown>;
  put(key: string, value?: unknown): boolean;
}

/** Every table in which the router keeps ids until they expire. */
const tables = ['seenCache', 'publishedMessageIds'] as const;

/** Throws `InvariantError` where the router does not keep them in this way: another version of it. */
export function boundSeenMessages(router: object, max: number): void {
  for (const name of tables) {
    const table = (router as Partial<Record<typeof name, TimeTable>>)[name];
    invariant(
      table?.entries instanceof Map && typeof table.put === 'function',
      `the gossip router has a table ${name}`,
    );
    const { entries } = table;
    const put = table.put.bind(table);
    table.put = (key, value) => {
      const isKnown = put(key, value);
      const oldest = entries.keys().next();
      if (entries.size > max && !oldest.done) entries.delete(oldest.value);
      return isKnown;
    };
  }
}
