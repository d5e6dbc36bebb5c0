/*
 * The least that libcurl's multi interface needs to send N POST requests, C at a time: the measure for
 * Herald's own HTTP sender. Prints one JSON line.
 *
 *   cc -O2 -o bare_curl bare_curl.c -lcurl
 *   ./bare_curl http://127.0.0.1:8099/send 200000 64
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char body[] =
    "{\"attempt\":1,\"from\":\"Herald\",\"id\":\"2049000001\",\"segments\":1,\"text\":\"Dear Anna, your order 4711 has "
    "been shipped and arrives on Monday. Track it at https://example.com/t/4711\",\"to\":\"+6591234567\"}";

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    *(size_t *)context += size * count;
    return size * count;
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

static double monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s URL REQUESTS CONCURRENCY\n", argv[0]);
        return 2;
    }
    long wanted = atol(argv[2]), started = 0, finished = 0, failed = 0;
    int concurrency = atoi(argv[3]);
    size_t received = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)concurrency);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Idempotency-Key: 2049000001-herald");
    headers = curl_slist_append(headers, "Expect:");

    double begun = monotonic();
    for (int index = 0; index < concurrency && started < wanted; index++, started++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)sizeof body - 1);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
        curl_multi_add_handle(multi, easy);
    }
    int running = 1;
    while (finished < wanted) {
        curl_multi_perform(multi, &running);
        CURLMsg *message;
        int left;
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL *easy = message->easy_handle;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            if (message->data.result != CURLE_OK || status != 200) failed++;
            finished++;
            curl_multi_remove_handle(multi, easy);
            if (started < wanted) {
                curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
                curl_multi_add_handle(multi, easy);
                started++;
            } else {
                curl_easy_cleanup(easy);
            }
        }
        if (finished < wanted) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    double wall = monotonic() - begun;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    printf("{\"requests\":%ld,\"failed\":%ld,\"concurrency\":%d,\"seconds\":%.3f,\"requests_per_second\":%.0f,"
           "\"cpu_seconds\":%.3f,\"cpu_microseconds_per_request\":%.2f}\n",
           wanted, failed, concurrency, wall, wanted / wall, cpu, cpu / wanted * 1e6);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    return failed ? 1 : 0;
}
