import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { readStrictly, sumOf } from './compliance.js';
import { MetricsRegistry, mergeExpositions, parseExposition } from './index.js';

async function textOf(things: number): Promise<string> {
  const registry = new MetricsRegistry();
  registry
    .counter({ name: 'cess_test_things_total', help: 'Things', labels: ['kind'] })
    .add(things, { kind: 'x"\\\n' });
  registry.histogram({ name: 'cess_test_work_seconds', help: 'Work' }).observe(things);
  registry.gauge({ name: 'cess_test_level', help: 'Level' }).set(1e21);
  return registry.text();
}

describe('texts of several sources as one', () => {
  it('keeps families together, with one HELP and one TYPE, and tells sources apart by labels', async () => {
    const sources = await Promise.all([1, 2, 3].map(textOf));
    const merged = mergeExpositions(sources.map((text, i) => ({ labels: { role: 'test', name: `n"${i}` }, text })));
    const series = readStrictly(merged);
    assert.equal(sumOf(series, 'cess_test_things_total'), 6);
    assert.equal(sumOf(series, 'cess_test_work_seconds_count', { role: 'test' }), 3);
    assert.equal(series.get('cess_test_level{name="n\\"2",role="test"}'), 1e21);
  });

  it('the label of the source replaces a label of the same name in the sample', async () => {
    const text = '# HELP cess_up Up\n# TYPE cess_up gauge\ncess_up{name="liar",role="x"} 1\n';
    assert.ok(
      readStrictly(mergeExpositions([{ labels: { name: 'truth' }, text }])).has('cess_up{name="truth",role="x"}'),
    );
  });

  it('takes the first type where sources do not agree', () => {
    const text = (type: string) => `# HELP cess_x X\n# TYPE cess_x ${type}\ncess_x 1\n`;
    const merged = mergeExpositions([
      { labels: { name: 'a' }, text: text('gauge') },
      { labels: { name: 'b' }, text: text('untyped') },
    ]);
    assert.deepEqual([...readStrictly(merged).keys()], ['cess_x{name="a"}']);
  });

  it('reads back what it reads, also infinite bounds', async () => {
    const families = parseExposition(await textOf(2));
    const buckets = families.find(({ name }) => name === 'cess_test_work_seconds')!.samples;
    assert.deepEqual(buckets.find(({ labels }) => labels['le'] === '+Inf')?.value, 1);
    assert.equal(families[0]!.samples[0]!.labels['kind'], 'x"\\\n');
  });

  for (const [what, line] of [
    ['a word', 'nonsense'],
    ['a value that is none', 'cess_x one'],
    ['a label without quotes', 'cess_x{a=b} 1'],
    ['a label without an end', 'cess_x{a="b} 1'],
    ['a label twice', 'cess_x{a="b",a="c"} 1'],
    ['a sample of another metric', 'cess_y 1'],
    ['a HELP twice', '# HELP cess_x again'],
    ['a TYPE after samples', 'cess_x 1\n# TYPE cess_x gauge'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const text = `# HELP cess_x X\n# TYPE cess_x gauge\n${line}\n`;
      assert.throws(
        () => parseExposition(text),
        (error) => isCessError(error, 'METRICS_MALFORMED'),
      );
    });
  }
});
