// The numbering plans of the world as one constant table, and the reads that its layout allows. Written by
// scripts/compile-phone-metadata.py, which also explains the automaton. Every index stored in the table is in
// range by construction, so a read that starts from a table index stays inside the table.
#pragma once

#include <stdint.h>
#include <string.h>

#include "phone_table_layout.h"

extern const unsigned char phone_table_bytes[PHONE_BYTE_COUNT];

// One numbering plan: a region's, or that of a calling code which belongs to no region.
typedef struct {
    uint32_t possible_lengths;    // bit n: a national number may have n digits
    uint32_t local_lengths;       // bit n: n digits can only be dialled within an area
    uint16_t general_root;        // automaton: 1 where the general description matches
    uint16_t calling_code;
    uint16_t idd_program;         // international prefix, 0 for none
    uint16_t idd_first;           // bit d: a match may begin with digit d
    uint16_t national_program;    // national prefix and carrier code, 0 for none
    uint16_t national_first;
    uint16_t rewrite;             // what a matched national prefix becomes, 0 for nothing
    uint8_t idd_groups;
    uint8_t national_groups;
} phone_plan;

// One calling code. Its regions stand together in REGIONS and PLANS, the main one first.
typedef struct {
    uint16_t valid_root;          // automaton: the 1-based ordinal of the region in which a number is valid
    uint16_t first_plan;
    uint16_t region_count;
    uint16_t calling_code;
} phone_code;

static inline uint16_t phone_u16(uint32_t offset) {
    uint16_t value;
    memcpy(&value, phone_table_bytes + offset, sizeof value);
    return value;
}

static inline uint16_t phone_next(uint16_t node, uint8_t digit) {
    return phone_u16(PHONE_NEXT + 20u * node + 2u * digit);
}

static inline uint8_t phone_label(uint16_t node) { return phone_table_bytes[PHONE_LABEL + node]; }

// The 1-based number of a calling code's record, 0 if there is no such code. `code` is below 1000.
static inline uint16_t phone_code_index(uint16_t code) { return phone_u16(PHONE_CODES + 2u * code); }

static inline phone_code phone_code_at(uint16_t index) {
    phone_code record;
    memcpy(&record, phone_table_bytes + PHONE_CODE_RECORDS + sizeof record * index, sizeof record);
    return record;
}

static inline phone_plan phone_plan_at(uint16_t index) {
    phone_plan record;
    memcpy(&record, phone_table_bytes + PHONE_PLANS + sizeof record * index, sizeof record);
    return record;
}

// The region of a plan, its letters packed as in Swift's Region.
static inline uint32_t phone_region_at(uint16_t plan) {
    uint32_t value;
    memcpy(&value, phone_table_bytes + PHONE_REGIONS + 4u * plan, sizeof value);
    return value;
}

// The 1-based number of the plan of a region of two letters, each as 0..25; 0 if there is none.
static inline uint16_t phone_plan_index(uint8_t first, uint8_t second) {
    return phone_u16(PHONE_LETTERS + 2u * (26u * first + second));
}

static inline uint8_t phone_program_byte(uint32_t at) { return phone_table_bytes[PHONE_PROGRAMS + at]; }
static inline uint16_t phone_program_u16(uint32_t at) { return phone_u16(PHONE_PROGRAMS + at); }
