// @cess/cli: the `cess` command.
import './errors.js';

export { createProgram, main } from './main.js';
