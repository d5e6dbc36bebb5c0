#pragma once
#include <stddef.h>

/// The API's document (OpenAPI 3.1, JSON), ending in a NUL byte that its length does not count.
const char *herald_openapi(size_t *length);
