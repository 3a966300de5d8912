/** The word in the end of each session that its visitor has ended from another one. */
export const signedOutEverywhere = 'signed out everywhere'
