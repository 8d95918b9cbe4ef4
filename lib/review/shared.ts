/** The prefix of the names of scratch databases. */
export const prefix = 'updown_scratch_';

/** The contents of the shared catalogs, which all databases of a server have in common. */
export interface Shared {
  readonly roles: ReadonlyMap<string, SharedRole>;
  readonly members: ReadonlyMap<string, Member>;
  readonly settings: ReadonlyMap<string, RoleSettings>;
  readonly databases: ReadonlyMap<string, SharedDatabase>;
  readonly tablespaces: ReadonlyMap<string, Tablespace>;
  readonly grants: ReadonlyMap<string, SharedGrant>;
  readonly acls: ReadonlyMap<string, SharedAcl>;
  readonly comments: ReadonlyMap<string, SharedNote>;
  readonly labels: ReadonlyMap<string, SharedNote>;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** An object of the whole server that a review created. */
export interface Made {
  readonly kind: 'role' | 'database' | 'tablespace';
  readonly name: string;
  /** 0 until it is known. A review that was killed before that may or may not have created the object. */
  readonly oid: number;
}

export interface SharedRole {
  readonly oid: number;
  readonly name: string;
  /** Options of CREATE ROLE: `NOSUPERUSER`, `CONNECTION LIMIT 5`. */
  readonly attributes: readonly string[];
  /** `VALID UNTIL '…'`, or null where it was never set. Only a superuser can restore that; for others 'infinity' is the same. */
  readonly until: string | null;
  /** The stored password, or null where there is none or it can't be read. */
  readonly password: string | null;
}

export interface Member {
  readonly role: string;
  readonly member: string;
  /** Empty before PostgreSQL 16, which has one membership whoever granted it. */
  readonly grantor: string;
  readonly admin: boolean;
  /** Since PostgreSQL 16, like the next one. */
  readonly inherit?: boolean;
  readonly set?: boolean;
}

/** Settings of a role, of a database, or of a role in a database. Null means any. */
export interface RoleSettings {
  readonly role: string | null;
  readonly database: string | null;
  /** `search_path=app, public` */
  readonly settings: readonly string[];
}

export interface SharedDatabase {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  /** Options of ALTER DATABASE. */
  readonly options: readonly string[];
}

export interface Tablespace {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  /** `random_page_cost=1.1` */
  readonly options: readonly string[];
}

export interface SharedGrant {
  /** The object as GRANT names it: `DATABASE "shop"`. */
  readonly object: string;
  readonly kind: 'DATABASE' | 'TABLESPACE' | 'PARAMETER';
  readonly name: string;
  /** The role, or empty for PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** The access privileges of an object. A parameter that is not in the catalog has the default privileges. */
export interface SharedAcl {
  readonly object: string;
  readonly kind: SharedGrant['kind'];
  readonly name: string;
  /** The privileges are NULL, so nobody has granted or revoked any. It is read for superusers only, since nobody else could restore it. */
  readonly unset: boolean;
  /** The bootstrap superuser, who owns every parameter. */
  readonly owner: string;
}

/** A comment or a security label. */
export interface SharedNote {
  readonly kind: 'ROLE' | 'DATABASE' | 'TABLESPACE';
  readonly name: string;
  readonly provider: string;
  readonly text: string;
}

export interface Origin {
  readonly name: string;
}

export function keyOfGrant({ object, grantee, privilege }: SharedGrant): string {
  return JSON.stringify([object, grantee, privilege]);
}
