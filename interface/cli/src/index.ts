// @cess/cli: the `cess` command.
export { createProgram, main } from './main.js';
export type {
  GatewayReport,
  NodeReport,
  ProviderReport,
  RoleMessage,
  RoleQuestion,
  RoleRequest,
} from './roles/supervision.js';
