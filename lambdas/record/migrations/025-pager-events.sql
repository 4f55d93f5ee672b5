-- Events for pagers are recorded as messages are: each once for a pager and a severity.
alter table responder.told
  drop constraint told_kind,
  add constraint told_kind check (kind in ('call', 'joined', 'acknowledged', 'stand-down', 'reminder', 'postmortem-late',
                                           'jira', 'jira-comment', 'draft',
                                           'pager-trigger', 'pager-acknowledge', 'pager-resolve'));
