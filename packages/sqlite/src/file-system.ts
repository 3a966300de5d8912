import { readFile, statfs } from 'node:fs/promises'

import { StoreUnavailableError } from '@scopes/core'

/** `f_type` of file systems that are served by another machine or kernel, by statfs(2) of Linux. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
])

/** FUSE says nothing by its type: a local overlay has it, and so have virtiofs and sshfs. The mount's name tells. */
const fuseType = 0x65735546
const networkMounts =
  /^(virtiofs|fuse\.(sshfs|grpcfuse|osxfs|gcsfuse|s3fs|rclone|glusterfs|cephfs|smbnetfs|davfs2?|mountpoint-s3))$/

/**
 * Resolves when the directory lies on a file system of this machine, as far as Linux tells; elsewhere always. Rejects
 * with `StoreUnavailableError`: over a network the processes of a store do not share its memory and damage the file.
 */
export async function refuseNetworkFileSystem(directory: string): Promise<void> {
  if (process.platform !== 'linux') return
  const { type } = await statfs(directory)
  const mounts = type === fuseType ? await readFile('/proc/self/mountinfo', 'utf8').catch(() => '') : ''
  const name = networkFileSystem(type, directory, mounts)
  if (name === undefined) return
  throw new StoreUnavailableError(
    `${directory} is on a network file system (${name}), over which SQLite's WAL mode does not work: ` +
      'all processes of a store must use a disk of their own machine.',
  )
}

/** The name of the network file system, or undefined when it is a local one. `mounts` is the text of mountinfo. */
export function networkFileSystem(type: number, directory: string, mounts: string): string | undefined {
  // Some systems give the type as a signed number.
  const known = networkTypes.get(type >>> 0)
  if (known !== undefined || type !== fuseType) return known
  const mount = mountOf(directory, mounts)
  return mount !== undefined && networkMounts.test(mount) ? mount : undefined
}

/** The file system type of the mount that holds the directory: the one with the longest mount point above it. */
function mountOf(directory: string, mounts: string): string | undefined {
  let best = ''
  let type: string | undefined
  for (const line of mounts.split('\n')) {
    const [before, after] = line.split(' - ')
    const point = before
      ?.split(' ')[4]
      ?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    if (point === undefined || after === undefined || point.length < best.length) continue
    const isAbove = directory === point || directory.startsWith(point.endsWith('/') ? point : `${point}/`)
    if (!isAbove) continue
    best = point
    type = after.split(' ')[0]
  }
  return type
}
