/**
 * The opaque of a stream request, which all messages of its stream carry: the vbucket above 16 bits of the epoch. So what
 * still comes of an earlier request for the same vbucket is told from what belongs to the present one.
 */
export function opaqueOf(vbucket: number, epoch: number): number {
  return vbucket * 65_536 + (epoch % 65_536)
}

/** The vbucket that an opaque was made for. */
export function vbucketOf(opaque: number): number {
  return Math.floor(opaque / 65_536)
}

/** Whether the opaque was made for a request of this epoch; 65,536 requests later it would be taken for it again. */
export function isOfEpoch(opaque: number, epoch: number): boolean {
  return opaque % 65_536 === epoch % 65_536
}
