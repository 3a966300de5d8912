import { describe, expect, test } from 'vitest'

import { networkFileSystem, refuseNetworkFileSystem } from '../src/file-system.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const fuse = 0x65735546
const mounts = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '30 22 0:30 / /mnt/share rw,relatime - virtiofs share rw',
  '31 22 0:31 / /mnt/with\\040blank rw,relatime - fuse.sshfs host:/x rw',
  '32 30 0:32 / /mnt/share/overlay rw - fuse.fuse-overlayfs fuse-overlayfs rw',
  '33 22 0:33 / /mnt/sharelike rw - fuse.ntfs-3g /dev/vdb rw',
  '',
].join('\n')

describe('network file systems are told from local ones', () => {
  test.each([
    ['NFS', 0x6969],
    ['SMB', 0x517b],
    ['SMB', 0xfe534d42],
    ['SMB', 0xff534d42],
    ['9p', 0x01021997],
    ['SMB', 0xfe534d42 - 2 ** 32],
  ])('%s is one (%i)', (name, type) => {
    expect(networkFileSystem(type, '/data', mounts)).toBe(name)
  })

  test.each([
    ['ext4', 0xef53],
    ['xfs', 0x58465342],
    ['btrfs', 0x9123683e],
    ['tmpfs', 0x01021994],
    ['overlay', 0x794c7630],
    ['zfs', 0x2fc12fc1],
  ])('%s is local', (_, type) => {
    expect(networkFileSystem(type, '/data', mounts)).toBeUndefined()
  })

  test.each([
    ['/mnt/share', 'virtiofs'],
    ['/mnt/share/deep/below', 'virtiofs'],
    ['/mnt/with blank/data', 'fuse.sshfs'],
    ['/mnt/share/overlay/data', undefined],
    ['/mnt/sharelike', undefined],
    ['/elsewhere', undefined],
  ])('of a FUSE file system at %s the mount tells: %s', (directory, name) => {
    expect(networkFileSystem(fuse, directory, mounts)).toBe(name)
  })

  test('the directory of these tests is local', async () => {
    await expect(refuseNetworkFileSystem(await temporaryDirectory())).resolves.toBeUndefined()
  })
})
