import { readFileSync } from 'node:fs';
import { resolve } from '../../emulator/provision/intrinsics.ts';
import { synthesise, type Synthesised, type SynthesiseOptions } from '../../lib/synth.ts';
import { sampleConfig, sampleHandlers, sampleProduct } from './sample-product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

type Properties = Record<string, unknown>;
interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
  readonly DeletionPolicy?: string;
}
export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': '111122223333',
  'AWS::URLSuffix': 'amazonaws.com',
};
const NAME_KEYS = [
  'FunctionName',
  'RoleName',
  'TopicName',
  'QueueName',
  'BucketName',
  'LogGroupName',
  'AlarmName',
];

/** A synthesised stack whose values can be read: references are `name` (Ref) and `name.Attribute` (GetAtt). */
export class StackUnderTest {
  readonly synthesised: Synthesised;
  readonly template: { Resources: Record<string, Resource>; Rules: Record<string, unknown> };

  private constructor(synthesised: Synthesised) {
    this.synthesised = synthesised;
    this.template = JSON.parse(readFileSync(synthesised.templateFile, 'utf8')) as StackUnderTest['template'];
  }

  static async of(options: SynthesiseOptions = {}): Promise<StackUnderTest> {
    const outDir = scratchDir();
    const defaults = {
      config: sampleConfig,
      product: sampleProduct,
      entryDir: sampleHandlers(),
      validate: false,
    };
    return new StackUnderTest(await synthesise({ outDir, ...defaults, ...options }));
  }

  all(type: string): (Resource & { logicalId: string })[] {
    return Object.entries(this.template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({
        ...resource,
        logicalId,
        Properties: this.plain(resource.Properties) as Properties,
      }));
  }

  named(type: string, name: string): Properties {
    const found = this.all(type).find(({ Properties }) =>
      NAME_KEYS.some(
        (key) => Properties[key] === name || Properties[key] === `${name}-${PSEUDO['AWS::Region']}`,
      ),
    );
    if (!found) throw new Error(`the template has no ${type} named ${name}`);
    return found.Properties;
  }

  /** Without the Region in which all their names end. */
  roles(): string[] {
    return this.all('AWS::IAM::Role').map(({ logicalId }) => this.nameOf(logicalId));
  }

  /** Everything a role may do, over all of its policies. */
  permissionsOf(roleName: string): Statement[] {
    return this.all('AWS::IAM::Policy')
      .filter(({ Properties }) => (Properties['Roles'] as string[]).includes(roleName))
      .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
  }

  actionsOf(roleName: string): string[] {
    return this.permissionsOf(roleName).flatMap(({ Action }) => Action);
  }

  private plain(value: unknown): unknown {
    return resolve(value, {
      ref: (name) => PSEUDO[name] ?? this.nameOf(name),
      getAtt: (logicalId, attribute) => `${this.nameOf(logicalId)}.${attribute}`,
      condition: () => {
        throw new Error('the stack has no conditions');
      },
    });
  }

  private nameOf(logicalId: string): string {
    const properties = this.template.Resources[logicalId]?.Properties ?? {};
    // A role's name ends in the Region.
    const role = this.plain(properties['RoleName']);
    if (typeof role === 'string') return role.slice(0, -`-${PSEUDO['AWS::Region']}`.length);
    const name = NAME_KEYS.map((key) => properties[key]).find((value) => typeof value === 'string');
    return typeof name === 'string' ? name : logicalId;
  }
}
