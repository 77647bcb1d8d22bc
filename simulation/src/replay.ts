// The command that repeats a run (SI-20).
import type { Plan } from './plan.js';

export function replayLine({ seed, scenario }: Plan): string {
  return `npm run simulate -- --scenario ${scenario} --seed ${seed}`;
}
