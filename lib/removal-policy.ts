import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * What becomes of data and keys when the stack is deleted. A first deployment that fails keeps nothing:
 * what it left behind would block the second under the same names.
 */
export const removalPolicyOf = ({ keepData }: { readonly keepData: boolean }): RemovalPolicy =>
  keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
