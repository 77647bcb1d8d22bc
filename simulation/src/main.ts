// npm run simulate: runs plans of a scenario, prints what came of each, and ends with 1 if a check failed, with 2 for a wrong option.
import { parseArgs } from 'node:util';
import { messageOf } from '@cess/primitives';
import type { Plan } from './plan.js';
import { planLine, replayLine } from './replay.js';
import { runSeed } from './run-seed.js';
import { planOf, scenarioNames } from './scenarios.js';
import { shrink } from './shrink.js';
import { type Outcome, simulate } from './simulation.js';

const minuteMs = 60_000;
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const usage = `npm run simulate -- [options]

  --scenario <name>   ${['twins', ...scenarioNames].join(', ')}; default: chaos
  --seed <n>          the first seed; default: 1
  --seeds <count>     how many seeds; default: 1
  --minutes <n>       simulated minutes of a run
  --validators <n>    validators of a run
  --plan <json>       runs this plan, as a failing run prints it
  --shrink            makes the plans of failing runs smaller
  --json              prints the outcome of each run as JSON
  --help              prints this text
`;
const values = readOptions();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const scenario = values.scenario ?? 'chaos';
if (scenario !== 'twins' && !scenarioNames.includes(scenario)) {
  refuse(`There is no scenario "${scenario}"; there are twins, ${scenarioNames.join(', ')}.`);
}
const first = countOf('seed') ?? 1;
const last = first + (values.plan === undefined ? (countOf('seeds') ?? 1) : 1);
const minutes = countOf('minutes');
const validators = countOf('validators');
const options = {
  ...(minutes === undefined ? {} : { durationMs: minutes * minuteMs }),
  ...(validators === undefined ? {} : { validators }),
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
  const plan = values.plan === undefined ? planOf(scenario, seed, options) : planFrom(values.plan);
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

function readOptions() {
  const options = {
    ...{ scenario: text, seed: text, seeds: text, minutes: text, validators: text, plan: text },
    ...{ json: flag, shrink: flag, help: flag },
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(messageOf(error));
  }
}

function planFrom(json: string): Plan {
  try {
    return JSON.parse(json) as Plan;
  } catch (error) {
    return refuse(`--plan: ${messageOf(error)}`);
  }
}

function countOf(name: 'seed' | 'seeds' | 'minutes' | 'validators'): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const least = name === 'seed' ? 0 : 1;
  if (!/^\d{1,9}$/.test(given) || Number(given) < least)
    return refuse(`--${name} must be a number from ${least} on, not "${given}".`);
  return Number(given);
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n\n${usage}`);
  process.exit(2);
}

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
