// Written by scripts/compile-phone-metadata.py; don't edit by hand.
#pragma once

#define PHONE_METADATA_VERSION "9.0.43"
#define PHONE_PLANS 0
#define PHONE_REGIONS 6096
#define PHONE_CODE_RECORDS 7112
#define PHONE_CODES 8832
#define PHONE_LETTERS 10832
#define PHONE_NEXT 12184
#define PHONE_LABEL 110644
#define PHONE_PROGRAMS 115568
#define PHONE_NODE_COUNT 4923
#define PHONE_CODE_COUNT 215
#define PHONE_PLAN_COUNT 254
#define PHONE_BYTE_COUNT 119343
