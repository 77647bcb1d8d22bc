// @cess/role-tee: composition root of the process that `cess tee` runs.
export { type TeeRoleConfig, teeConfigFormat, teeRole } from './tee-role.js';
