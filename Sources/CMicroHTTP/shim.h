#pragma once
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/eventfd.h>
#include <microhttpd.h>

/* MHD's start and info calls are variadic, which Swift cannot call. */
static inline struct MHD_Daemon *herald_mhd_start(unsigned int flags, MHD_AccessHandlerCallback handler,
                                                  void *context, struct MHD_OptionItem *options) {
    return MHD_start_daemon(flags, 0, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static inline int herald_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline int herald_mhd_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}
