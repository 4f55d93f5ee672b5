import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { isExisting } from '../lambdas/domain/instance.ts';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Acknowledge } from './acknowledge.ts';
import { Actor } from './actor.ts';
import { Anchor } from './anchor.ts';
import { AnchorBucket } from './anchor-bucket.ts';
import type { Deployment } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { Escalation } from './escalation.ts';
import { refuseDeploymentOfExample } from './example-guard.ts';
import { Manual } from './manual.ts';
import { Migrate } from './migrate.ts';
import { OrderKeySecrets } from './order-keys.ts';
import { OwnAlarms } from './own-alarms.ts';
import { PlaybookAlarms } from './playbook-alarms.ts';
import { Network } from './network.ts';
import type { Product } from './product.ts';
import { Queries } from './queries.ts';
import { RecordBucket } from './record-bucket.ts';
import { Report } from './report.ts';
import { ResponderFunction } from './responder-function.ts';
import { Respond } from './respond.ts';
import { Rehearser, Runner } from './runner.ts';
import { Signals } from './signals.ts';
import { Sweep } from './sweep.ts';
import { functionSettings } from './function-settings.ts';
import { Topics } from './topics.ts';

export interface ResponderStackProps extends StackProps {
  readonly config: Deployment;
  readonly code: Code;
  readonly product: Product;
}

/** The whole stack, in the order of an alarm's path. */
export class ResponderStack extends Stack {
  constructor(scope: Construct, id: string, { config, code, product, ...props }: ResponderStackProps) {
    super(scope, id, props);
    const settings = functionSettings(this, config);
    const orderKeys = new OrderKeySecrets(this, 'Orders', config);
    const network =
      config.network && new Network(this, 'Network', { network: config.network, ledger: config.ledger });
    const unmigrated = { config, settings, code, orderKeys, network };
    // Before all others, so that none of them has new code on an old schema.
    const migrate = new Migrate(this, 'Migrating', unmigrated);
    const common = { ...unmigrated, migration: migrate.done };
    const ours = product.playbooks.map(({ id: playbook, alarms }) => ({
      id: playbook,
      alarms: alarms.filter(({ name }) => !isExisting(name, config)),
    }));

    // Where alarms arrive, where people are notified, where evidence is kept.
    const topics = new Topics(this, 'Topics', { config, settings });
    const record = new RecordBucket(this, 'Record', { bucketName: settings.bucket, config });
    const anchors = new AnchorBucket(this, 'Anchors', { bucketName: settings.anchors, config });

    // One function alone anchors the audit.
    const anchor = new Anchor(this, 'Anchoring', { ...common, anchors });

    // A page with one button, for anyone who has the link of a message.
    const acknowledge = config.acknowledge
      ? new Acknowledge(this, 'Acknowledging', { ...common, anchor })
      : undefined;

    // Where the costs' copy in Athena is queried.
    new Queries(this, 'Querying', { settings, config });

    // Signals measure the business; the playbooks' alarms watch the measurements and publish to the topic…
    new Signals(this, 'Measuring', { ...common, product });
    new PlaybookAlarms(this, 'PlaybookAlarms', {
      playbooks: ours,
      topic: topics.alarms,
      instance: config,
      signalsMinutes: config.schedules.signalsMinutes,
    });

    // …from which the dispatcher starts runs; the runner carries each to its outcome, and acts as the actor.
    const dispatcher = new Dispatcher(this, 'Dispatching', { ...common, topics, record, product });
    const runner = new Runner(this, 'Running', { ...common, topics, record, anchor, product, acknowledge });
    const actor = new Actor(this, 'Acting', { runner, product, settings });
    // Dry runs run the same code under a role that cannot act.
    const rehearser = new Rehearser(this, 'Rehearsing', { ...common, record, product });

    // A function of its own notifies people, so that a crashed run stops nothing.
    const escalation = new Escalation(this, 'Escalating', {
      ...common,
      topics,
      record,
      acknowledge,
    });

    // The sweep finds what was lost on the way; alarms on our own functions notify people.
    new Sweep(this, 'Sweeping', { ...common, topics, anchor, acknowledge });
    new OwnAlarms(this, 'OwnAlarms', {
      sre: topics.sre,
      prefix: config.prefix,
      playbooks: ours,
      hasPage: acknowledge !== undefined,
      signalsMinutes: config.schedules.signalsMinutes,
    });

    // The daily report.
    new Report(this, 'Reporting', { ...common, topics, record });

    // People command through a URL that proves who they are.
    const respond = new Respond(this, 'Responding', { ...common, record, topics, anchor });

    // A plain invoke commands less: who calls is not proven.
    const manual = new Manual(this, 'ByHand', common);

    network?.addEndpoints([...ResponderFunction.rolesInNetwork(this), actor]);
    if (network) migrate.done.node.addDependency(...network.ways());

    refuseDeploymentOfExample(this, config);
    if (network?.securityGroup !== undefined)
      this.output('FunctionsSecurityGroup', network.securityGroup, 'Of the functions; the ledger lets it in');
    this.output('Dispatcher', dispatcher.function.lambda.functionName, 'Takes alarms in any envelope');
    this.output('Manual', manual.function.lambda.functionName, 'Invoke it: run, replay, status');
    this.output('Runner', runner.live.functionArn, 'Runs are executions of it');
    this.output('Rehearser', rehearser.live.functionArn, 'Dry runs are executions of it');
    this.output('Escalation', escalation.live.functionArn, 'Escalations are executions of it');
    this.output(
      'Migrate',
      migrate.function.lambda.functionName,
      'Runs by itself in each deployment; safe to repeat',
    );
    this.output('RespondUrl', respond.url, 'People command here: npm run respond');
    if (acknowledge) this.output('AcknowledgeUrl', acknowledge.url, 'The page behind acknowledge links');
    this.output('AlarmsTopic', topics.alarms.topicArn, 'Other alarms may publish here too');
    this.output('SreTopic', topics.sre.topicArn, 'Notifications to SRE');
    this.output('FinopsTopic', topics.finops.topicArn, 'Notifications to FinOps');
    this.output('RecordBucket', record.bucket.bucketName, 'Evidence, by run');
    this.output('AnchorBucket', anchors.bucket.bucketName, 'Anchors of the audit, under Object Lock');
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, `${id}Output`, { value, description }).overrideLogicalId(id);
  }
}
