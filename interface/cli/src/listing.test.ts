import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Listed, type ListingOptions, printListing } from './listing.js';
import { captureOutput } from './test-support/capture-output.js';

async function* numbers(count: number): AsyncGenerator<Listed> {
  for (let number = 1; number <= count; number++) {
    yield { row: { number, square: number * number }, json: { number }, cursor: `c${number}` };
  }
}

const listingOf = (count: number, options: ListingOptions) =>
  captureOutput(() => printListing(numbers(count), options));

describe('long listings', () => {
  it('print all rows of several pages below one header', async () => {
    const { stdout, stderr } = await listingOf(450, { json: false });
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^number +square$/);
    assert.deepEqual(
      lines.slice(1).map((line) => Number(line.trim().split(/\s+/)[0])),
      Array.from({ length: 450 }, (_, i) => i + 1),
    );
    assert.equal(stderr, '');
  });

  it('print all rows as one JSON array', async () => {
    const { stdout } = await listingOf(450, { json: true });
    assert.deepEqual(
      JSON.parse(stdout),
      Array.from({ length: 450 }, (_, i) => ({ number: i + 1 })),
    );
  });

  for (const json of [false, true]) {
    it(`that a limit cuts say so, ${json ? 'as JSON' : 'as a table'}`, async () => {
      const { stdout, stderr } = await listingOf(4, { json, limit: 3 });
      assert.match(stderr, /More rows exist.*--after c3/);
      assert.doesNotMatch(stdout, /16/);
      if (json) assert.equal((JSON.parse(stdout) as unknown[]).length, 3);
    });
  }

  it('that end exactly at the limit do not claim more', async () => {
    assert.equal((await listingOf(3, { json: false, limit: 3 })).stderr, '');
  });

  it('without rows are an empty array, or say that there are none', async () => {
    assert.deepEqual(JSON.parse((await listingOf(0, { json: true })).stdout), []);
    assert.equal((await listingOf(0, { json: false })).stdout, '(none)\n');
  });
});
