-- Commands of people. The row is claimed before anything is done, so that a signature that is sent again finds it.
create table responder.command (
  nonce      uuid primary key,
  at         timestamptz not null,
  caller_arn text not null,
  -- The human behind the ARN: whoever is asked for two people's consent counts these.
  person     text not null,
  command    jsonb not null,
  answer     jsonb
);
