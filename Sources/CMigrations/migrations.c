// The SQL files, carried in the binary so that it runs from anywhere. `#embed` costs no compile time.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "CMigrations.h"

static const char sql_0001[] = {
#embed "sql/0001_parties.sql"
    , 0};
static const char sql_0002[] = {
#embed "sql/0002_policy.sql"
    , 0};
static const char sql_0003[] = {
#embed "sql/0003_campaigns.sql"
    , 0};
static const char sql_0004[] = {
#embed "sql/0004_ledger.sql"
    , 0};
static const char sql_0005[] = {
#embed "sql/0005_work.sql"
    , 0};
static const char sql_0006[] = {
#embed "sql/0006_limits.sql"
    , 0};
static const char sql_0007[] = {
#embed "sql/0007_receipts.sql"
    , 0};
static const char sql_0008[] = {
#embed "sql/0008_channels.sql"
    , 0};
static const char sql_0009[] = {
#embed "sql/0009_streams.sql"
    , 0};
static const char sql_0010[] = {
#embed "sql/0010_access.sql"
    , 0};
static const char sql_0011[] = {
#embed "sql/0011_fair.sql"
    , 0};
static const char sql_0012[] = {
#embed "sql/0012_campaign_drafts.sql"
    , 0};
static const char sql_0013[] = {
#embed "sql/0013_approval.sql"
    , 0};
static const char sql_0014[] = {
#embed "sql/0014_ordering.sql"
    , 0};
static const char sql_0015[] = {
#embed "sql/0015_accept_plan.sql"
    , 0};
static const char sql_0016[] = {
#embed "sql/0016_traces.sql"
    , 0};
static const char sql_0017[] = {
#embed "sql/0017_webhooks.sql"
    , 0};
static const char sql_0018[] = {
#embed "sql/0018_restore.sql"
    , 0};
static const char sql_0019[] = {
#embed "sql/0019_search.sql"
    , 0};
static const char sql_0020[] = {
#embed "sql/0020_reports.sql"
    , 0};
static const char sql_0021[] = {
#embed "sql/0021_audit.sql"
    , 0};
static const char sql_0022[] = {
#embed "sql/0022_budgets.sql"
    , 0};
static const char sql_0023[] = {
#embed "sql/0023_alerts.sql"
    , 0};
static const char sql_0024[] = {
#embed "sql/0024_archives.sql"
    , 0};
static const char sql_0025[] = {
#embed "sql/0025_tenants_role.sql"
    , 0};
static const char sql_0026[] = {
#embed "sql/0026_slice_indexes.sql"
    , 0};
static const char sql_0027[] = {
#embed "sql/0027_webhook_told.sql"
    , 0};

static const char *const all[] = {sql_0001, sql_0002, sql_0003, sql_0004, sql_0005, sql_0006,
                                  sql_0007, sql_0008, sql_0009, sql_0010, sql_0011, sql_0012,
                                  sql_0013, sql_0014, sql_0015, sql_0016, sql_0017, sql_0018,
                                  sql_0019, sql_0020, sql_0021, sql_0022, sql_0023, sql_0024,
                                  sql_0025, sql_0026, sql_0027};

int herald_migration_count(void) { return sizeof all / sizeof *all; }

const char *herald_migration(int number) { return all[number - 1]; }
