/** Statuses of an answer, by what they say. The numbers are those of the protocol (`protocol/status.h` of kv_engine). */
export const STATUS = {
  success: 0x00,
  /** No such document, bucket, or name. */
  notFound: 0x01,
  /** The document exists, or its CAS is another. */
  exists: 0x02,
  tooBig: 0x03,
  invalid: 0x04,
  /** APPEND and PREPEND found nothing to add to. */
  notStored: 0x05,
  notANumber: 0x06,
  notMyVbucket: 0x07,
  noBucket: 0x08,
  locked: 0x09,
  authenticationError: 0x20,
  /** Not an error: the exchange goes on. */
  authenticationContinues: 0x21,
  /** A range whose ends do not fit. */
  outOfRange: 0x22,
  /** The value says from which seqno on the history is another. */
  rollback: 0x23,
  noAccess: 0x24,
  unknownFrameInfo: 0x80,
  unknownCommand: 0x81,
  noMemory: 0x82,
  notSupported: 0x83,
  temporaryFailure: 0x86,
  unknownCollection: 0x88,
  unknownScope: 0x8c,
  streamIdInvalid: 0x8d,
  durabilityInvalidLevel: 0xa0,
  durabilityImpossible: 0xa1,
  syncWriteInProgress: 0xa2,
  syncWriteAmbiguous: 0xa3,
  pathNotFound: 0xc0,
  /** The path leads through something of another kind. */
  pathMismatch: 0xc1,
  pathInvalid: 0xc2,
  pathTooBig: 0xc3,
  valueCannotInsert: 0xc5,
  documentNotJson: 0xc6,
  numberOutOfRange: 0xc7,
  deltaInvalid: 0xc8,
  pathExists: 0xc9,
  invalidCombination: 0xcb,
  /** At least one path failed; the body says which. */
  multiPathFailure: 0xcc,
  successDeleted: 0xcd,
  xattrInvalidFlags: 0xce,
  xattrInvalidKeys: 0xcf,
  xattrUnknownMacro: 0xd0,
  xattrUnknownVirtual: 0xd1,
  xattrCannotModifyVirtual: 0xd2,
  multiPathFailureDeleted: 0xd3,
  xattrInvalidOrder: 0xd4,
  canOnlyReviveDeleted: 0xd6,
  deletedCannotHaveValue: 0xd7,
} as const
