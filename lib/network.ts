import { CfnCondition, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupIngress, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Deployment } from './config.ts';
import { endpointsFor } from './endpoint-services.ts';

/** Where a function runs. */
export interface Placement {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

type Configured = NonNullable<Deployment['network']>;

/** The functions' place in the VPC of the ledger, and the ways from there to AWS. Needs no look at the account. */
export class Network extends Construct {
  readonly placement: Placement;
  /** Made here; the ledger's security group must let it in. */
  readonly securityGroup: string | undefined;
  private readonly configured: Configured;

  constructor(
    scope: Construct,
    id: string,
    { network, ledger }: { readonly network: Configured; readonly ledger: { readonly port: number } },
  ) {
    super(scope, id);
    this.configured = network;
    const { subnetIds, securityGroupIds, ledgerSecurityGroupId, vpcId } = network;
    this.securityGroup = securityGroupIds
      ? undefined
      : this.group('Functions', {
          vpcId: vpcId ?? '',
          groupDescription: 'Commercial-Ops responder: functions that log in to the ledger',
          securityGroupEgress: [
            out(443, 'AWS, and Jira and pagers where there is a NAT gateway'),
            ...(ledger.port === 443 ? [] : [out(ledger.port, 'The ledger')]),
          ],
        });
    this.placement = {
      subnetIds,
      securityGroupIds: securityGroupIds ?? [this.securityGroup ?? ''],
    };
    if (ledgerSecurityGroupId !== undefined)
      for (const [i, sourceSecurityGroupId] of this.placement.securityGroupIds.entries())
        new CfnSecurityGroupIngress(this, `Ledger${i}`, {
          groupId: ledgerSecurityGroupId,
          ipProtocol: 'tcp',
          fromPort: ledger.port,
          toPort: ledger.port,
          sourceSecurityGroupId,
          description: 'Commercial-Ops responder',
        });
  }

  /** What a function needs before its first call; the endpoint of IAM is in one Region alone, and is for no migration. */
  ways(): readonly CfnResource[] {
    const made = this.node.findAll().filter((one) => CfnResource.isCfnResource(one));
    return made.filter(({ cfnOptions }) => cfnOptions.condition === undefined);
  }

  /** One endpoint for each service that these roles may call. */
  addEndpoints(roles: readonly Construct[]): void {
    const { vpcId, subnetIds, routeTableIds, endpoints } = this.configured;
    if (!endpoints || vpcId === undefined || !routeTableIds) return;
    const { region } = Stack.of(this);
    const { interfaces, global } = endpointsFor(actionsOf(roles));
    const group = this.group('Endpoints', {
      vpcId,
      groupDescription: 'Commercial-Ops responder: endpoints of AWS services',
      securityGroupIngress: this.placement.securityGroupIds.map((sourceSecurityGroupId) => ({
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        sourceSecurityGroupId,
        description: 'Functions that log in to the ledger',
      })),
    });
    const place = { vpcId, subnetIds: [...subnetIds], securityGroupIds: [group], privateDnsEnabled: true };
    for (const service of interfaces)
      new CfnVPCEndpoint(this, service, {
        ...place,
        vpcEndpointType: 'Interface',
        serviceName: `com.amazonaws.${region}.${service}`,
      });
    // They have one endpoint in the world: elsewhere the way to them is a NAT gateway.
    const here = new CfnCondition(this, 'HasGlobalServices', {
      expression: Fn.conditionEquals(region, 'us-east-1'),
    });
    for (const service of global)
      new CfnVPCEndpoint(this, service, {
        ...place,
        vpcEndpointType: 'Interface',
        serviceName: `com.amazonaws.${service}`,
      }).cfnOptions.condition = here;
    new CfnVPCEndpoint(this, 's3', {
      vpcId,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${region}.s3`,
      routeTableIds: [...routeTableIds],
    });
  }

  private group(id: string, props: ConstructorParameters<typeof CfnSecurityGroup>[2]): string {
    return new CfnSecurityGroup(this, id, props).attrGroupId;
  }
}

const out = (port: number, description: string) => ({
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  cidrIp: '0.0.0.0/0',
  description,
});

function actionsOf(roles: readonly Construct[]): readonly string[] {
  const documents = roles.flatMap((role) =>
    role.node.findAll().filter((one): one is Policy => one instanceof Policy),
  );
  const statements = documents.flatMap(
    (policy) =>
      (
        Stack.of(policy).resolve(policy.document) as {
          Statement: { Action: string | string[]; Effect: string }[];
        }
      ).Statement,
  );
  return statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
}
