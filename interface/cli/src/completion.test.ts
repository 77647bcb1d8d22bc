// IFACE-1: completion follows the tree of commands.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { completionsOf } from './completion.js';

describe('completion', () => {
  const program = new Command('cess').option('--home <folder>').option('--json').version('1');
  const territory = program.command('territory');
  territory.command('list', { isDefault: true }).option('--limit <count>');
  territory.command('mint <name>');
  program.command('tee');
  program.command('complete [words...]', { hidden: true });

  it('offers the commands at their place, those that are hidden not', () => {
    assert.deepEqual(completionsOf(program, ['t']), ['tee', 'territory']);
    assert.deepEqual(completionsOf(program, ['c']), []);
    assert.deepEqual(completionsOf(program, ['territory', '']), ['help', 'list', 'mint']);
    assert.deepEqual(completionsOf(program, []), ['help', 'tee', 'territory']);
  });

  it('offers the options of the command and of those above it', () => {
    assert.deepEqual(completionsOf(program, ['territory', 'list', '--']), [
      ...['--help', '--home', '--json', '--limit', '--version'],
    ]);
    assert.deepEqual(completionsOf(program, ['territory', 'list', '--l']), ['--limit']);
  });

  it('leaves values of options to the shell, and skips them', () => {
    assert.deepEqual(completionsOf(program, ['--home', '']), []);
    assert.deepEqual(completionsOf(program, ['--home', 'tee', 'terr']), ['territory']);
    assert.deepEqual(completionsOf(program, ['--home=x', 'territory', 'm']), ['mint']);
    assert.deepEqual(completionsOf(program, ['--json', 'territory', 'm']), ['mint']);
  });

  it('leaves arguments of commands to the shell', () => {
    assert.deepEqual(completionsOf(program, ['territory', 'mint', 'm']), []);
  });
});
