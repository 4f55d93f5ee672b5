import * as z from 'zod';
import { handler, ignored, type ResourceHandler } from '../resource-handler.ts';

const Rule = z
  .strictObject({
    IpProtocol: z.literal('tcp'),
    FromPort: z.int(),
    ToPort: z.int(),
    CidrIp: z.literal('0.0.0.0/0').optional(),
    SourceSecurityGroupId: z.string().optional(),
    Description: ignored('for people'),
  })
  .refine(({ FromPort, ToPort }) => FromPort === ToPort, 'ranges of ports are not emulated');

const ruleOf = ({ FromPort, CidrIp, SourceSecurityGroupId }: z.infer<typeof Rule>) => ({
  port: FromPort,
  peer: SourceSecurityGroupId ?? CidrIp ?? '',
});

const securityGroup = handler({
  properties: z.strictObject({
    GroupDescription: z.string(),
    VpcId: z.string(),
    SecurityGroupIngress: z.array(Rule).default([]),
    // What CloudFormation makes of none.
    SecurityGroupEgress: z
      .array(Rule)
      .default([{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }]),
  }),
  async create({ VpcId: vpcId, SecurityGroupIngress, SecurityGroupEgress }, { cloud, name }) {
    const id = await cloud.network.createGroup({
      name,
      vpcId,
      ingress: SecurityGroupIngress.map(ruleOf),
      egress: SecurityGroupEgress.map(ruleOf),
    });
    return { ref: id, attributes: { GroupId: id } };
  },
  remove: ({ ref }, _properties, { network: vpcs }) => vpcs.groups.delete(ref),
});

const securityGroupIngress = handler({
  properties: Rule.safeExtend({ GroupId: z.string() }),
  async create({ GroupId, ...rule }, { cloud, logicalId }) {
    await cloud.network.letIn(GroupId, ruleOf(rule));
    return { ref: logicalId };
  },
  remove: (_made, { GroupId, ...rule }, { network: vpcs }) => vpcs.letIn(GroupId, ruleOf(rule), 'no more'),
});

const Place = { VpcId: z.string(), ServiceName: z.string() };

const endpoint = handler({
  properties: z.discriminatedUnion('VpcEndpointType', [
    z.strictObject({
      ...Place,
      VpcEndpointType: z.literal('Interface'),
      SubnetIds: z.array(z.string()).min(1),
      SecurityGroupIds: z.array(z.string()).min(1),
      PrivateDnsEnabled: z.boolean().default(false),
    }),
    z.strictObject({
      ...Place,
      VpcEndpointType: z.literal('Gateway'),
      RouteTableIds: z.array(z.string()).min(1),
    }),
  ]),
  async create(properties, { cloud, name }) {
    const { VpcId: vpcId, ServiceName: serviceName } = properties;
    const by =
      properties.VpcEndpointType === 'Gateway'
        ? { routeTableIds: properties.RouteTableIds }
        : {
            subnetIds: properties.SubnetIds,
            securityGroupIds: properties.SecurityGroupIds,
            privateDns: properties.PrivateDnsEnabled,
          };
    await cloud.network.createEndpoint(name, { vpcId, serviceName, by });
    return { ref: name };
  },
  remove: ({ ref }, _properties, { network: vpcs }) => vpcs.endpoints.delete(ref),
});

export const network: Readonly<Record<string, ResourceHandler>> = {
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::EC2::SecurityGroupIngress': securityGroupIngress,
  'AWS::EC2::VPCEndpoint': endpoint,
};
