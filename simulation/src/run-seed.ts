// The first violation of a scenario under a seed, of whole nodes or of twins.
import { planOf } from './scenarios.js';
import { simulate } from './simulation.js';
import { runTwins } from './twins.js';

/** Undefined if all checks held. */
export async function runSeed(scenario: string, seed: number): Promise<string | undefined> {
  if (scenario === 'twins') return runTwins(seed).violations[0];
  const [violation] = (await simulate(planOf(scenario, seed))).violations;
  return violation && `${violation.rule}: ${violation.text}`;
}
