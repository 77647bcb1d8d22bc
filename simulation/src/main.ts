// npm run simulate -- --scenario <name> --seed <n>: replays a run.
import { planOf } from './scenarios.js';
import { simulate } from './simulation.js';

const args = process.argv.slice(2);
const option = (name: string, otherwise: string): string => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : (args[at + 1] ?? otherwise);
};
const scenario = option('scenario', 'chaos');
const first = Number(option('seed', '1'));
const seeds = Number(option('seeds', '1'));
const started = performance.now();
let virtualMs = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const outcome = await simulate(planOf(scenario, seed));
  virtualMs += outcome.virtualMs;
  const { plan, violations, ...rest } = outcome;
  console.log(JSON.stringify({ seed, validators: plan.validators, byz: plan.byzantine.map(({ kind }) => kind), faults: plan.faults.map(({ type }) => type), ...rest }));
  for (const violation of violations) console.log(violation);
}
const ms = performance.now() - started;
const { user, system } = process.cpuUsage();
console.log(`${((virtualMs * 1000) / (user + system)).toFixed(0)} simulated hours per hour of CPU`);
console.log(`${(virtualMs / ms).toFixed(0)} simulated hours per hour`);
