#include "phone_table.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// #embed costs 0.1 s of compile time; the same bytes as a Swift resource cost most of a minute.
_Alignas(4) const unsigned char phone_table_bytes[PHONE_BYTE_COUNT] = {
#embed "phone_table.bin"
};
