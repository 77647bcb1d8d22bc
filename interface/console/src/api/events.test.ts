// IFACE-1: the console reads the stream of events as it comes, in whatever pieces.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectEventsOf, parseEvents } from './events.js';

describe('the stream of events', () => {
  it('gives whole events, keeps the rest, and leaves out what only says that the connection is alive', () => {
    const { events, rest } = parseEvents(': alive\n\nid: 7\nevent: ObjectCreated:Put\ndata: {"a":1}\n\nid: 8\nda');
    assert.deepEqual(events, [{ id: '7', name: 'ObjectCreated:Put', data: '{"a":1}' }]);
    assert.equal(rest, 'id: 8\nda');
    assert.deepEqual(parseEvents(`${rest}ta: {}\n\n`), {
      events: [{ id: '8', name: 'message', data: '{}' }],
      rest: '',
    });
  });

  it('has keys as they are, and no size for deletions', () => {
    const record = (key: string, size?: number) => ({
      eventTime: '2026-11-29T08:00:00.000Z',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'ana' },
      s3: { object: { key, ...(size === undefined ? {} : { size }) } },
    });
    const data = JSON.stringify({ Records: [record('a+b%2Bc/%C3%A4', 3), record('d')] });
    const shown = objectEventsOf({ id: '1', name: 'ObjectCreated:Put', data });
    assert.deepEqual(
      shown.map(({ key, size }) => [key, size]),
      [
        ['a b+c/ä', 3],
        ['d', undefined],
      ],
    );
  });
});
