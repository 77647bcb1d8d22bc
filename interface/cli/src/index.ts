// @cess/cli: the `cess` command.
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
