// Completion of the words of a command line, from the tree of commands itself, so that it never falls behind.
import type { Command } from 'commander';

const isNegative = (flags: string): boolean => flags.startsWith('--no-');

/**
 * The words that may stand at the end of `words`, the command line behind `cess`; the last of them may be incomplete or ''.
 * Values of options and arguments are the shell's: it completes file names.
 */
export function completionsOf(program: Command, words: readonly string[]): string[] {
  const partial = words.at(-1) ?? '';
  let command = program;
  let expectsValue = false;
  for (const word of words.slice(0, -1)) {
    if (expectsValue) {
      expectsValue = false;
      continue;
    }
    if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      expectsValue = option?.required === true && !word.includes('=');
      continue;
    }
    command = command.commands.find((each) => each.name() === word || each.aliases().includes(word)) ?? command;
  }
  if (expectsValue) return [];
  const names = partial.startsWith('-')
    ? optionsOf(command).flatMap(({ long }) => (long === undefined || long === null || isNegative(long) ? [] : [long]))
    : command
        .createHelp()
        .visibleCommands(command)
        .map((each) => each.name());
  const all = partial.startsWith('-') ? [...names, '--help'] : names;
  return [...new Set(all)].filter((name) => name.startsWith(partial)).sort();
}

/** Those of the command and of all commands above it. */
function optionsOf(command: Command): Command['options'] {
  const above = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...above] as Command['options'];
}
