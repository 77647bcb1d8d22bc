// @cess/cli: the `cess` command.
export { createProgram, main } from './main.js';
