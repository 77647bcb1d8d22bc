// The commands on storage classes.
import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from './context.js';

interface ListOptions {
  readonly away?: number;
  readonly annualLoss?: number;
  readonly repairHours?: number;
  readonly events?: number;
  readonly shareLost?: number;
}

export function addClassCommands(program: Command, context: () => CliContext): void {
  program
    .command('class')
    .description('storage classes')
    .command('list [names...]', { isDefault: true })
    .description(
      'space, availability and durability of storage classes, by the model in docs/operations/storage-classes.md',
    )
    .option('--away <probability>', 'that a provider is away at a moment', probability)
    .option('--annual-loss <rate>', 'share of fragments lost for good in a year', rate)
    .option('--repair-hours <hours>', 'from the loss of a fragment until it is rebuilt', rate)
    .option('--events <rate>', 'events in a year that take many providers at once', rate)
    .option('--share-lost <probability>', 'that such an event takes a provider', probability)
    .action(async (names: string[], { annualLoss, events, ...options }: ListOptions) =>
      (await import('./commands/class.js')).listClasses(context(), names, {
        ...options,
        ...(annualLoss === undefined ? {} : { annualLossRate: annualLoss }),
        ...(events === undefined ? {} : { eventsPerYear: events }),
      }),
    );
}

function rate(text: string): number {
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError(`"${text}" is not a positive number.`);
  return value;
}

function probability(text: string): number {
  const value = rate(text);
  if (value >= 1) throw new InvalidArgumentError(`"${text}" is not a probability below 1.`);
  return value;
}
