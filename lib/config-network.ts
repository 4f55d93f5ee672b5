import * as z from 'zod';

const id = (kind: string) =>
  z
    .string()
    .regex(new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`), `an id such as "${kind}-0a1b2c3d4e5f6a7b8"`);

/** The VPC of the ledger, as the functions use it. */
export const Network = z
  .strictObject({
    /** Needed where the stack makes a security group or endpoints. */
    vpcId: id('vpc').optional(),
    /** Private ones: a function has no public address, so that an internet gateway is no way out for it. */
    subnetIds: z.array(id('subnet')).min(1),
    /** Of the functions. By default the stack makes one, which may call out to AWS and to the ledger alone. */
    securityGroupIds: z.array(id('sg')).min(1).optional(),
    /** Of the ledger: the stack lets the functions in. Needed where it makes their group: migrations run as it deploys. */
    ledgerSecurityGroupId: id('sg').optional(),
    /** Makes an endpoint for each service of AWS that the functions call, where the subnets have no NAT. */
    endpoints: z.boolean().default(false),
    /** Of the subnets; S3's endpoint is a route. */
    routeTableIds: z.array(id('rtb')).min(1).optional(),
  })
  .superRefine(({ vpcId, securityGroupIds, ledgerSecurityGroupId, endpoints, routeTableIds }, context) => {
    const need = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (vpcId === undefined && securityGroupIds === undefined)
      need('securityGroupIds', 'those of the functions, or "vpcId", in which the stack makes one');
    if (securityGroupIds === undefined && ledgerSecurityGroupId === undefined)
      need(
        'ledgerSecurityGroupId',
        'the security group of the ledger, which lets in the one that the stack makes, or "securityGroupIds", which it lets in already: migrations run during the deployment',
      );
    if (!endpoints) {
      if (routeTableIds) need('routeTableIds', 'none without "endpoints": true, which they are for');
      return;
    }
    if (vpcId === undefined) need('vpcId', 'the VPC of the subnets, in which endpoints are made');
    if (!routeTableIds)
      need('routeTableIds', 'the route tables of the subnets: the endpoint of S3 is a route in them');
  });
export type Network = z.infer<typeof Network>;
