import { createHash } from 'node:crypto';
import { REGION } from '../kernel/places.ts';
import { AwsError, type Placement, type Principal } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';

/** A subnet of the account, which no stack of ours makes. */
export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly routeTableId: string;
  /** Where its default route leads; an internet gateway is no way out for a function, which has no public address. */
  readonly defaultRoute: 'nat-gateway' | 'internet-gateway' | 'none';
}

export interface Rule {
  readonly port: number;
  /** A range of addresses, or a security group. */
  readonly peer: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly vpcId: string;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

export interface Endpoint {
  readonly service: string;
  readonly vpcId: string;
  /** An interface in subnets, or a route in route tables. */
  readonly by:
    | {
        readonly subnetIds: readonly string[];
        readonly securityGroupIds: readonly string[];
        readonly privateDns: boolean;
      }
    | { readonly routeTableIds: readonly string[] };
}

const HTTPS = 443;
const missing = (code: string, what: string): AwsError =>
  new AwsError(code, `The ${what} does not exist`, 400);

/** VPCs as functions see them: which services of AWS can be reached from where. */
export class Network {
  readonly subnets: Collection<Subnet>;
  readonly groups: Collection<SecurityGroup>;
  readonly endpoints: Collection<Endpoint>;

  constructor({ store }: { readonly store: Pick<Store, 'collection'> }) {
    this.subnets = store.collection<Subnet>('ec2.subnet');
    this.groups = store.collection<SecurityGroup>('ec2.security-group');
    this.endpoints = store.collection<Endpoint>('ec2.vpc-endpoint');
  }

  async createSubnet(subnet: Subnet): Promise<void> {
    await this.subnets.put(subnet.id, subnet);
  }

  async createGroup(
    group: Omit<SecurityGroup, 'id'> & { readonly id?: string; readonly name: string },
  ): Promise<string> {
    const { name, ...rest } = group;
    const id = group.id ?? `sg-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`;
    await this.groups.put(id, { ...rest, id });
    return id;
  }

  async letIn(id: string, rule: Rule, until?: 'no more'): Promise<void> {
    const group = this.groupOf(id);
    const others = group.ingress.filter(({ port, peer }) => port !== rule.port || peer !== rule.peer);
    await this.groups.put(id, { ...group, ingress: until ? others : [...others, rule] });
  }

  /** @throws AwsError for what is missing, or lies in another VPC */
  async createEndpoint(
    id: string,
    { serviceName, ...endpoint }: Omit<Endpoint, 'service'> & { readonly serviceName: string },
  ): Promise<void> {
    const service = new RegExp(`^com\\.amazonaws\\.(?:${REGION}\\.)?([a-z0-9-]+)$`).exec(serviceName)?.[1];
    if (service === undefined)
      throw new AwsError(
        'InvalidServiceName',
        `The Vpc Endpoint Service '${serviceName}' does not exist`,
        400,
      );
    const { by, vpcId } = endpoint;
    if ('subnetIds' in by) {
      this.inOneVpc(by, vpcId);
      const other = this.endpoints
        .all()
        .find(
          (one) =>
            one.vpcId === vpcId && one.service === service && 'privateDns' in one.by && one.by.privateDns,
        );
      if (by.privateDns && other && this.endpoints.get(id) === undefined)
        throw new AwsError(
          'InvalidParameter',
          `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${serviceName} in the VPC ${vpcId}`,
          400,
        );
    }
    await this.endpoints.put(id, { ...endpoint, service });
  }

  /** @throws AwsError as Lambda refuses a configuration of a VPC */
  checkPlacement(placement: Placement): void {
    this.inOneVpc(placement, this.subnetOf(placement.subnetIds[0] ?? '').vpcId);
  }

  /** Why a call from there cannot arrive; undefined: it does. */
  noWay({ placement }: Pick<Principal, 'placement'>, service: string): string | undefined {
    if (!placement) return undefined;
    const subnets = placement.subnetIds.map((id) => this.subnetOf(id));
    const egress = placement.securityGroupIds.flatMap((id) => this.groupOf(id).egress);
    const endpoints = this.endpoints
      .all()
      .filter((one) => one.service === service && one.vpcId === subnets[0]?.vpcId);
    // Lambda uses any of the subnets.
    for (const { id, routeTableId, defaultRoute } of subnets) {
      const there = endpoints.filter(({ by }) =>
        'routeTableIds' in by ? by.routeTableIds.includes(routeTableId) : by.privateDns,
      );
      const [endpoint] = there;
      if (!endpoint && defaultRoute !== 'nat-gateway')
        return `subnet ${id} has no endpoint of ${service} and no NAT gateway`;
      const to = endpoint && 'securityGroupIds' in endpoint.by ? endpoint.by.securityGroupIds : [];
      if (!egress.some((rule) => lets(rule, to)))
        return `the security groups of the function let nothing out to ${service}, port ${HTTPS}`;
      const ingress = to.flatMap((one) => this.groupOf(one).ingress);
      if (to.length > 0 && !ingress.some((rule) => lets(rule, placement.securityGroupIds)))
        return `the security groups of the endpoint of ${service} do not let the function in`;
    }
    return undefined;
  }

  private inOneVpc({ subnetIds, securityGroupIds }: Placement, vpcId: string): void {
    const vpcs = [
      ...subnetIds.map((id) => this.subnetOf(id).vpcId),
      ...securityGroupIds.map((id) => this.groupOf(id).vpcId),
    ];
    if (vpcs.some((one) => one !== vpcId))
      throw new AwsError(
        'InvalidParameterValueException',
        'subnets and security groups are not in one VPC',
        400,
      );
  }

  private subnetOf(id: string): Subnet {
    const subnet = this.subnets.get(id);
    if (!subnet) throw missing('InvalidSubnetID.NotFound', `subnet ID '${id}'`);
    return subnet;
  }

  private groupOf(id: string): SecurityGroup {
    const group = this.groups.get(id);
    if (!group) throw missing('InvalidGroup.NotFound', `security group '${id}'`);
    return group;
  }
}

const lets = ({ port, peer }: Rule, groups: readonly string[]): boolean =>
  port === HTTPS && (peer.startsWith('sg-') ? groups.includes(peer) : true);
