-- Who has an incident is announced to everybody who was called: once for a severity and a recipient.
alter table responder.told
  drop constraint told_kind,
  add constraint told_kind check (kind in ('call', 'joined', 'acknowledged', 'stand-down', 'reminder',
                                           'postmortem-late', 'jira', 'jira-comment', 'draft'));
