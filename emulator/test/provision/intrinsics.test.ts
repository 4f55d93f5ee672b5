import { referencesIn, resolve, type Names } from '../../provision/intrinsics.ts';

const names: Names = {
  ref: (name) => ({ 'AWS::Region': 'us-east-1', Topic: 'arn:topic', Ports: ['80', '443'] })[name],
  getAtt: (logicalId, attribute) => `${logicalId}#${attribute}`,
  condition: (name) => name === 'Yes',
};

describe('intrinsic functions', () => {
  it.each([
    ['Ref', { Ref: 'Topic' }, 'arn:topic'],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue#Arn'],
    ['Fn::GetAtt with a dotted attribute', { 'Fn::GetAtt': 'Db.Endpoint.Port' }, 'Db#Endpoint.Port'],
    ['Fn::Join', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Region' }, 1]] }, 'arn:us-east-1:1'],
    ['Fn::Split and Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': ['-', 'us-east-1'] }] }, 'east'],
    ['Fn::Select of a reference', { 'Fn::Select': [0, { Ref: 'Ports' }] }, '80'],
    [
      'Fn::Sub',
      { 'Fn::Sub': 'a-${AWS::Region}-${Queue.Arn}-${!Literal}' },
      'a-us-east-1-Queue#Arn-${Literal}',
    ],
    [
      'Fn::Sub with its own names',
      { 'Fn::Sub': ['${Own}-${Topic}', { Own: { Ref: 'AWS::Region' } }] },
      'us-east-1-arn:topic',
    ],
    ['Fn::If', { 'Fn::If': ['Yes', { Ref: 'Topic' }, 'no'] }, 'arn:topic'],
    ['Fn::If with no value', { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, b: 2 }, { b: 2 }],
    ['logic', { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }] }, true],
    ['plain values', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
    [
      'a condition of a policy, which is no intrinsic function',
      { Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
  ])('resolve %s', (_name, value, expected) => {
    expect(resolve(value, names)).toEqual(expected);
  });

  it('are refused by name when they are not known', () => {
    expect(() => resolve({ 'Fn::ImportValue': 'x' }, names)).toThrow(
      /uses Fn::ImportValue, which the emulator/,
    );
    expect(() => resolve({ 'Fn::Select': [3, ['a']] }, names)).toThrow(/index 3 of a list that is too short/);
  });

  it('name what they refer to, in every branch and text', () => {
    const value = {
      a: { 'Fn::If': ['Yes', { Ref: 'One' }, { 'Fn::GetAtt': ['Two', 'Arn'] }] },
      b: [{ 'Fn::Join': ['', ['x', { 'Fn::Sub': '${Three}/${Four.Arn}' }]] }],
    };
    expect([...referencesIn(value)].sort()).toEqual(['Four', 'One', 'Three', 'Two']);
  });
});
