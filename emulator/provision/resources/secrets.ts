import * as z from 'zod';
import { handler, ignored, nameIf, type ResourceHandler } from '../resource-handler.ts';

/** CloudFormation's own length for what it generates. */
const LENGTH = 32;

/** Only generated secrets: a value in a template is not secret. */
const secret = handler({
  properties: z.strictObject({
    Name: z.string().optional(),
    GenerateSecretString: z.strictObject({ PasswordLength: z.int().min(1).max(4_096).default(LENGTH) }),
    Description: ignored('for people'),
  }),
  async create({ Name, GenerateSecretString: { PasswordLength } }, { cloud, name: generated }) {
    const { arn: ref } = await cloud.secrets.generateSecret(Name ?? generated, PasswordLength);
    return { ref, attributes: { Id: ref } };
  },
  taken: ({ Name }, { cloud }) => nameIf(Name, (name) => cloud.secrets.hasSecret(name)),
  remove: ({ ref }, _properties, cloud) => cloud.secrets.deleteSecret(ref),
});

export const secrets: Readonly<Record<string, ResourceHandler>> = {
  'AWS::SecretsManager::Secret': secret,
};
