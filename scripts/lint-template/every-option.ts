/** A configuration with every option that adds to the template: what only some deployments have is checked, too. */
export const EVERY_OPTION = {
  ledger: {
    host: 'ledger.example.org',
    logins: { kind: 'secret', secret: 'commercial-ops/{login}' },
  },
  network: {
    vpcId: 'vpc-0a1b2c3d',
    subnetIds: ['subnet-0a1b2c3d', 'subnet-1a2b3c4d'],
    endpoints: true,
    routeTableIds: ['rtb-0a1b2c3d'],
    ledgerSecurityGroupId: 'sg-0a1b2c3d',
  },
  publishers: [{ service: 'events.amazonaws.com' }, { account: '222233334444' }],
  encryptionKeys: ['arn:aws:kms:us-east-1:012345678901:key/0f2b8c1d-7a3e-4c55-9d20-6b1f4e8a9c37'],
  subscriptions: { sre: ['sre@example.org', 'https://pager.example.org/in'], finops: ['finops@example.org'] },
  concurrency: { acknowledge: 5, manual: 2 },
  people: {
    jira: {
      url: 'https://example.atlassian.net',
      project: 'OPS',
      secretArn: 'arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/jira-StUvWx',
    },
    pagers: [
      {
        kind: 'pagerduty',
        name: 'pagerduty',
        secretArn: 'arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/pagerduty-StUvWx',
      },
    ],
  },
};
