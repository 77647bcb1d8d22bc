// @cess/role-provider: composition root of the process that `cess provider` runs.
export { type ProviderRoleConfig, providerConfigFormat, providerRole } from './provider-role.js';
