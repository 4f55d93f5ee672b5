import { ACCOUNT, arn, PARTITION, REGION } from '../kernel/places.ts';
import { resolve, type Names } from './intrinsics.ts';
import type { Created } from './resource-handler.ts';
import type { Template } from './template-format.ts';

/** The values of one template's names, as its resources are created. */
export class TemplateNames implements Names {
  private readonly template: Template;
  private readonly pseudo: Readonly<Record<string, string>>;
  private readonly created = new Map<string, Created & { type: string }>();

  constructor(template: Template, stackName: string) {
    this.template = template;
    this.pseudo = {
      'AWS::AccountId': ACCOUNT,
      'AWS::Region': REGION,
      'AWS::Partition': PARTITION,
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stackName,
      'AWS::StackId': arn('cloudformation', `stack/${stackName}/sandbox`),
    };
  }

  define(logicalId: string, created: Created & { type: string }): void {
    this.created.set(logicalId, created);
  }

  ref(name: string): unknown {
    const value = this.pseudo[name] ?? this.created.get(name)?.ref ?? this.parameter(name);
    if (value === undefined) throw new Error(`it refers to ${name}, which the template does not define`);
    return value;
  }

  getAtt(logicalId: string, attribute: string): string {
    const target = this.created.get(logicalId);
    const value = target?.attributes?.[attribute];
    if (value !== undefined) return value;
    const known = Object.keys(target?.attributes ?? {}).join(', ') || 'none';
    throw new Error(
      `it wants attribute ${attribute} of ${logicalId} (${target?.type ?? 'not made'}), whose attributes here are: ${known}`,
    );
  }

  condition(name: string): boolean {
    const written = this.template.Conditions[name];
    if (written === undefined)
      throw new Error(`it wants condition ${name}, which the template does not define`);
    return resolve(written, this) === true;
  }

  resources(): ReadonlyMap<string, Created & { type: string }> {
    return this.created;
  }

  outputs(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.template.Outputs)
        .filter(([, { Condition }]) => Condition === undefined || this.condition(Condition))
        .map(([name, { Value }]) => [name, String(resolve(Value, this))]),
    );
  }

  /** A parameter's default. A parameter that is read from SSM has no value here. */
  private parameter(name: string): unknown {
    const parameter = this.template.Parameters[name];
    return parameter?.Type.startsWith('AWS::SSM::') ? undefined : parameter?.Default;
  }
}
