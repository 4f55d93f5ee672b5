-- What the signals function measured, beside what CloudWatch was sent: anybody may send to a namespace.
create table responder.measurement (
  metric text not null,
  at     timestamptz not null,
  value  double precision not null,
  primary key (metric, at)
);
create index measurement_at on responder.measurement (at);
