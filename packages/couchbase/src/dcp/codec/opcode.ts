/** The second byte of a frame: only what a consumer of DCP sends or may get. */
export const opcodes = {
  noop: 0x0a,
  hello: 0x1f,
  saslListMechanisms: 0x20,
  saslAuth: 0x21,
  saslStep: 0x22,
  getAllVbucketSeqnos: 0x48,
  dcpOpen: 0x50,
  dcpCloseStream: 0x52,
  dcpStreamRequest: 0x53,
  dcpGetFailoverLog: 0x54,
  dcpStreamEnd: 0x55,
  dcpSnapshotMarker: 0x56,
  dcpMutation: 0x57,
  dcpDeletion: 0x58,
  dcpExpiration: 0x59,
  dcpNoop: 0x5c,
  dcpBufferAcknowledgement: 0x5d,
  dcpControl: 0x5e,
  dcpSystemEvent: 0x5f,
  dcpSeqnoAdvanced: 0x64,
  dcpOsoSnapshot: 0x65,
  selectBucket: 0x89,
  getClusterConfig: 0xb5,
  getCollectionsManifest: 0xba,
  getCollectionId: 0xbb,
} as const

/** Opcodes of server requests (magic 0x82), which are numbered by themselves. */
export const serverOpcodes = {
  clusterConfigChanged: 0x01,
} as const
