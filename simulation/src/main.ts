// npm run simulate -- --scenario <name> --seed <n> [--seeds <count>] [--minutes <n>] [--validators <n>] [--shrink]: runs plans of a scenario,
// prints what came of each, and ends with 1 if a check failed. Without a scenario: `chaos`. `twins` are scenarios of bare voters;
// --plan <json> runs one plan; --shrink makes the plans of failing runs smaller.
import { parseArgs } from 'node:util';
import type { Plan } from './plan.js';
import { planLine, replayLine } from './replay.js';
import { runSeed } from './run-seed.js';
import { planOf, scenarioNames } from './scenarios.js';
import { shrink } from './shrink.js';
import { type Outcome, simulate } from './simulation.js';

const minuteMs = 60_000;
const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    ...{ scenario: text, seed: text, seeds: text, minutes: text, validators: text, plan: text },
    ...{ json: { type: 'boolean' }, shrink: { type: 'boolean' } },
  },
});
const scenario = values.scenario ?? 'chaos';
if (scenario !== 'twins' && !scenarioNames.includes(scenario)) {
  process.stderr.write(`There is no scenario "${scenario}"; there are twins, ${scenarioNames.join(', ')}.\n`);
  process.exit(2);
}
const first = Number(values.seed ?? 1);
const last = first + (values.plan === undefined ? Number(values.seeds ?? 1) : 1);
const options = {
  ...(values.minutes === undefined ? {} : { durationMs: Number(values.minutes) * minuteMs }),
  ...(values.validators === undefined ? {} : { validators: Number(values.validators) }),
};
const started = performance.now();
let virtualMs = 0;
let failures = 0;
for (let seed = first; seed < last; seed++) {
  if (scenario === 'twins') {
    const violation = await runSeed(scenario, seed);
    if (violation === undefined) continue;
    failures++;
    process.stdout.write(`twins ${seed}: ${violation}\n`);
    continue;
  }
  const plan = values.plan === undefined ? planOf(scenario, seed, options) : (JSON.parse(values.plan) as Plan);
  const outcome = await simulate(plan);
  virtualMs += outcome.virtualMs;
  if (outcome.violations.length > 0) failures++;
  if (outcome.violations.length > 0 && values.shrink) process.stdout.write(`${planLine(await smallestOf(outcome))}\n`);
  process.stdout.write(values.json ? `${JSON.stringify(outcome)}\n` : `${describe(outcome)}\n`);
}
const hours = virtualMs / (60 * minuteMs);
const tookMs = performance.now() - started;
const { user, system } = process.cpuUsage();
const cpuMs = (user + system) / 1000;
process.stdout.write(
  `${last - first} runs, ${failures} failed; ${hours.toFixed(2)} simulated hours, ${(virtualMs / tookMs).toFixed(0)} per hour, ${(virtualMs / cpuMs).toFixed(0)} per hour of CPU\n`,
);
process.exit(failures === 0 ? 0 : 1);

/** The smallest plan that breaks the same rule first. */
function smallestOf({ plan, violations }: Outcome): Promise<Plan> {
  return shrink(plan, async (smaller) => (await simulate(smaller)).violations[0]?.rule === violations[0]?.rule);
}

function describe({ plan, violations, traceHash, finalized, recovery, sets, conflicts, proven }: Outcome): string {
  const byzantine = plan.byzantine.map(({ kind }) => kind).join(' ') || 'none';
  const faults = plan.faults.map(({ type }) => type).join(' ') || 'none';
  const lines = [
    `seed ${plan.seed}: ${plan.validators} validators, Byzantine: ${byzantine}, faults: ${faults}; block ${finalized} final, ` +
      `recovery ${recovery === undefined ? '-' : `${recovery.rounds} rounds, ${(recovery.ms / 1000).toFixed(1)} s`}, ` +
      `set ${sets}, ${conflicts} conflicts, ${proven.length} proven, trace ${traceHash}`,
    ...violations.map(
      ({ rule, node, atMs, text }) => `  ${rule} at ${(atMs / 1000).toFixed(1)} s, node ${node}: ${text}`,
    ),
  ];
  if (violations.length > 0) lines.push(`  ${replayLine(plan)}`);
  return lines.join('\n');
}
