import { writeFileSync } from 'node:fs';
import { printConfigSchema, schemaFile } from '../lib/project/config-schema.ts';

// Writes the description of updown.json for editors anew.
writeFileSync(new URL(`../${schemaFile}`, import.meta.url), printConfigSchema());
