/** The major version of PostgreSQL in this process. */
export const embeddedMajor = 18;
