import { LOGINS } from '../../record/logins.ts';
import { loginOf } from '../../platform/settings.ts';
import { ok, wrong, type CheckOf } from '../check.ts';
import { cannotTell, isThere } from '../run-checks.ts';

/** With passwords, each login has a secret. What is in it, only its function reads. */
export const loginSecrets: CheckOf<'account'> = {
  id: 'login-secrets',
  asks: "Is there a secret for each of the ledger's logins?",
  needs: 'account',
  async run({ settings, aws }) {
    const { actors } = settings.ledger;
    if (actors.kind === 'iam') return [ok('the logins are authenticated by IAM: there are no passwords')];
    const secrets = await aws.secrets();
    const findings = await Promise.all(
      LOGINS.map(async (login) => {
        const auth = loginOf(actors, login.replace('responder_', ''));
        const name = auth.kind === 'secret' ? auth.secret : '';
        try {
          if (await isThere(() => secrets.describeSecret({ SecretId: name }))) return [];
        } catch (error) {
          return [cannotTell(error)];
        }
        return [
          wrong({
            fault: `${login} cannot log in: its password is nowhere`,
            found: `no secret ${name}`,
            wanted: `a secret ${name} with {"password": "…"}, the password of ${login}`,
            remedy: `aws secretsmanager create-secret --name ${name} --secret-string '{"password":"…"}'`,
          }),
        ];
      }),
    );
    const bad = findings.flat();
    return bad.length > 0 ? bad : [ok(`${LOGINS.length} secrets are there`)];
  },
};
