#pragma once
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <errno.h>
#include <string.h>
#include <stdint.h>
#include <gnutls/gnutls.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>

/* MHD's start and info calls are variadic, which Swift cannot call. */
static inline struct MHD_Daemon *herald_mhd_start(unsigned int flags, MHD_AcceptPolicyCallback policy,
                                                  MHD_AccessHandlerCallback handler, void *context,
                                                  struct MHD_OptionItem *options) {
    return MHD_start_daemon(flags, 0, policy, context, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static inline int herald_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline void *herald_mhd_record(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline const struct sockaddr *herald_mhd_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

static inline size_t herald_mhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

static inline int herald_mhd_is_suspended(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED);
    return info && info->suspended == MHD_YES;
}

static inline gnutls_session_t herald_mhd_tls(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? (gnutls_session_t)info->tls_session : NULL;
}

static inline void herald_mhd_close_upgraded(struct MHD_UpgradeResponseHandle *handle) {
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

static inline int herald_mhd_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

static inline int herald_waiting_bytes(int fd, int *count) { return ioctl(fd, FIONREAD, count); }

/* glibc's own tcp_info stops before the byte counts, and linux/tcp.h can't be included beside it: these are the
   kernel's offsets, which are fixed for ever. */
static inline int herald_tcp_progress(int fd, uint64_t *received, uint64_t *acknowledged, uint32_t *unsent) {
    enum { tcp_info = 11, acked_at = 120, received_at = 128, size = 136 };
    unsigned char info[size];
    socklen_t length = size;
    int queued = 0;
    if (getsockopt(fd, 6 /* IPPROTO_TCP */, tcp_info, info, &length) != 0 || length < size) return -1;
    memcpy(acknowledged, info + acked_at, 8);
    memcpy(received, info + received_at, 8);
    if (ioctl(fd, TIOCOUTQ, &queued) != 0) queued = 0;
    *unsent = (uint32_t)queued;
    return 0;
}
