// What strangers cause does not fill the log.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LogFields, type Logger, silentLogger } from '@cess/primitives';
import { limitedLogger } from './limited-logger.js';

function setUp() {
  const lines: { readonly fields: LogFields; readonly message: string }[] = [];
  const inner: Logger = {
    ...silentLogger,
    error: (fields, message) => lines.push({ fields, message }),
    debug: (fields, message) => lines.push({ fields, message }),
    child: () => inner,
  };
  const clock = { now: 1_000_000, nowMs: () => clock.now };
  let dropped = 0;
  const logger = limitedLogger(inner, clock, () => dropped++);
  return { lines, clock, logger, dropped: () => dropped };
}

describe('a limited logger', () => {
  it('writes ten equal messages a minute, counts the others, and tells how many with the next line', () => {
    const { lines, clock, logger, dropped } = setUp();
    for (let i = 0; i < 1000; i++) logger.error({ i }, 'malformed');
    assert.deepEqual([lines.length, dropped()], [10, 990]);
    clock.now += 60_000;
    logger.error({ i: 1 }, 'malformed');
    logger.error({ i: 2 }, 'malformed');
    assert.deepEqual(
      lines.slice(10).map(({ fields }) => fields),
      [{ i: 1, droppedLines: 990 }, { i: 2 }],
    );
  });

  it('limits each message alone, a child together with its parent, and debug lines never', () => {
    const { lines, logger } = setUp();
    for (let i = 0; i < 20; i++) {
      logger.error({}, 'one');
      logger.child({ a: 1 }).error({}, 'one');
      logger.error({}, 'other');
      logger.debug({}, 'detail');
    }
    const counts = ['one', 'other', 'detail'].map((text) => lines.filter(({ message }) => message === text).length);
    assert.deepEqual(counts, [10, 10, 20]);
  });

  it('writes again after the clock was set back', () => {
    const { lines, clock, logger } = setUp();
    for (let i = 0; i < 11; i++) logger.error({}, 'one');
    clock.now -= 5;
    logger.error({}, 'one');
    assert.equal(lines.length, 11);
  });
});
