/** Region names of the console, present and former, reduced by `plain`. */
const CODES: Readonly<Record<string, string>> = {
  'us east n virginia': 'us-east-1',
  'us n virginia': 'us-east-1',
  'us east': 'us-east-1',
  'us standard': 'us-east-1',
  'us east ohio': 'us-east-2',
  'us ohio': 'us-east-2',
  'us west n california': 'us-west-1',
  'us n california': 'us-west-1',
  'us west oregon': 'us-west-2',
  'us oregon': 'us-west-2',
  'canada central': 'ca-central-1',
  'canada west calgary': 'ca-west-1',
  'mexico central': 'mx-central-1',
  'south america sao paulo': 'sa-east-1',
  'south america chile': 'sa-west-1',
  'europe ireland': 'eu-west-1',
  'europe london': 'eu-west-2',
  'europe paris': 'eu-west-3',
  'europe frankfurt': 'eu-central-1',
  'europe zurich': 'eu-central-2',
  'europe milan': 'eu-south-1',
  'europe spain': 'eu-south-2',
  'europe stockholm': 'eu-north-1',
  'asia pacific mumbai': 'ap-south-1',
  'asia pacific hyderabad': 'ap-south-2',
  'asia pacific singapore': 'ap-southeast-1',
  'asia pacific sydney': 'ap-southeast-2',
  'asia pacific jakarta': 'ap-southeast-3',
  'asia pacific melbourne': 'ap-southeast-4',
  'asia pacific malaysia': 'ap-southeast-5',
  'asia pacific new zealand': 'ap-southeast-6',
  'asia pacific thailand': 'ap-southeast-7',
  'asia pacific hong kong': 'ap-east-1',
  'asia pacific taipei': 'ap-east-2',
  'asia pacific tokyo': 'ap-northeast-1',
  'asia pacific seoul': 'ap-northeast-2',
  'asia pacific osaka': 'ap-northeast-3',
  'asia pacific osaka local': 'ap-northeast-3',
  'middle east saudi arabia': 'me-west-1',
  'middle east bahrain': 'me-south-1',
  'middle east uae': 'me-central-1',
  'israel tel aviv': 'il-central-1',
  'africa cape town': 'af-south-1',
  'china beijing': 'cn-north-1',
  'china ningxia': 'cn-northwest-1',
  'govcloud us': 'us-gov-west-1',
  'govcloud us west': 'us-gov-west-1',
  'govcloud us east': 'us-gov-east-1',
  'european sovereign cloud germany': 'eusc-de-east-1',
  'europe sovereign cloud germany': 'eusc-de-east-1',
  'us iso east': 'us-iso-east-1',
  'us iso west': 'us-iso-west-1',
  'us isob east ohio': 'us-isob-east-1',
  'us isob west': 'us-isob-west-1',
  'europe isoe west': 'eu-isoe-west-1',
  'us isof east': 'us-isof-east-1',
  'us isof south': 'us-isof-south-1',
};

/** `EU - Ireland`, `EU (Ireland)` and `Europe (Ireland)` are the same; so are `São` and `Sao`. */
const plain = (name: string) =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, ' ')
    .replace(/^ ?(amazon|aws) /, '')
    .replace(/^eu /, 'europe ')
    .trim();

/** `us-east-1` for a code or display name, all that an alarm's SNS message has besides its ARN. */
export function regionCode(name: string): string | undefined {
  const code = name.trim();
  if (/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(code)) return code;
  const key = plain(name);
  return Object.hasOwn(CODES, key) ? CODES[key] : undefined;
}

/** For any partition; spaces are dropped, and placeholders give nothing. */
export function placeOfArn(arn: string): { region?: string; account?: string } {
  const [prefix, partition, , region = '', account = ''] = arn.replaceAll(/\s/g, '').split(':');
  if (prefix !== 'arn' || !partition) return {};
  const code = regionCode(region);
  return { ...(code && { region: code }), ...(/^\d{12}$/.test(account) && { account }) };
}
