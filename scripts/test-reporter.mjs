// Reporter of node:test for scripts/test.mjs: one JSON line for each finished test or skipped suite.
//   { name, outcome: 'passed' | 'failed' | 'skipped', reason?, error? }
// and one for each warning of the runner, which explains a process that failed although its tests passed:
//   { outcome: 'warned', error }

/** The summary, which the runner sends as diagnostics too. */
const countPattern = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

export default async function* report(events) {
  const titles = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') titles[data.nesting] = data.name;
    if (type === 'test:diagnostic' && !countPattern.test(data.message))
      yield line({ outcome: 'warned', error: data.message });
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const name = [...titles.slice(0, data.nesting), data.name].join(' > ');
    const isSuite = data.details.type === 'suite';
    if (data.skip !== undefined) yield line({ name, outcome: 'skipped', reason: String(data.skip) });
    else if (type === 'test:pass' && !isSuite) yield line({ name, outcome: 'passed' });
    // The failed subtests are reported themselves.
    else if (type === 'test:fail' && data.details.error?.failureType !== 'subtestsFailed') {
      const { error } = data.details;
      yield line({ name, outcome: 'failed', error: error?.cause?.stack ?? String(error?.cause ?? error) });
    }
  }
}

function line(value) {
  return `${JSON.stringify(value)}\n`;
}
