// @cess/cli: the `cess` command.
import './errors.js';

export { createProgram, main } from './main.js';
export type {
  GatewayReport,
  NodeReport,
  ProviderReport,
  RoleMessage,
  RoleQuestion,
  RoleRequest,
  TeeReport,
} from './roles/supervision.js';
