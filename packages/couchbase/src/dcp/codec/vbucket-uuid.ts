/** The id of one branch of a vbucket's history: 16 hexadecimal digits. */
export type VbucketUuid = string & { readonly VbucketUuid: unique symbol }

/** What stands for no branch: a stream from the beginning. */
export const noUuid = '0000000000000000' as VbucketUuid

/** The uuid (u64) at a place. */
export function uuidAt(bytes: Buffer, at: number): VbucketUuid {
  return bytes.toString('hex', at, at + 8) as VbucketUuid
}
