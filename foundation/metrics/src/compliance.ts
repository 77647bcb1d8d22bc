// A strict reader of the text format 0.0.4 for tests, written from its grammar and apart from the one that merges
// (https://prometheus.io/docs/instrumenting/exposition_formats/): every metrics endpoint must pass it.
import assert from 'node:assert/strict';

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const number = '[-+]?(?:Inf|[0-9]+(?:\\.[0-9]+)?(?:e[-+]?[0-9]+)?)';
const samplePattern = new RegExp(`^(${name})(?:\\{(${label}(?:,${label})*)\\})? (${number})$`);
const commentPattern = new RegExp(`^# (HELP|TYPE) (${name}) (.+)$`);

/** Every series of a text, `name{label="value",…}` with labels in alphabetical order, and its value. Fails on any fault. */
export function readStrictly(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n'), 'the last line ends with a line feed');
  const series = new Map<string, number>();
  const types = new Map<string, string>();
  const helps = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    // Empty lines are allowed, and ignored.
    if (line === '') continue;
    const comment = commentPattern.exec(line);
    if (comment !== null) {
      const [, kind, of = '', rest = ''] = comment;
      if (kind === 'HELP') {
        assert.ok(!helps.has(of), `one HELP for ${of}`);
        helps.add(of);
      } else {
        assert.ok(!types.has(of), `one TYPE for ${of}, its samples together`);
        assert.ok(helps.has(of), `HELP before TYPE of ${of}`);
        assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
        types.set(of, rest);
        current = of;
      }
      continue;
    }
    const sample = samplePattern.exec(line);
    assert.ok(sample !== null, `a line of the format: ${line}`);
    const [, of = '', labels = '', value = ''] = sample;
    const base = types.get(current) === 'histogram' ? of.replace(/_(bucket|sum|count)$/, '') : of;
    assert.equal(base, current, `samples stand behind their TYPE: ${line}`);
    if (types.get(current) === 'counter') assert.match(of, /_total$/, 'counters end in _total');
    const key = keyOf(of, labels);
    assert.ok(!series.has(key), `a series once: ${key}`);
    series.set(key, Number(value.replace('Inf', 'Infinity')));
  }
  checkHistograms(types, series);
  return series;
}

/** Sum over the series of a name whose labels have these values. */
export function sumOf(series: ReadonlyMap<string, number>, of: string, labels: Readonly<Record<string, string>> = {}) {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  let sum = 0;
  for (const [key, value] of series) {
    const [base = '', rest = ''] = key.split(/\{|\}$/);
    if (base === of && pairs.every((pair) => `,${rest},`.includes(`,${pair},`))) sum += value;
  }
  return sum;
}

function keyOf(of: string, labels: string): string {
  const pairs = (labels.match(new RegExp(label, 'g')) ?? []).sort();
  const names = pairs.map((pair) => pair.split('=')[0]);
  assert.equal(new Set(names).size, names.length, `a label once: ${labels}`);
  return pairs.length === 0 ? of : `${of}{${pairs.join(',')}}`;
}

/** Buckets grow, and the last one holds what `_count` says. */
function checkHistograms(types: ReadonlyMap<string, string>, series: ReadonlyMap<string, number>): void {
  for (const [of, type] of types) {
    if (type !== 'histogram') continue;
    const last = new Map<string, number>();
    for (const [key, value] of series) {
      if (!key.startsWith(`${of}_bucket{`)) continue;
      const bare = keyOf(of, key.slice(of.length + 8, -1).replace(/,?le="[^"]*"|le="[^"]*",/, ''));
      assert.ok(value >= (last.get(bare) ?? 0), `buckets of ${bare} grow`);
      last.set(bare, value);
    }
    for (const [bare, total] of last) {
      const [, rest] = /^[^{]+(.*)$/.exec(bare)!;
      assert.equal(series.get(`${of}_count${rest}`), total, `_count of ${bare}`);
      assert.ok(series.has(`${of}_sum${rest}`), `_sum of ${bare}`);
    }
  }
}
