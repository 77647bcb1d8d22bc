// The commands that repeat a run (SI-20).
import type { Plan } from './plan.js';

/** Of a plan as its scenario makes it from the seed. */
export function replayLine({ seed, scenario }: Plan): string {
  return `npm run simulate -- --scenario ${scenario} --seed ${seed}`;
}

/** Of any plan. */
export function planLine(plan: Plan): string {
  return `npm run simulate -- --plan '${JSON.stringify(plan)}'`;
}
