#pragma once

/// How many migrations there are; they are numbered from 1.
int herald_migration_count(void);

/// The SQL of one migration, ending in a NUL byte.
const char *herald_migration(int number);
