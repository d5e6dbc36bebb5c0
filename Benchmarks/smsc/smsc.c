// An SMSC double written for speed: takes every bind and every submit_sm at once, and counts. One thread a connection,
// all answers to what one read brought in one write.
//
//   smsc [PORT]    prints the port it listens on; at the end of its standard input, how many messages it took, and the
//                  seconds between the first and the last
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 18 };

static atomic_ullong taken;
// Nanoseconds: when the first and the latest of them came.
static atomic_llong first, latest;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static uint32_t word(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return ntohl(value);
}

static uint8_t *put(uint8_t *at, uint32_t value) {
    value = htonl(value);
    memcpy(at, &value, 4);
    return at + 4;
}

// Ten decimal digits and a NUL.
static uint8_t *put_id(uint8_t *at, uint64_t number) {
    for (int place = 9; place >= 0; place--, number /= 10) at[place] = (uint8_t)('0' + number % 10);
    at[10] = 0;
    return at + 11;
}

static uint8_t *answer(uint8_t *out, uint32_t command, uint32_t sequence) {
    uint8_t *body = out + 16, *end = body;
    switch (command) {
    case 0x04: end = put_id(body, atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed)); break;
    case 0x01: case 0x02: case 0x09: memcpy(body, "double", 7); end = body + 7; break;
    case 0x06: case 0x15: break;
    default: return out;
    }
    put(put(put(put(out, (uint32_t)(end - out)), command | 0x80000000u), 0), sequence);
    return end;
}

static void *serve(void *argument) {
    int connection = (int)(intptr_t)argument;
    uint8_t *in = malloc(ROOM), *out = malloc(ROOM * 2);
    size_t have = 0;
    ssize_t count;
    while ((count = recv(connection, in + have, ROOM - have, 0)) > 0) {
        have += (size_t)count;
        size_t at = 0;
        uint8_t *end = out;
        unsigned long long before = atomic_load(&taken);
        while (have - at >= 16) {
            uint32_t length = word(in + at);
            if (length < 16 || length > 65536) goto over;
            if (have - at < length) break;
            end = answer(end, word(in + at + 4), word(in + at + 12));
            at += length;
        }
        if (atomic_load(&taken) != before) {
            long long none = 0, time = now();
            atomic_compare_exchange_strong(&first, &none, time);
            atomic_store(&latest, time);
        }
        memmove(in, in + at, have - at);
        have -= at;
        for (uint8_t *from = out; from < end;) {
            ssize_t written = send(connection, from, (size_t)(end - from), MSG_NOSIGNAL);
            if (written <= 0) goto over;
            from += written;
        }
    }
over:
    close(connection);
    free(in);
    free(out);
    return NULL;
}

static void *accept_all(void *argument) {
    int listener = (int)(intptr_t)argument, yes = 1;
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) return NULL;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection) == 0) pthread_detach(thread);
        else close(connection);
    }
}

int main(int count, char **words) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(count > 1 ? atoi(words[1]) : 0))};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof name;
    if (bind(listener, (struct sockaddr *)&name, length) != 0 || listen(listener, 64) != 0) {
        perror("smsc: cannot listen");
        return 1;
    }
    getsockname(listener, (struct sockaddr *)&name, &length);
    printf("%d\n", ntohs(name.sin_port));
    fflush(stdout);
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener) != 0) return 1;
    char rest[256];
    while (read(0, rest, sizeof rest) > 0) {}
    printf("%llu %.6f\n", (unsigned long long)atomic_load(&taken), (double)(latest - first) / 1e9);
    return 0;
}
