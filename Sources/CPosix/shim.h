#pragma once
#include <spawn.h>

// glibc hides these behind _GNU_SOURCE, which Swift's own import of the header doesn't set.
// Child processes need them: to run in a session of their own, to inherit no open descriptor, and to
// stand in a folder that their user can enter.
enum { herald_spawn_setsid = 0x80 };
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
