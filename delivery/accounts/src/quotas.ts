// Quotas of an account, with the default values of Amazon ("IAM and AWS STS quotas").

export const quotas = {
  users: 5_000,
  groups: 300,
  roles: 1_000,
  policies: 1_500,
  versionsOfPolicy: 5,
  attachedPolicies: 10,
  groupsOfUser: 10,
  accessKeysOfUser: 2,
  devicesOfUser: 8,
  /** Characters of all inline policies of one identity, whitespace excluded. */
  inlineOfUser: 2_048,
  inlineOfGroup: 5_120,
  inlineOfRole: 10_240,
  trustPolicy: 2_048,
  sessionPolicies: 10,
  namedKeys: 1_000,
  aliasesOfKey: 50,
  rotationsOnDemand: 25,
} as const;
