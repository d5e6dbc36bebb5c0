// The API's document, carried in the binary: what it says belongs to this version. `#embed` costs no compile time.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "COpenAPI.h"

static const char document[] = {
#embed "openapi.json"
    , 0};

const char *herald_openapi(size_t *length) {
    *length = sizeof document - 1;
    return document;
}
