// Made by `npm run docs:rules` from the files beside it.
import { rule as allowUnknown } from './allow-unknown.ts';
import { rule as allowUnused } from './allow-unused.ts';
import { rule as attachScans } from './attach-scans.ts';
import { rule as backfillAtOnce } from './backfill-at-once.ts';
import { rule as backfillWithDdl } from './backfill-with-ddl.ts';
import { rule as bodyNamesGone } from './body-names-gone.ts';
import { rule as cascadeDrops } from './cascade-drops.ts';
import { rule as checkValidated } from './check-validated.ts';
import { rule as combineAlters } from './combine-alters.ts';
import { rule as computedByFunction } from './computed-by-function.ts';
import { rule as concurrentIndexCorruption } from './concurrent-index-corruption.ts';
import { rule as constrainedDomainColumn } from './constrained-domain-column.ts';
import { rule as constrainedDomainCreated } from './constrained-domain-created.ts';
import { rule as countedColumn } from './counted-column.ts';
import { rule as defaultChanged } from './default-changed.ts';
import { rule as defaultPartitionScanned } from './default-partition-scanned.ts';
import { rule as detachNotConcurrent } from './detach-not-concurrent.ts';
import { rule as detachReadsReferring } from './detach-reads-referring.ts';
import { rule as domainValidateWaits } from './domain-validate-waits.ts';
import { rule as domainValidated } from './domain-validated.ts';
import { rule as drift } from './drift.ts';
import { rule as driftRefused } from './drift-refused.ts';
import { rule as dropColumn } from './drop-column.ts';
import { rule as dropDatabase } from './drop-database.ts';
import { rule as dropIndexNotConcurrent } from './drop-index-not-concurrent.ts';
import { rule as dropLocksReferenced } from './drop-locks-referenced.ts';
import { rule as dropObject } from './drop-object.ts';
import { rule as dropTable } from './drop-table.ts';
import { rule as enumCreated } from './enum-created.ts';
import { rule as enumValuePosition } from './enum-value-position.ts';
import { rule as enumValueRenamed } from './enum-value-renamed.ts';
import { rule as enumValueTooEarly } from './enum-value-too-early.ts';
import { rule as excludeBuildsIndex } from './exclude-builds-index.ts';
import { rule as explicitLock } from './explicit-lock.ts';
import { rule as fails } from './fails.ts';
import { rule as foreignKeyOff } from './foreign-key-off.ts';
import { rule as foreignKeyValidated } from './foreign-key-validated.ts';
import { rule as foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { rule as identifierTooLong } from './identifier-too-long.ts';
import { rule as ifNotExistsHidesInvalid } from './if-not-exists-hides-invalid.ts';
import { rule as ifNotExistsSkipped } from './if-not-exists-skipped.ts';
import { rule as indexNotConcurrent } from './index-not-concurrent.ts';
import { rule as indexOnPartitioned } from './index-on-partitioned.ts';
import { rule as jsonColumn } from './json-column.ts';
import { rule as lockTimeoutOff } from './lock-timeout-off.ts';
import { rule as madeAgainOtherwise } from './made-again-otherwise.ts';
import { rule as newerThanDatabase } from './newer-than-database.ts';
import { rule as notMeasured } from './not-measured.ts';
import { rule as notNull } from './not-null.ts';
import { rule as notNullScans } from './not-null-scans.ts';
import { rule as notNullWithoutDefault } from './not-null-without-default.ts';
import { rule as nullable } from './nullable.ts';
import { rule as partitionOfLocksParent } from './partition-of-locks-parent.ts';
import { rule as policyLocks } from './policy-locks.ts';
import { rule as primaryKeyBuildsIndex } from './primary-key-builds-index.ts';
import { rule as primaryKeyScans } from './primary-key-scans.ts';
import { rule as publicationLoses } from './publication-loses.ts';
import { rule as publishedTableChanged } from './published-table-changed.ts';
import { rule as reachesChildren } from './reaches-children.ts';
import { rule as referenceLocksParent } from './reference-locks-parent.ts';
import { rule as refreshNotConcurrent } from './refresh-not-concurrent.ts';
import { rule as reindexNotConcurrent } from './reindex-not-concurrent.ts';
import { rule as rename } from './rename.ts';
import { rule as replicaIdentityFull } from './replica-identity-full.ts';
import { rule as replicaIdentityLost } from './replica-identity-lost.ts';
import { rule as resultChanged } from './result-changed.ts';
import { rule as rightsLost } from './rights-lost.ts';
import { rule as rightsOpened } from './rights-opened.ts';
import { rule as rowSecurityHides } from './row-security-hides.ts';
import { rule as rowSecurityOpens } from './row-security-opens.ts';
import type { Rule } from './rule.ts';
import { rule as ruleInstead } from './rule-instead.ts';
import { rule as sequenceBehind } from './sequence-behind.ts';
import { rule as sequenceNarrowed } from './sequence-narrowed.ts';
import { rule as setLogged } from './set-logged.ts';
import { rule as statisticsDropped } from './statistics-dropped.ts';
import { rule as storedGenerated } from './stored-generated.ts';
import { rule as swappedTableLacks } from './swapped-table-lacks.ts';
import { rule as tableRewrite } from './table-rewrite.ts';
import { rule as triggerLocks } from './trigger-locks.ts';
import { rule as triggerOff } from './trigger-off.ts';
import { rule as truncate } from './truncate.ts';
import { rule as typeRebuildsIndex } from './type-rebuilds-index.ts';
import { rule as typeRechecks } from './type-rechecks.ts';
import { rule as typeRewrites } from './type-rewrites.ts';
import { rule as uniqueBuildsIndex } from './unique-builds-index.ts';
import { rule as vacuumFull } from './vacuum-full.ts';
import { rule as validateInSameTransaction } from './validate-in-same-transaction.ts';
import { rule as volatileDefault } from './volatile-default.ts';
import { rule as wideIndex } from './wide-index.ts';
import { rule as workAfterLock } from './work-after-lock.ts';
import { rule as workUnderLock } from './work-under-lock.ts';

/** Every rule that a review judges by, in the order in which they are listed. docs/rules has a page for each. */
export const rules: readonly Rule[] = [
  indexNotConcurrent,
  indexOnPartitioned,
  dropIndexNotConcurrent,
  reindexNotConcurrent,
  ifNotExistsSkipped,
  ifNotExistsHidesInvalid,
  wideIndex,
  concurrentIndexCorruption,
  uniqueBuildsIndex,
  primaryKeyBuildsIndex,
  primaryKeyScans,
  excludeBuildsIndex,
  foreignKeyValidated,
  referenceLocksParent,
  checkValidated,
  validateInSameTransaction,
  notNullScans,
  foreignKeyWithoutIndex,
  foreignKeyOff,
  domainValidated,
  domainValidateWaits,
  typeRewrites,
  typeRebuildsIndex,
  typeRechecks,
  volatileDefault,
  countedColumn,
  storedGenerated,
  constrainedDomainColumn,
  setLogged,
  vacuumFull,
  tableRewrite,
  attachScans,
  defaultPartitionScanned,
  partitionOfLocksParent,
  detachNotConcurrent,
  detachReadsReferring,
  refreshNotConcurrent,
  reachesChildren,
  workAfterLock,
  combineAlters,
  backfillWithDdl,
  backfillAtOnce,
  triggerLocks,
  policyLocks,
  dropLocksReferenced,
  explicitLock,
  lockTimeoutOff,
  workUnderLock,
  dropColumn,
  dropTable,
  dropObject,
  statisticsDropped,
  dropDatabase,
  cascadeDrops,
  rename,
  swappedTableLacks,
  enumValueRenamed,
  enumValuePosition,
  enumValueTooEarly,
  notNullWithoutDefault,
  notNull,
  nullable,
  defaultChanged,
  jsonColumn,
  truncate,
  identifierTooLong,
  fails,
  notMeasured,
  resultChanged,
  madeAgainOtherwise,
  bodyNamesGone,
  computedByFunction,
  sequenceBehind,
  sequenceNarrowed,
  rightsLost,
  rightsOpened,
  rowSecurityHides,
  rowSecurityOpens,
  triggerOff,
  ruleInstead,
  publicationLoses,
  publishedTableChanged,
  replicaIdentityFull,
  replicaIdentityLost,
  enumCreated,
  constrainedDomainCreated,
  newerThanDatabase,
  driftRefused,
  drift,
  allowUnused,
  allowUnknown,
];
