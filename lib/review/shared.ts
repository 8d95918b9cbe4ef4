/** Of the names of scratch databases. */
export const prefix = 'updown_scratch_';

/** What stands in the shared catalogs: it belongs to the whole server, and is there for every database of it. */
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

/** A thing for the whole server that a review made there. */
export interface Made {
  readonly kind: 'role' | 'database' | 'tablespace';
  readonly name: string;
  /** 0 until it is known: a review that was killed in between may have made it, or not. */
  readonly oid: number;
}

export interface SharedRole {
  readonly oid: number;
  readonly name: string;
  /** As CREATE ROLE takes them: `NOSUPERUSER`, `CONNECTION LIMIT 5`. */
  readonly attributes: readonly string[];
  /** `VALID UNTIL '…'`; null where nobody has set it, which only a superuser can put back: for others it is as good as 'infinity'. */
  readonly until: string | null;
  /** As it is kept; null where there is none, and where it can't be seen. */
  readonly password: string | null;
}

export interface Member {
  readonly role: string;
  readonly member: string;
  /** Empty before version 16, which keeps one membership whoever granted it. */
  readonly grantor: string;
  readonly admin: boolean;
  /** Since version 16. */
  readonly inherit?: boolean;
  readonly set?: boolean;
}

/** Of a role, of a database, or of a role in a database; null is any. */
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
  /** As ALTER DATABASE takes them. */
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
  /** As GRANT names it: `DATABASE "shop"`. */
  readonly object: string;
  readonly kind: 'DATABASE' | 'TABLESPACE' | 'PARAMETER';
  readonly name: string;
  /** Empty is PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** Who has which privileges on a thing, as the catalogs hold it; a parameter that is not in there has the ones it comes with. */
export interface SharedAcl {
  readonly object: string;
  readonly kind: SharedGrant['kind'];
  readonly name: string;
  /** NULL: nobody has granted or revoked anything. Read as a superuser only, since nobody else could put it back. */
  readonly unset: boolean;
  /** Who owns every parameter: the role that made the server. */
  readonly owner: string;
}

/** A comment, or a label of a provider. */
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
